package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.pod.DrivenPods;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Five hundred pods at once at an account with AWS's usual rates: twenty requests for a task at
 * once and twenty a second, twenty registrations of task definitions at once and one a second.
 * docs/tasks/aws.md has the timelines.
 */
class FargateBurstTest {
  private static final int PODS = 500;
  private static final Duration STEP = Duration.ofMillis(500);
  private static final Duration BEAT = Duration.ofSeconds(5);
  // Until a list has begun that proves of a new pod that it has no task.
  private static final Duration SETTLING = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final FargateSubject aws = new FargateSubject("burst", Limits.USUAL);
  private final DrivenPods pods = new DrivenPods(aws.backend(), aws.pool(), aws::now);
  private final Instant began = aws.now();
  private final List<String> timeline = new ArrayList<>();

  @AfterEach
  void close() {
    aws.close();
  }

  @Test
  void podsOfFiveKindsStartAsFastAsFargateTakesTasksAndNoneTwice(TestReporter figures) {
    addPodsOf(5);

    var launched = passUntil(() -> answers("RunTask 200") == PODS);
    var running = passUntil(() -> count("Running") == PODS);
    assertThat(pods.pods())
        .allSatisfy(
            pod ->
                assertThat(aws.firstTasks(GroupId.first(pod.getMetadata().getUid()))).isEqualTo(1));
    passUntil(() -> count("Succeeded") == PODS);
    publish(figures);

    // Twenty at once, and the other 480 at twenty a second.
    assertThat(launched.minus(SETTLING)).isBetween(Duration.ofSeconds(24), Duration.ofSeconds(26));
    // A task takes seven seconds, and a beat may pass until it is seen.
    assertThat(running).isBetween(launched, launched.plusSeconds(15));
    assertThat(counts())
        .containsEntry("RunTask 200", PODS)
        .containsEntry("RegisterTaskDefinition 200", 5)
        // Looked for before they were there.
        .containsEntry("DescribeTaskDefinition 400", 5);
    nothingWasRefused();
  }

  /** As with pods that have a token each, which their definitions refer to. */
  @Test
  void podsOfAsManyKindsStartAsFastAsEcsTakesDefinitions(TestReporter figures) {
    addPodsOf(PODS);

    var launched = passUntil(() -> answers("RunTask 200") == PODS);
    passUntil(() -> count("Succeeded") == PODS);
    publish(figures);

    // Twenty at once, and the other 480 at one a second.
    assertThat(launched.minus(SETTLING))
        .isBetween(Duration.ofSeconds(480), Duration.ofSeconds(490));
    assertThat(counts())
        .containsEntry("RunTask 200", PODS)
        .containsEntry("RegisterTaskDefinition 200", PODS)
        // Each looked for once, however long it waited.
        .containsEntry("DescribeTaskDefinition 400", PODS);
    nothingWasRefused();
  }

  /**
   * Of an operator that has run for a while; one that begins waits for what another may have run.
   */
  @Test
  void podsOfAPoolThatIsNewStartAtOnce() {
    pods.quietSince(began.minus(SETTLING));
    addPodsOf(1, 20);
    pods.look();

    assertThat(passUntil(() -> answers("RunTask 200") == 20)).isZero();
  }

  private void nothingWasRefused() {
    assertThat(counts())
        .doesNotContainKeys(
            "RunTask 400", "RegisterTaskDefinition 400", "ListTasks 400", "DescribeTasks 400");
  }

  private void addPodsOf(int kinds) {
    addPodsOf(kinds, PODS);
  }

  private void addPodsOf(int kinds, int count) {
    IntStream.range(0, count).forEach(n -> pods.add("pod-" + n, oneMinute(n % kinds)));
  }

  private static String oneMinute(int kind) {
    return """
    restartPolicy: Never
    containers:
    - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, "echo kind %d; sleep 60"]}
    """
        .formatted(kind);
  }

  /** How long after the beginning it was so. */
  private Duration passUntil(BooleanSupplier wanted) {
    while (true) {
      pods.step();
      note();
      if (wanted.getAsBoolean()) {
        return elapsed();
      }
      assertThat(elapsed()).as(() -> String.join("\n", timeline)).isLessThan(PATIENCE);
      aws.pass(STEP);
      if (isBeat()) {
        pods.look();
      }
    }
  }

  private Duration elapsed() {
    return Duration.between(began, aws.now());
  }

  private boolean isBeat() {
    return elapsed().toMillis() % BEAT.toMillis() == 0;
  }

  /** A line for each beat. */
  private void note() {
    var second = "| %d |".formatted(elapsed().toSeconds());
    boolean noted = !timeline.isEmpty() && timeline.getLast().startsWith(second);
    if (isBeat() && !noted) {
      timeline.add(
          "%s %d | %d | %d | %d |"
              .formatted(
                  second,
                  answers("RegisterTaskDefinition 200"),
                  answers("RunTask 200"),
                  count("Running"),
                  count("Succeeded")));
    }
  }

  private void publish(TestReporter figures) {
    figures.publishEntry("timeline", "\n" + String.join("\n", timeline));
    figures.publishEntry("requests", counts().toString());
  }

  private Map<String, Integer> counts() {
    return aws.aws().traffic().counts();
  }

  private int answers(String what) {
    return counts().getOrDefault(what, 0);
  }

  private int count(String phase) {
    return (int)
        pods.pods().stream().filter(pod -> phase.equals(pod.getStatus().getPhase())).count();
  }
}
