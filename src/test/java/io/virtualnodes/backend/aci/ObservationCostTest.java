package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.emulator.arm.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What it costs to see how groups are, and how soon an end is seen, by beats under a driven clock.
 * docs/tasks/azure.md has the figures.
 */
class ObservationCostTest {
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final Duration MEASURED = Duration.ofMinutes(3);

  /**
   * @param callsIdle at most a minute while all groups run on
   * @param p50 of the seconds from an end to the list that shows it
   */
  @ParameterizedTest
  @CsvSource({"10, 60, 16, 20", "100, 450, 16, 20", "500, 1500, 25, 40"})
  void callsAndDelaysStayWithinBounds(
      int groups, int callsIdle, int p50, int p99, TestReporter figures) {
    var raised =
        new Limits(
            1000,
            1000,
            1000,
            1000,
            1000,
            1000,
            250,
            25,
            Duration.ofSeconds(2),
            Duration.ofSeconds(8),
            Duration.ofSeconds(30));
    try (var azure = new AciSubject("cost", raised)) {
      // Each ends alone, some time after all of them ran quietly for long.
      var place = azure.place();
      var client = new ArmClient(place, AciRates.usual(azure.now()), azure::now);
      var requests = new AciRequests(place);
      for (int n = 0; n < groups; n++) {
        var ends = 1200 + 180.0 * n / groups;
        var group =
            new GroupBuilder("cost").script("main", "sleep %.2f; exit 0".formatted(ends)).build();
        client.put(
            requests.names().group(group.id()), requests.of(group, Azures.terms(azure.now())));
        if (n % 100 == 99) {
          azure.pass(Duration.ofSeconds(10));
        }
      }
      beats(azure, Duration.ofMinutes(10));
      assertThat(azure.backend().list())
          .hasSize(groups)
          .allSatisfy(
              seen -> assertThat(seen.containers().getFirst().state()).isInstanceOf(Running.class));

      int idle = callsIn(azure, MEASURED);
      while (azure.backend().list().stream()
          .noneMatch(seen -> seen.containers().getFirst().state() instanceof Exited)) {
        azure.pass(BEAT);
      }
      var delays = delaysOfEnds(azure, groups);

      figures.publishEntry(
          "%d groups: %d calls a minute while idle, ends seen after %.1f s (p50) and %.1f s (p99)"
              .formatted(groups, idle, at(delays, 0.5), at(delays, 0.99)));
      assertThat(idle).isLessThanOrEqualTo(callsIdle);
      assertThat(at(delays, 0.5)).isLessThanOrEqualTo(p50);
      assertThat(at(delays, 0.99)).isLessThanOrEqualTo(p99);
    }
  }

  private static void beats(AciSubject azure, Duration time) {
    for (var end = azure.now().plus(time); azure.now().isBefore(end); azure.pass(BEAT)) {
      azure.backend().list();
    }
  }

  /** A minute. */
  private static int callsIn(AciSubject azure, Duration time) {
    int before = calls(azure);
    beats(azure, time);
    return (int) ((calls(azure) - before) / time.toMinutes());
  }

  private static int calls(AciSubject azure) {
    return azure.azure().traffic().counts().values().stream().mapToInt(Integer::intValue).sum();
  }

  /** In seconds, shortest first. */
  private static List<Double> delaysOfEnds(AciSubject azure, int groups) {
    Map<GroupId, Instant> firstSeen = new HashMap<>();
    var delays = new ArrayList<Double>();
    while (firstSeen.size() < groups) {
      for (var seen : azure.backend().list()) {
        if (seen.containers().getFirst().state() instanceof Exited exited
            && firstSeen.putIfAbsent(seen.id(), azure.now()) == null) {
          delays.add(Duration.between(exited.at(), azure.now()).toMillis() / 1000.0);
        }
      }
      azure.pass(BEAT);
    }
    return delays.stream().sorted().toList();
  }

  private static double at(List<Double> sorted, double share) {
    int index = (int) Math.ceil(share * sorted.size()) - 1;
    return sorted.get(IntStream.of(index, 0).max().orElseThrow());
  }
}
