package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Snapshot;
import io.virtualnodes.backend.aci.AciSubject;
import io.virtualnodes.emulator.arm.Limits;
import io.virtualnodes.pod.DrivenPods;
import io.virtualnodes.pod.LaunchListener;
import io.virtualnodes.pod.PodPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Five hundred pods at once at a subscription for which nothing was raised: a hundred groups, a
 * hundred cores, a hundred creations in five minutes and three hundred in an hour. Their logs are
 * wanted for an hour. docs/tasks/azure.md has the timeline.
 */
class AzureBurstTest implements LaunchListener {
  private static final int PODS = 500;
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final Duration RETENTION = Duration.ofHours(1);
  // By the windows alone: 300 in the first hour, and the rest five minutes apart in the next.
  private static final Duration WINDOWS = Duration.ofMinutes(65);

  private final AciSubject azure = new AciSubject("burst", Limits.USUAL);
  private final Room room = new Room(azure::now);
  private final DrivenPods pods = new DrivenPods(azure.backend(), azure.pool(), azure::now, this);
  private Optional<Snapshot> latest = Optional.empty();

  @AfterEach
  void close() {
    azure.close();
  }

  @Override
  public void launched(Duration waited, Duration asked) {
    room.launched();
  }

  @Override
  public void running(Duration accepted, Duration scheduled) {}

  @Override
  public void troubled(String reason) {}

  @Override
  public void failed(BackendException failure) {
    if (failure instanceof NoCapacity none) {
      room.refused(none, latest);
    }
  }

  @Test
  void allCompleteInTheTimeThatAzuresWindowsAllowAndNoneTwice(TestReporter figures) {
    IntStream.range(0, PODS).forEach(n -> pods.add("pod-" + n, ONE_SHOT));
    var began = azure.now();
    var timeline = new ArrayList<String>();

    while (count("Succeeded") < PODS && azure.now().isBefore(began.plus(WINDOWS.multipliedBy(2)))) {
      pods.step();
      note(began, timeline);
      azure.pass(BEAT);
      look();
    }
    note(began, timeline);
    figures.publishEntry("timeline", "\n" + String.join("\n", timeline));

    assertThat(count("Succeeded")).isEqualTo(PODS);
    var counts = azure.azure().traffic().counts();
    figures.publishEntry(counts.toString());
    assertThat(counts).containsEntry("PUT 201", PODS);
    assertThat(Duration.between(began, azure.now()))
        .isBetween(WINDOWS, WINDOWS.plus(Duration.ofMinutes(6)));
    // No error storm: what Azure refuses is a few requests of more than five hundred.
    assertThat(counts.getOrDefault("PUT 409", 0)).isLessThanOrEqualTo(20);
    assertThat(counts.getOrDefault("PUT 429", 0)).isLessThanOrEqualTo(2);
    assertThat(counts.getOrDefault("DELETE 429", 0)).isLessThanOrEqualTo(2);
    assertThat(counts.getOrDefault("GET 429", 0)).isZero();
  }

  private void look() {
    var seen = pods.look();
    latest = Optional.of(seen);
    room.looked(seen, azure.backend().quota());
    pods.policy(new PodPolicy(Optional.empty(), RETENTION, room.givenUpTo()));
  }

  /** A line for each minute in which something is different. */
  private void note(Instant began, List<String> timeline) {
    long minute = Duration.between(began, azure.now()).toMinutes();
    var counts = azure.azure().traffic().counts();
    var line =
        "%d | %d | %d | %d"
            .formatted(
                counts.getOrDefault("PUT 201", 0),
                count("Running"),
                count("Succeeded"),
                azure.azure().count(Map.of("virtualnodes-pool", azure.pool())));
    boolean news = timeline.isEmpty() || !timeline.getLast().endsWith("| " + line);
    boolean another = timeline.isEmpty() || !timeline.getLast().startsWith("| " + minute + " |");
    if (another && news) {
      timeline.add("| " + minute + " | " + line);
    }
  }

  private int count(String phase) {
    return (int)
        pods.pods().stream().filter(pod -> phase.equals(pod.getStatus().getPhase())).count();
  }

  @Test
  void theYoungestLogsAreKept() throws java.io.IOException {
    IntStream.range(0, 100).forEach(n -> pods.add("old-" + n, ONE_SHOT));
    passBeats(10);
    assertThat(count("Succeeded")).isEqualTo(100);
    int before = azure.azure().count(Map.of("virtualnodes-pool", azure.pool()));
    assertThat(before).as("a tenth is kept free").isEqualTo(90);

    // Once the rates allow more.
    azure.pass(Duration.ofMinutes(5));
    IntStream.range(0, 60).forEach(n -> pods.add("new-" + n, ONE_SHOT));
    passBeats(30);

    assertThat(count("Succeeded")).isEqualTo(160);
    assertThat(pods.pods())
        .filteredOn(pod -> pod.getMetadata().getUid().startsWith("new-"))
        .allSatisfy(pod -> assertThat(logIsThere(pod.getMetadata().getUid())).isTrue());
    assertThat(logIsThere("old-0")).isFalse();
  }

  private static final String ONE_SHOT =
      """
      restartPolicy: Never
      containers:
      - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, "echo done; sleep 20"]}
      """;

  private void passBeats(int beats) {
    for (int beat = 0; beat < beats; beat++) {
      pods.step();
      azure.pass(BEAT);
      look();
    }
    pods.step();
  }

  private boolean logIsThere(String uid) {
    return azure
        .backend()
        .streams()
        .logs(GroupId.first(uid), "main", io.virtualnodes.backend.LogOptions.ALL)
        .isPresent();
  }
}
