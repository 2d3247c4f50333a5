package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What AWS is known to do to those who run tasks there, and what the pod's owner is told. Each pod
 * goes by the product's own rules from its spec to its status, and whatever happens, it has one
 * task.
 */
class FargateFaultsTest {
  private static final String UID = "0000-1";
  private static final String RUNS = "sleep 3600";
  private static final int MOST_BEATS = 100;

  private FargatePods pods;

  @BeforeEach
  void open() {
    pods = new FargatePods(Limits.USUAL, FargatePlace.Capacity.ON_DEMAND);
  }

  private void reopen(Limits limits) {
    reopen(limits, FargatePlace.Capacity.ON_DEMAND);
  }

  private void reopen(Limits limits, FargatePlace.Capacity capacity) {
    pods.close();
    pods = new FargatePods(limits, capacity);
  }

  @AfterEach
  void nothingRunsTwiceOrForNobody() {
    pods.end();
  }

  // ---- Rates

  @ParameterizedTest
  @EnumSource(
      names = {
        "CLUSTER_RESOURCE_MODIFY",
        "CLUSTER_RESOURCE_READ",
        "TASK_DEFINITION_MODIFY",
        "TASK_DEFINITION_READ",
        "FARGATE_RUN_TASK",
        "ON_DEMAND_LAUNCH",
        "SECRET_WRITE"
      })
  void whatIsOneRequestTooManyIsDoneLaterAndOnce(Category category) {
    reopen(Limits.USUAL.withRate(category, 2, 0.3));
    for (int i = 0; i < 6; i++) {
      pods.pods().secret(FargatePods.secret("words-" + i, "word-" + i));
      pods.pods().add("pod-" + i, FargatePods.told("words-" + i, RUNS));
    }

    pods.passBeatsUntilAll("Running");

    assertThat(pods.aws().throttled(category)).isPositive();
    assertThat(pods.pods().pods())
        .allSatisfy(pod -> assertThat(pods.tasks(pod.getMetadata().getUid())).isEqualTo(1));
  }

  @Test
  void aSpotLaunchTooManyIsDoneLaterAndOnce() {
    reopen(Limits.USUAL.withRate(Category.SPOT_LAUNCH, 3, 0.2), FargatePlace.Capacity.SPOT);
    IntStream.range(0, 6).forEach(i -> pods.pods().add("pod-" + i, FargatePods.pod("Never", RUNS)));

    pods.passBeatsUntilAll("Running");

    assertThat(pods.aws().throttled(Category.SPOT_LAUNCH)).isPositive();
    assertThat(pods.aws().startedBy()).hasSize(6);
  }

  @Test
  void aPodWhoseStopWasOneRequestTooManyGoesLater() {
    reopen(Limits.USUAL.withRate(Category.CLUSTER_RESOURCE_MODIFY, 6, 0.1));
    IntStream.range(0, 6)
        .forEach(
            i ->
                pods.pods()
                    .add(
                        "pod-" + i,
                        FargatePods.pod("Never", "trap 'exit 0' TERM; sleep 3600 & wait")));
    pods.passBeatsUntilAll("Running");
    int before = pods.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY);

    pods.pods().pods().forEach(pod -> pods.pods().delete(pod.getMetadata().getUid()));
    for (int beat = 0; beat < MOST_BEATS && !pods.pods().pods().isEmpty(); beat++) {
      pods.passBeats(1);
    }

    assertThat(pods.pods().pods()).isEmpty();
    assertThat(pods.aws().running()).isEmpty();
    assertThat(pods.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY)).isGreaterThan(before);
  }

  @Test
  void aLogThatIsOneReadTooManySaysSoAndIsReadableLater() throws IOException {
    reopen(Limits.USUAL.withRate(Category.GET_LOG_EVENTS, 2, 0.2));
    pods.pods().add(UID, FargatePods.pod("Never", "echo one; sleep 3600"));
    pods.awaitPhase(UID, "Running");
    assertThat(log(false)).isEqualTo("one\n");

    assertThatThrownBy(() -> log(false)).hasMessageContaining("Rate exceeded");

    pods.subject().pass(Duration.ofSeconds(20));
    assertThat(log(false)).isEqualTo("one\n");
  }

  @Test
  void whoFollowsALogWaitsWhereAReadWasOneTooMany() throws IOException {
    reopen(Limits.USUAL.withRate(Category.GET_LOG_EVENTS, 2, 0.2));
    pods.pods()
        .add(UID, FargatePods.pod("Never", "sleep 20; echo one; sleep 20; echo two; exit 0"));
    pods.awaitPhase(UID, "Running");

    assertThat(log(true)).isEqualTo("one\ntwo\n");

    assertThat(pods.aws().throttled(Category.GET_LOG_EVENTS)).isPositive();
  }

  // ---- Room

  @Test
  void noCapacityIsToldInAwssWordsAndAwsIsNotPestered() {
    pods.aws().faults().noCapacity(true);
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));

    pods.passBeats(24);

    assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Pending");
    assertThat(pods.pod(UID).getStatus().getReason()).isEqualTo("NoCapacity");
    assertThat(pods.pod(UID).getStatus().getMessage())
        .contains("Capacity is unavailable at this time. Please try again later");
    assertThat(pods.pods().events(UID))
        .first()
        .asString()
        .startsWith("NoCapacity: No room at the backend");
    // In two minutes, in each of two subnets.
    assertThat(pods.count("RunTask 200")).isBetween(2, 6);
    assertThat(pods.tasks(UID)).isZero();

    pods.aws().faults().noCapacity(false);
    pods.awaitPhase(UID, "Running");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aQuotaThatIsUsedUpIsToldAndAPodWaitsForTheEndOfAnother() {
    reopen(Limits.USUAL.withVcpus(0.25, 0));
    pods.pods().add("first", FargatePods.pod("Never", "sleep 60; exit 0"));
    pods.passBeats(6);
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));

    pods.passBeats(3);

    assertThat(pods.pod(UID).getStatus().getReason()).isEqualTo("NoCapacity");
    assertThat(pods.pod(UID).getStatus().getMessage()).contains("limit on the number of vCPUs");
    pods.awaitPhase(UID, "Running");
    assertThat(pods.pod("first").getStatus().getPhase()).isEqualTo("Succeeded");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  // ---- Answers and reads

  @Test
  void aLaunchWhoseAnswerWasLostIsNoSecondTask() {
    // The first is that of its definition.
    pods.aws().faults().loseAnswer(2);

    pods.pods().add(UID, FargatePods.pod("Never", RUNS));

    pods.awaitPhase(UID, "Running");
    assertThat(pods.aws().faults().forgetLoss()).isTrue();
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aServerErrorThoughTheTaskWasRunIsNoSecondTask() {
    pods.aws().faults().serverErrorThoughDone(2);

    pods.pods().add(UID, FargatePods.pod("Never", RUNS));

    pods.awaitPhase(UID, "Running");
    assertThat(pods.count("RunTask 500")).isEqualTo(1);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatWasAskedForInOtherWordsIsFoundOnceEcsShowsIt() {
    reopen(Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    pods.pods().secret(FargatePods.secret("words", "before"));
    pods.pods().add(UID, FargatePods.told("words", RUNS));
    pods.aws().faults().loseAnswer(2);
    pods.passBeats(2);
    assertThat(pods.aws().faults().forgetLoss()).isTrue();

    pods.killOperator();
    pods.pods().secret(FargatePods.secret("words", "after"));

    pods.awaitPhase(UID, "Running");
    assertThat(pods.count("RunTask 400")).as("conflicts").isPositive();
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatReadsDoNotShowYetIsNotTakenForGone() {
    reopen(Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));

    for (int beat = 0; beat < 8; beat++) {
      pods.passBeats(1);
      assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Pending");
    }

    pods.awaitPhase(UID, "Running");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void anOperatorThatIsKilledBetweenALaunchAndItsStatusLeavesOneTask() {
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.passBeats(2);
    assertThat(pods.tasks(UID)).isEqualTo(1);
    assertThat(pods.pod(UID).getStatus().getContainerStatuses())
        .as("nothing is written yet")
        .isEmpty();

    pods.killOperator();

    pods.awaitPhase(UID, "Running");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void whileAwsDoesNotAnswerNobodyEndsAndNothingIsRunTwice() {
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.awaitPhase(UID, "Running");

    pods.aws().faults().unreachable(true);
    pods.passBeats(60);
    assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Running");
    pods.aws().faults().unreachable(false);
    pods.passBeats(2);

    assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Running");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  // ---- Events

  @Test
  void aTaskOfWhichAnEventTellsBeforeItsAnswerIsNotAskedForAgain() throws Exception {
    pods.hear();
    var hints = new Semaphore(0);
    pods.subject().backend().onChange(hints::release);
    pods.aws().faults().loseAnswer(2);
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.passBeats(2);
    assertThat(pods.aws().faults().forgetLoss()).isTrue();
    assertThat(hints.tryAcquire(30, TimeUnit.SECONDS)).isTrue();

    pods.awaitPhase(UID, "Running");

    assertThat(pods.count("RunTask 200")).as("answers that were not lost").isZero();
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void withoutEventsBeatsTellAll() {
    pods.pods().add(UID, FargatePods.pod("Never", "sleep 20; exit 3"));

    pods.awaitPhase(UID, "Running");
    pods.awaitPhase(UID, "Failed");

    assertThat(pods.container(UID).getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(pods.count("ReceiveMessage 200")).isZero();
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aQueueThatRefusesToTellChangesNothing() {
    pods.aws().faults().refuse("ReceiveMessage", "AccessDeniedException");
    pods.hear();
    pods.pods().add(UID, FargatePods.pod("Never", "sleep 20; exit 3"));

    pods.awaitPhase(UID, "Running");
    pods.awaitPhase(UID, "Failed");

    assertThat(pods.container(UID).getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  // ---- Starting

  @Test
  void anImageThatIsNotThereIsTriedAgainWithLongerPausesAndFailsNobody() {
    pods.pods()
        .add(UID, FargatePods.pod("Never", RUNS).replace("virtualnodes/busybox", "missing/image"));

    var reasons = new LinkedHashSet<String>();
    for (int beat = 0; beat < 60; beat++) {
      pods.passBeats(1);
      assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Pending");
      pods.pod(UID).getStatus().getContainerStatuses().stream()
          .map(status -> status.getState().getWaiting())
          .forEach(waiting -> reasons.add(waiting.getReason()));
    }

    assertThat(reasons).containsExactly("ErrImagePull", "ImagePullBackOff");
    assertThat(pods.container(UID).getState().getWaiting().getMessage())
        .contains("CannotPullContainerError", "missing/image");
    assertThat(pods.container(UID).getRestartCount()).isZero();
    // In five minutes, each after its pause: 10 s, 20 s, 40 s, 80 s …
    assertThat(pods.tasks(UID)).isBetween(3, 6);
    pods.pods().delete(UID);
    pods.passBeats(8);
    assertThat(pods.pods().pods()).isEmpty();
  }

  /** They are forced to end with 143, or some say that they hang. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWaitsForAFailedInitContainerNeverRanAndItsTaskEnds(boolean hangs) {
    pods.aws().faults().dependantsHang(hangs);
    pods.pods()
        .add(
            UID,
            """
            restartPolicy: Never
            initContainers:
            - {name: first, image: 'virtualnodes/busybox:latest', imagePullPolicy: Always, command: [sh, -c, exit 3]}
            containers:
            - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, sleep 3600]}
            """);

    pods.awaitPhase(UID, "Failed");

    var status = pods.pod(UID).getStatus();
    assertThat(
            status.getInitContainerStatuses().getFirst().getState().getTerminated().getExitCode())
        .isEqualTo(3);
    assertThat(pods.container(UID).getState().getWaiting().getReason())
        .isEqualTo("PodInitializing");
    // The request to stop it is sent by another thread.
    await().untilAsserted(() -> assertThat(pods.aws().running()).isEmpty());
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  // ---- Ends

  @Test
  void tooMuchMemoryIsToldAsAKubeletTellsIt() {
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.awaitPhase(UID, "Running");

    pods.aws().runOutOfMemory(pods.taskArn(UID), "main");

    pods.awaitPhase(UID, "Failed");
    var ended = pods.container(UID).getState().getTerminated();
    assertThat(ended.getReason()).isEqualTo("OOMKilled");
    assertThat(ended.getExitCode()).isEqualTo(137);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aSpotTaskThatAwsTakesAwayEndsAPodThatMustNotRunAgain() {
    reopen(Limits.USUAL, FargatePlace.Capacity.SPOT);
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.awaitPhase(UID, "Running");

    pods.aws().interruptSpot(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    var ended = pods.container(UID).getState().getTerminated();
    assertThat(ended.getExitCode()).isNotZero();
    assertThat(ended.getMessage()).contains("SpotInterruption: Your Spot Task was interrupted.");
    pods.passBeats(24);
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aSpotTaskThatAwsTakesAwayIsRunAgainForAPodThatMay() {
    reopen(Limits.USUAL, FargatePlace.Capacity.SPOT);
    pods.pods().add(UID, FargatePods.pod("OnFailure", RUNS));
    pods.awaitPhase(UID, "Running");

    pods.aws().interruptSpot(pods.taskArn(UID));
    for (int beat = 0; beat < MOST_BEATS && !runsAgain(); beat++) {
      pods.passBeats(1);
    }

    assertThat(pods.pod(UID).getStatus().getPhase()).isEqualTo("Running");
    assertThat(pods.container(UID).getRestartCount()).isEqualTo(1);
    assertThat(pods.container(UID).getLastState().getTerminated().getMessage())
        .contains("SpotInterruption");
    assertThat(pods.tasks(UID)).as("one after the other").isEqualTo(2);
  }

  private boolean runsAgain() {
    return pods.container(UID).getRestartCount() == 1
        && pods.container(UID).getState().getRunning() != null;
  }

  @Test
  void anEndForAReasonThatNobodyKnowsYetIsToldAndIsNoSuccess() {
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.awaitPhase(UID, "Running");

    pods.aws().interrupt(pods.taskArn(UID), "SolarFlare", "The sun.");

    pods.awaitPhase(UID, "Failed");
    assertThat(pods.container(UID).getState().getTerminated().getExitCode()).isNotZero();
    assertThat(pods.container(UID).getState().getTerminated().getMessage())
        .contains("SolarFlare: The sun.");
    assertThat(pods.tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatVanishesIsLostAndItsPodSaysSo() {
    pods.pods().add(UID, FargatePods.pod("Never", RUNS));
    pods.awaitPhase(UID, "Running");
    pods.passBeats(30);

    pods.aws().vanish(pods.taskArn(UID));

    pods.awaitPhase(UID, "Failed");
    assertThat(pods.pod(UID).getStatus().getReason()).isEqualTo("GroupLost");
    assertThat(pods.pod(UID).getStatus().getConditions())
        .anySatisfy(
            condition -> {
              assertThat(condition.getType()).isEqualTo("DisruptionTarget");
              assertThat(condition.getStatus()).isEqualTo("True");
            });
    pods.passBeats(24);
    assertThat(pods.count("RunTask 200")).isEqualTo(1);
  }

  // ---- Words

  private String log(boolean follow) throws IOException {
    var options =
        new LogOptions(
            follow, false, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    try (var log =
        pods.subject()
            .backend()
            .streams()
            .logs(GroupId.first(UID), "main", options)
            .orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
