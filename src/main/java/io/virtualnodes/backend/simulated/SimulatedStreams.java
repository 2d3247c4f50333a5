package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.Streams;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.simulated.Timeline.Run;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What simulated containers have said, answer, and would use. */
final class SimulatedStreams implements Streams {
  private static final long RECEIVED_A_SECOND = 800;
  private static final long SENT_A_SECOND = 2000;

  private final String pool;
  private final Holdings holdings;
  private final InstantSource clock;
  private final Pause pause;
  private final Asking asking;

  /** Puts a question to the service, with what can go wrong with any. */
  @FunctionalInterface
  interface Asking {
    <T> T ask(String call, Object about, Supplier<T> answer);
  }

  SimulatedStreams(
      String pool, Holdings holdings, InstantSource clock, Pause pause, Asking asking) {
    this.pool = pool;
    this.holdings = holdings;
    this.clock = clock;
    this.pause = pause;
    this.asking = asking;
  }

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    return asking.ask(
        "logs",
        id,
        () -> {
          var now = clock.instant();
          return holdings
              .find(id, now)
              .flatMap(
                  group ->
                      container(group, container).flatMap(one -> log(group, one, options, now)));
        });
  }

  @Override
  public Optional<Conversation> exec(
      GroupId id, String container, List<String> command, Channels channels) {
    return asking.ask(
        "exec",
        id,
        () ->
            visitor(id, container)
                .map(visitor -> caller -> SimulatedTalk.run(visitor, command, channels, caller)));
  }

  @Override
  public Optional<Conversation> attach(GroupId id, String container, Channels channels) {
    return asking.ask(
        "attach",
        id,
        () ->
            visitor(id, container).map(visitor -> caller -> SimulatedTalk.listen(visitor, caller)));
  }

  @Override
  public Optional<Ports> ports(GroupId id) {
    return asking.ask("ports", id, () -> holdings.find(id, clock.instant()).flatMap(this::ports));
  }

  private Optional<Ports> ports(SimulatedGroup group) {
    boolean runs =
        group.containers().stream().anyMatch(one -> visitor(group.id(), one.name()).isPresent());
    return runs ? Optional.of(port -> connect(group, port)) : Optional.empty();
  }

  private Link connect(SimulatedGroup group, int port) throws IOException {
    var answering =
        group.containers().stream()
            .filter(one -> one.ports().map(ports -> ports.contains(port)).orElse(true))
            .filter(one -> visitor(group.id(), one.name()).isPresent())
            .findFirst()
            .orElseThrow(
                () -> new IOException("nothing listens on port " + port + ": connection refused"));
    return new SimulatedPort(
        "Simulated: nothing really listens on port %d of container %s of pod %s/%s"
            .formatted(port, answering.name(), group.owner().namespace(), group.owner().pod()));
  }

  @Override
  public List<ContainerUsage> usage() {
    return asking.ask(
        "usage",
        pool,
        () -> {
          var now = clock.instant();
          return holdings.at(now, now).stream().flatMap(group -> usage(group, now)).toList();
        });
  }

  private static Stream<ContainerUsage> usage(SimulatedGroup group, Instant now) {
    var timeline = Timeline.of(group, now);
    return group.containers().stream()
        .flatMap(
            one -> running(timeline, one).stream().map(run -> usage(group, one, run.start(), now)));
  }

  private static ContainerUsage usage(
      SimulatedGroup group, SimulatedContainer container, Instant start, Instant now) {
    var load = container.load().orElseGet(() -> Load.of(Resources.UNNAMED, List.of()));
    var memory = load.memory(start, now);
    long seconds = Math.max(1, Duration.between(group.startsAt(), now).toSeconds());
    return new ContainerUsage(
        group.id(),
        container.name(),
        now,
        start,
        OptionalLong.of(load.cpuNanos(start, now)),
        OptionalLong.of(memory.workingSetBytes()),
        OptionalLong.of(memory.usageBytes()),
        OptionalLong.of(memory.rssBytes()),
        OptionalLong.of(seconds * RECEIVED_A_SECOND),
        OptionalLong.of(seconds * SENT_A_SECOND));
  }

  private static Optional<SimulatedContainer> container(SimulatedGroup group, String name) {
    return group.containers().stream().filter(one -> one.name().equals(name)).findFirst();
  }

  /** The run of a container that has not ended. */
  private static Optional<Run> running(Timeline timeline, SimulatedContainer container) {
    var runs = timeline.runs(container.name());
    return runs.isEmpty() || runs.getLast().ended().isPresent()
        ? Optional.empty()
        : Optional.of(runs.getLast());
  }

  /** One who is in a running container; empty if it does not run. */
  private Optional<SimulatedTalk.Visitor> visitor(GroupId id, String name) {
    var now = clock.instant();
    return holdings
        .find(id, now)
        .flatMap(
            group ->
                container(group, name)
                    .flatMap(
                        one ->
                            running(Timeline.of(group, now), one)
                                .map(
                                    run ->
                                        new SimulatedTalk.Visitor(
                                            group, one, run, holdings, clock, pause))));
  }

  private Optional<InputStream> log(
      SimulatedGroup group, SimulatedContainer container, LogOptions options, Instant now) {
    var runs = Timeline.of(group, now).runs(container.name());
    int wanted = options.previous() ? runs.size() - 2 : runs.size() - 1;
    return wanted < 0
        ? Optional.empty()
        : Optional.of(
            new SimulatedLog(
                new SimulatedTalk.Visitor(
                    group, container, runs.get(wanted), holdings, clock, pause),
                options,
                now));
  }
}
