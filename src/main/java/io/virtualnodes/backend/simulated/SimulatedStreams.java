package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.simulated.Program.Line;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.simulated.Timeline.Run;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What simulated containers have said. */
final class SimulatedStreams implements Streams {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final Holdings holdings;
  private final InstantSource clock;

  SimulatedStreams(Holdings holdings, InstantSource clock) {
    this.holdings = holdings;
    this.clock = clock;
  }

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    var now = clock.instant();
    return holdings
        .find(id, now)
        .flatMap(
            group ->
                group.containers().stream()
                    .filter(one -> one.name().equals(container))
                    .findFirst()
                    .flatMap(one -> log(group, one, options, now)));
  }

  private static Optional<InputStream> log(
      SimulatedGroup group, SimulatedContainer container, LogOptions options, Instant now) {
    var runs = Timeline.of(group, now).runs(container.name());
    int wanted = options.previous() ? runs.size() - 2 : runs.size() - 1;
    return wanted < 0
        ? Optional.empty()
        : Optional.of(text(lines(container, runs.get(wanted), now), options));
  }

  private static List<Line> lines(SimulatedContainer container, Run run, Instant now) {
    var until = run.ended().map(ended -> ended.at()).orElse(now);
    return container.program().output(run.start(), until);
  }

  private static InputStream text(List<Line> all, LogOptions options) {
    var since =
        all.stream().filter(line -> options.since().filter(line.at()::isBefore).isEmpty()).toList();
    long skipped = Math.max(0, since.size() - options.tailLines().orElse(Long.MAX_VALUE));
    var bytes =
        since.stream()
            .skip(skipped)
            .map(line -> (options.timestamps() ? TIME.format(line.at()) + " " : "") + line.text())
            .map(line -> line + "\n")
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);
    int length = (int) Math.min(bytes.length, options.limitBytes().orElse(Long.MAX_VALUE));
    return new ByteArrayInputStream(Arrays.copyOf(bytes, length));
  }
}
