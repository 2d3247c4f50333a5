package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.emulator.ecs.Recording;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault of AWS's with each fate of a pod: it stays, it is deleted while the fault lasts, it is
 * gone from the cluster while the fault lasts, and the same with another operator after that.
 * Whatever comes, a pod has one task at a time, nothing at AWS is left of one that is gone, and
 * what it must not show is seen by nobody.
 */
class FargateDeletionsTest {
  private static final String UID = FargateFault.UID;

  // What docs/tasks/aws.md says of what is left: secrets forty minutes, definitions two hours.
  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(10).plusSeconds(1);
  private static final int LOOKS_FOR_SECRETS = 4;
  private static final int LOOKS_FOR_DEFINITIONS = 12;

  @TempDir private Path folder;

  private enum Fate {
    STAYS,
    IS_DELETED,
    IS_DELETED_AND_THE_OPERATOR_KILLED,
    VANISHES,
    VANISHES_AND_THE_OPERATOR_IS_KILLED
  }

  private static Stream<Arguments> all() {
    return FargateFault.all().stream()
        .flatMap(fault -> Stream.of(Fate.values()).map(fate -> Arguments.of(fault, fate)));
  }

  @ParameterizedTest(name = "{0}: the pod {1}")
  @MethodSource("all")
  void aPodHasOneTaskAndLeavesNothing(FargateFault fault, Fate fate) {
    var record = folder.resolve("traffic.jsonl");
    try (var log = new WrittenLog();
        var pods =
            new FargatePods(fault.limits(), FargatePlace.Capacity.SPOT, Optional.of(record))) {
      pods.useCanaries("1");
      fault.begin().accept(pods);
      pods.pods().add(UID, fault.spec());
      fault.strike().accept(pods);

      befall(pods, fate);
      pass(pods, 4);
      fault.end().accept(pods);

      var told = new LinkedHashSet<String>();
      if (fate == Fate.STAYS) {
        awaitPhase(pods, fault.comesTo(), told);
        pods.pods().delete(UID);
      }
      awaitNothingRuns(pods, told);
      assertThat(pods.tasks(UID)).as("tasks of the pod").isLessThanOrEqualTo(fault.mostTasks());
      nothingIsLeft(pods);
      nothingIsTold(record, log, told);
    }
  }

  private static void befall(FargatePods pods, Fate fate) {
    switch (fate) {
      case STAYS -> {}
      case IS_DELETED, IS_DELETED_AND_THE_OPERATOR_KILLED -> pods.pods().delete(UID);
      case VANISHES, VANISHES_AND_THE_OPERATOR_IS_KILLED -> pods.pods().vanish(UID);
    }
    pass(pods, 2);
    if (fate.name().endsWith("KILLED")) {
      pods.killOperator();
    }
  }

  private static void pass(FargatePods pods, int beats) {
    for (int beat = 0; beat < beats; beat++) {
      pods.passBeats(1);
      checkOneTask(pods);
    }
  }

  private static void checkOneTask(FargatePods pods) {
    assertThat(pods.live(UID)).as("tasks of the pod at once").isLessThanOrEqualTo(1);
  }

  private static void awaitPhase(FargatePods pods, String phase, Set<String> told) {
    pods.passBeatsUntil(
        () -> {
          checkOneTask(pods);
          told.add(pods.pod(UID).getStatus().toString());
          return phase.equals(pods.phase(UID));
        });
    told.addAll(pods.pods().events(UID));
  }

  private static void awaitNothingRuns(FargatePods pods, Set<String> told) {
    pods.passBeatsUntil(
        () -> {
          checkOneTask(pods);
          pods.pods().pods().forEach(pod -> told.add(pod.getStatus().toString()));
          return isGone(pods);
        });
    told.addAll(pods.pods().events(UID));
  }

  private static boolean isGone(FargatePods pods) {
    return pods.pods().pods().stream().noneMatch(pod -> UID.equals(pod.getMetadata().getUid()))
        && pods.live(UID) == 0;
  }

  private static void nothingIsLeft(FargatePods pods) {
    pods.pods().pods().forEach(pod -> pods.pods().vanish(pod.getMetadata().getUid()));
    passLooks(pods, LOOKS_FOR_SECRETS);
    await().untilAsserted(() -> assertThat(pods.aws().secretTexts()).isEmpty());
    passLooks(pods, LOOKS_FOR_DEFINITIONS - LOOKS_FOR_SECRETS);
    await().untilAsserted(() -> assertThat(pods.aws().activeDefinitions()).isEmpty());
    assertThat(pods.aws().running()).isEmpty();
  }

  private static void passLooks(FargatePods pods, int looks) {
    for (int look = 0; look < looks; look++) {
      pods.subject().pass(BETWEEN_LOOKS);
      // What a look finds to be done is begun by it, and done by the next ones.
      pods.passBeats(2);
    }
  }

  private static void nothingIsTold(Path record, WrittenLog log, Set<String> told) {
    var canaries = FargatePods.canaries();
    assertThat(Recording.of(record).ofOthers())
        .anySatisfy(line -> assertThat(line).contains("ListTasks"))
        .allSatisfy(line -> assertThat(line).doesNotContain(canaries));
    assertThat(log.text()).doesNotContain(canaries);
    assertThat(told).allSatisfy(words -> assertThat(words).doesNotContain(canaries));
  }
}
