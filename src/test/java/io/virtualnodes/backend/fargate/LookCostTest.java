package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.simulated.DrivenClock;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import io.virtualnodes.emulator.ecs.TimedContainers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What it costs to see how tasks are, and how soon a start and an end are seen, by looks under a
 * driven clock at an account with AWS's usual rates. docs/tasks/aws.md has the figures; those of up
 * to 5,000 tasks are by {@code make bench-fargate}.
 */
class LookCostTest {
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final Duration QUIET = Duration.ofMinutes(5);
  private static final Duration MEASURED = Duration.ofMinutes(3);
  private static final Duration ENDS = Duration.ofMinutes(2);

  private final DrivenClock clock = new DrivenClock();
  private final TimedContainers containers = new TimedContainers(clock);
  private final AtomicBoolean hinted = new AtomicBoolean();
  private final Map<String, Double> starts = new HashMap<>();
  private final Map<String, Double> ends = new HashMap<>();
  private FargateSubject aws;
  private boolean hears;
  private Instant lookedAt = Instant.MIN;

  /**
   * What must hold.
   *
   * @param idle requests a minute at most, while all run quietly
   * @param busy likewise, while they are started as fast as Fargate takes them
   * @param start seconds from a start to the list that shows it, of 99 in 100
   * @param end likewise from an end, after all had been quiet for long
   */
  record Bounds(int tasks, boolean hears, int idle, int busy, double start, double end) {}

  static Stream<Bounds> bounds() {
    var usual =
        Stream.of(new Bounds(100, false, 20, 60, 6, 6), new Bounds(100, true, 10, 100, 2, 2));
    return Boolean.getBoolean("bench.looks") ? Stream.concat(usual, further()) : usual;
  }

  private static Stream<Bounds> further() {
    return Stream.of(
        new Bounds(10, false, 20, 60, 6, 6),
        new Bounds(10, true, 10, 120, 2, 2),
        new Bounds(1000, false, 60, 200, 6, 17),
        new Bounds(1000, true, 30, 250, 3, 3),
        new Bounds(5000, false, 300, 450, 6, 17),
        new Bounds(5000, true, 150, 450, 3, 3));
  }

  @ParameterizedTest
  @MethodSource("bounds")
  void requestsAndDelaysStayWithinBounds(Bounds bounds, TestReporter figures) {
    try (var subject = new FargateSubject("cost", Limits.USUAL, clock, containers, clock::pass)) {
      aws = subject;
      hears = bounds.hears();
      if (hears) {
        aws.hear();
      }
      aws.backend().onChange(() -> hinted.set(true));
      // An operator that begins lists all tasks with each look for a minute.
      pass(FargateInventory.SETTLING.plus(BEAT));

      int busy = requestsAMinute(() -> start(bounds.tasks()));
      pass(QUIET);
      int idle = requestsAMinute(() -> pass(MEASURED));
      containers.endAll(ENDS);
      int ending = requestsAMinute(this::awaitEnds);

      figures.publishEntry(
          "%d tasks, %s: %d requests a minute while they start, %d idle, %d while they end;"
                  .formatted(bounds.tasks(), hears ? "with a queue" : "without", busy, idle, ending)
              + " starts seen after %.1f s (p50) and %.1f s (p99), ends after %.1f s and %.1f s"
                  .formatted(at(starts, 0.5), at(starts, 0.99), at(ends, 0.5), at(ends, 0.99)));
      assertThat(idle).isLessThanOrEqualTo(bounds.idle());
      assertThat(busy).isLessThanOrEqualTo(bounds.busy());
      assertThat(at(starts, 0.99)).isLessThanOrEqualTo(bounds.start());
      assertThat(at(ends, 0.99)).isLessThanOrEqualTo(bounds.end());
      assertThat(aws.aws().throttled(Category.CLUSTER_RESOURCE_READ)).isZero();
      assertThat(aws.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY)).isZero();
    }
  }

  /** As fast as Fargate takes them. */
  private void start(int tasks) {
    var asked = new ArrayDeque<ContainerGroup>();
    IntStream.range(0, tasks)
        .forEach(_ -> asked.add(new GroupBuilder("cost").script("main", "sleep infinity").build()));
    while (starts.size() < tasks) {
      for (int n = 0; n < 20 && !asked.isEmpty(); n++) {
        aws.backend().create(asked.remove());
      }
      pass(STEP);
    }
  }

  private void awaitEnds() {
    while (ends.size() < starts.size()) {
      pass(STEP);
    }
  }

  /** A look each beat, and when there is a hint. */
  private void pass(Duration time) {
    for (var end = clock.instant().plus(time); clock.instant().isBefore(end); ) {
      clock.pass(STEP);
      // What time brings about at AWS.
      aws.aws().startedBy();
      if (hears) {
        await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(aws::hasHeardAll);
      }
      if (hinted.getAndSet(false) || !lookedAt.plus(BEAT).isAfter(clock.instant())) {
        look();
      }
    }
  }

  private void look() {
    lookedAt = clock.instant();
    var groups = aws.backend().list();
    assertThat(clock.instant()).as("a look waits for nothing").isEqualTo(lookedAt);
    groups.forEach(this::note);
  }

  private void note(Observation group) {
    var container = group.containers().getFirst();
    switch (container.state()) {
      case Waiting _ -> {}
      case Running _ -> note(starts, container.containerId(), containers::startedAt);
      case Exited _ -> note(ends, container.containerId(), containers::endsAt);
    }
  }

  private void note(Map<String, Double> delays, String id, Function<String, Instant> happenedAt) {
    delays.computeIfAbsent(
        id,
        _ -> {
          var task = id.substring(id.indexOf("//") + 2, id.lastIndexOf('-'));
          return Duration.between(happenedAt.apply(task), lookedAt).toMillis() / 1000.0;
        });
  }

  private int requestsAMinute(Runnable meanwhile) {
    int before = requests();
    var began = clock.instant();
    meanwhile.run();
    return (int)
        ((requests() - before) * 60.0 / Duration.between(began, clock.instant()).toSeconds());
  }

  private int requests() {
    return aws.count("ListTasks 200") + aws.count("DescribeTasks 200");
  }

  private static double at(Map<String, Double> delays, double share) {
    var sorted = new ArrayList<>(delays.values().stream().sorted().toList());
    return sorted.get(Math.max(0, (int) Math.ceil(share * sorted.size()) - 1));
  }
}
