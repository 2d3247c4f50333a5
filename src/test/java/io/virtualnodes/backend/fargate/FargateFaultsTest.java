package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import io.virtualnodes.pod.DrivenPods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
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
  private static final Duration BEAT = Duration.ofSeconds(5);
  private static final int MOST_BEATS = 100;

  private FargateSubject aws;
  private DrivenPods pods;

  @BeforeEach
  void open() {
    open(Limits.USUAL, FargatePlace.Capacity.ON_DEMAND);
  }

  private void open(Limits limits, FargatePlace.Capacity capacity) {
    aws = new FargateSubject("burst", limits, List.of(capacity));
    pods = new DrivenPods(aws.backend(), aws.pool(), aws::now);
  }

  private void reopen(Limits limits) {
    reopen(limits, FargatePlace.Capacity.ON_DEMAND);
  }

  private void reopen(Limits limits, FargatePlace.Capacity capacity) {
    aws.close();
    open(limits, capacity);
  }

  /** The operator is gone at once, and another one takes over. */
  private void killOperator() {
    aws.restart();
    pods = pods.under(aws.backend());
  }

  /** Never two at a time for one pod, and none for anybody else. */
  @AfterEach
  void nothingRunsTwiceOrForNobody() {
    try {
      aws.aws().faults().unreachable(false);
      var running = launches(aws.aws().running());
      assertThat(running).extracting(FargateLaunch::group).doesNotHaveDuplicates();
      assertThat(running)
          .extracting(launch -> launch.group().podUid())
          .isSubsetOf(pods.pods().stream().map(pod -> pod.getMetadata().getUid()).toList());
    } finally {
      aws.close();
    }
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
      pods.secret(secret("words-" + i, "word-" + i));
      pods.add("pod-" + i, told("words-" + i, RUNS));
    }

    passBeatsUntilAll("Running");

    assertThat(aws.aws().throttled(category)).isPositive();
    assertThat(pods.pods())
        .allSatisfy(pod -> assertThat(tasks(pod.getMetadata().getUid())).isEqualTo(1));
  }

  @Test
  void aSpotLaunchTooManyIsDoneLaterAndOnce() {
    reopen(Limits.USUAL.withRate(Category.SPOT_LAUNCH, 3, 0.2), FargatePlace.Capacity.SPOT);
    IntStream.range(0, 6).forEach(i -> pods.add("pod-" + i, pod("Never", RUNS)));

    passBeatsUntilAll("Running");

    assertThat(aws.aws().throttled(Category.SPOT_LAUNCH)).isPositive();
    assertThat(aws.aws().startedBy()).hasSize(6);
  }

  @Test
  void aPodWhoseStopWasOneRequestTooManyGoesLater() {
    reopen(Limits.USUAL.withRate(Category.CLUSTER_RESOURCE_MODIFY, 6, 0.1));
    IntStream.range(0, 6)
        .forEach(i -> pods.add("pod-" + i, pod("Never", "trap 'exit 0' TERM; sleep 3600 & wait")));
    passBeatsUntilAll("Running");
    int before = aws.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY);

    pods.pods().forEach(pod -> pods.delete(pod.getMetadata().getUid()));
    for (int beat = 0; beat < MOST_BEATS && !pods.pods().isEmpty(); beat++) {
      passBeats(1);
    }

    assertThat(pods.pods()).isEmpty();
    assertThat(aws.aws().running()).isEmpty();
    assertThat(aws.aws().throttled(Category.CLUSTER_RESOURCE_MODIFY)).isGreaterThan(before);
  }

  @Test
  void aLogThatIsOneReadTooManySaysSoAndIsReadableLater() throws IOException {
    reopen(Limits.USUAL.withRate(Category.GET_LOG_EVENTS, 2, 0.2));
    pods.add(UID, pod("Never", "echo one; sleep 3600"));
    awaitPhase("Running");
    assertThat(log(false)).isEqualTo("one\n");

    assertThatThrownBy(() -> log(false)).hasMessageContaining("Rate exceeded");

    aws.pass(Duration.ofSeconds(20));
    assertThat(log(false)).isEqualTo("one\n");
  }

  @Test
  void whoFollowsALogWaitsWhereAReadWasOneTooMany() throws IOException {
    reopen(Limits.USUAL.withRate(Category.GET_LOG_EVENTS, 2, 0.2));
    pods.add(UID, pod("Never", "sleep 20; echo one; sleep 20; echo two; exit 0"));
    awaitPhase("Running");

    assertThat(log(true)).isEqualTo("one\ntwo\n");

    assertThat(aws.aws().throttled(Category.GET_LOG_EVENTS)).isPositive();
  }

  // ---- Room

  @Test
  void noCapacityIsToldInAwssWordsAndAwsIsNotPestered() {
    aws.aws().faults().noCapacity(true);
    pods.add(UID, pod("Never", RUNS));

    passBeats(24);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Pending");
    assertThat(pod().getStatus().getReason()).isEqualTo("NoCapacity");
    assertThat(pod().getStatus().getMessage())
        .contains("Capacity is unavailable at this time. Please try again later");
    assertThat(pods.events(UID))
        .first()
        .asString()
        .startsWith("NoCapacity: No room at the backend");
    // In two minutes, in each of two subnets.
    assertThat(count("RunTask 200")).isBetween(2, 6);
    assertThat(tasks(UID)).isZero();

    aws.aws().faults().noCapacity(false);
    awaitPhase("Running");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aQuotaThatIsUsedUpIsToldAndAPodWaitsForTheEndOfAnother() {
    reopen(Limits.USUAL.withVcpus(0.25, 0));
    pods.add("first", pod("Never", "sleep 60; exit 0"));
    passBeats(6);
    pods.add(UID, pod("Never", RUNS));

    passBeats(3);

    assertThat(pod().getStatus().getReason()).isEqualTo("NoCapacity");
    assertThat(pod().getStatus().getMessage()).contains("limit on the number of vCPUs");
    awaitPhase("Running");
    assertThat(pods.pod("first").getStatus().getPhase()).isEqualTo("Succeeded");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  // ---- Answers and reads

  @Test
  void aLaunchWhoseAnswerWasLostIsNoSecondTask() {
    // The first is that of its definition.
    aws.aws().faults().loseAnswer(2);

    pods.add(UID, pod("Never", RUNS));

    awaitPhase("Running");
    assertThat(aws.aws().faults().forgetLoss()).isTrue();
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aServerErrorThoughTheTaskWasRunIsNoSecondTask() {
    aws.aws().faults().serverErrorThoughDone(2);

    pods.add(UID, pod("Never", RUNS));

    awaitPhase("Running");
    assertThat(count("RunTask 500")).isEqualTo(1);
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatWasAskedForInOtherWordsIsFoundOnceEcsShowsIt() {
    reopen(Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    pods.secret(secret("words", "before"));
    pods.add(UID, told("words", RUNS));
    aws.aws().faults().loseAnswer(2);
    passBeats(2);
    assertThat(aws.aws().faults().forgetLoss()).isTrue();

    killOperator();
    pods.secret(secret("words", "after"));

    awaitPhase("Running");
    assertThat(count("RunTask 400")).as("conflicts").isPositive();
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatReadsDoNotShowYetIsNotTakenForGone() {
    reopen(Limits.USUAL.withSettling(Duration.ofSeconds(45)));
    pods.add(UID, pod("Never", RUNS));

    for (int beat = 0; beat < 8; beat++) {
      passBeats(1);
      assertThat(pod().getStatus().getPhase()).isEqualTo("Pending");
    }

    awaitPhase("Running");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void anOperatorThatIsKilledBetweenALaunchAndItsStatusLeavesOneTask() {
    pods.add(UID, pod("Never", RUNS));
    passBeats(2);
    assertThat(tasks(UID)).isEqualTo(1);
    assertThat(pod().getStatus().getContainerStatuses()).as("nothing is written yet").isEmpty();

    killOperator();

    awaitPhase("Running");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void whileAwsDoesNotAnswerNobodyEndsAndNothingIsRunTwice() {
    pods.add(UID, pod("Never", RUNS));
    awaitPhase("Running");

    aws.aws().faults().unreachable(true);
    passBeats(60);
    assertThat(pod().getStatus().getPhase()).isEqualTo("Running");
    aws.aws().faults().unreachable(false);
    passBeats(2);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Running");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  // ---- Events

  @Test
  void aTaskOfWhichAnEventTellsBeforeItsAnswerIsNotAskedForAgain() throws Exception {
    hear();
    var hints = new Semaphore(0);
    aws.backend().onChange(hints::release);
    aws.aws().faults().loseAnswer(2);
    pods.add(UID, pod("Never", RUNS));
    passBeats(2);
    assertThat(aws.aws().faults().forgetLoss()).isTrue();
    assertThat(hints.tryAcquire(30, TimeUnit.SECONDS)).isTrue();

    awaitPhase("Running");

    assertThat(count("RunTask 200")).as("answers that were not lost").isZero();
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void withoutEventsBeatsTellAll() {
    pods.add(UID, pod("Never", "sleep 20; exit 3"));

    awaitPhase("Running");
    awaitPhase("Failed");

    assertThat(container().getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(count("ReceiveMessage 200")).isZero();
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aQueueThatRefusesToTellChangesNothing() {
    aws.aws().faults().refuse("ReceiveMessage", "AccessDeniedException");
    hear();
    pods.add(UID, pod("Never", "sleep 20; exit 3"));

    awaitPhase("Running");
    awaitPhase("Failed");

    assertThat(container().getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(tasks(UID)).isEqualTo(1);
  }

  // ---- Starting

  @Test
  void anImageThatIsNotThereIsTriedAgainWithLongerPausesAndFailsNobody() {
    pods.add(UID, pod("Never", RUNS).replace("virtualnodes/busybox", "missing/image"));

    var reasons = new LinkedHashSet<String>();
    for (int beat = 0; beat < 60; beat++) {
      passBeats(1);
      assertThat(pod().getStatus().getPhase()).isEqualTo("Pending");
      pod().getStatus().getContainerStatuses().stream()
          .map(status -> status.getState().getWaiting())
          .forEach(waiting -> reasons.add(waiting.getReason()));
    }

    assertThat(reasons).containsExactly("ErrImagePull", "ImagePullBackOff");
    assertThat(container().getState().getWaiting().getMessage())
        .contains("CannotPullContainerError", "missing/image");
    assertThat(container().getRestartCount()).isZero();
    // In five minutes, each after its pause: 10 s, 20 s, 40 s, 80 s …
    assertThat(tasks(UID)).isBetween(3, 6);
    pods.delete(UID);
    passBeats(8);
    assertThat(pods.pods()).isEmpty();
  }

  /** They are forced to end with 143, or some say that they hang. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatWaitsForAFailedInitContainerNeverRanAndItsTaskEnds(boolean hangs) {
    aws.aws().faults().dependantsHang(hangs);
    pods.add(
        UID,
        """
        restartPolicy: Never
        initContainers:
        - {name: first, image: 'virtualnodes/busybox:latest', imagePullPolicy: Always, command: [sh, -c, exit 3]}
        containers:
        - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, sleep 3600]}
        """);

    awaitPhase("Failed");

    var status = pod().getStatus();
    assertThat(
            status.getInitContainerStatuses().getFirst().getState().getTerminated().getExitCode())
        .isEqualTo(3);
    assertThat(container().getState().getWaiting().getReason()).isEqualTo("PodInitializing");
    // The request to stop it is sent by another thread.
    await().untilAsserted(() -> assertThat(aws.aws().running()).isEmpty());
    assertThat(tasks(UID)).isEqualTo(1);
  }

  // ---- Ends

  @Test
  void tooMuchMemoryIsToldAsAKubeletTellsIt() {
    pods.add(UID, pod("Never", RUNS));
    awaitPhase("Running");

    aws.aws().runOutOfMemory(taskArn(), "main");

    awaitPhase("Failed");
    var ended = container().getState().getTerminated();
    assertThat(ended.getReason()).isEqualTo("OOMKilled");
    assertThat(ended.getExitCode()).isEqualTo(137);
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aSpotTaskThatAwsTakesAwayEndsAPodThatMustNotRunAgain() {
    reopen(Limits.USUAL, FargatePlace.Capacity.SPOT);
    pods.add(UID, pod("Never", RUNS));
    awaitPhase("Running");

    aws.aws().interruptSpot(taskArn());

    awaitPhase("Failed");
    var ended = container().getState().getTerminated();
    assertThat(ended.getExitCode()).isNotZero();
    assertThat(ended.getMessage()).contains("SpotInterruption: Your Spot Task was interrupted.");
    passBeats(24);
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aSpotTaskThatAwsTakesAwayIsRunAgainForAPodThatMay() {
    reopen(Limits.USUAL, FargatePlace.Capacity.SPOT);
    pods.add(UID, pod("OnFailure", RUNS));
    awaitPhase("Running");

    aws.aws().interruptSpot(taskArn());
    for (int beat = 0; beat < MOST_BEATS && !runsAgain(); beat++) {
      passBeats(1);
    }

    assertThat(pod().getStatus().getPhase()).isEqualTo("Running");
    assertThat(container().getRestartCount()).isEqualTo(1);
    assertThat(container().getLastState().getTerminated().getMessage())
        .contains("SpotInterruption");
    assertThat(tasks(UID)).as("one after the other").isEqualTo(2);
  }

  private boolean runsAgain() {
    return container().getRestartCount() == 1 && container().getState().getRunning() != null;
  }

  @Test
  void anEndForAReasonThatNobodyKnowsYetIsToldAndIsNoSuccess() {
    pods.add(UID, pod("Never", RUNS));
    awaitPhase("Running");

    aws.aws().interrupt(taskArn(), "SolarFlare", "The sun.");

    awaitPhase("Failed");
    assertThat(container().getState().getTerminated().getExitCode()).isNotZero();
    assertThat(container().getState().getTerminated().getMessage())
        .contains("SolarFlare: The sun.");
    assertThat(tasks(UID)).isEqualTo(1);
  }

  @Test
  void aTaskThatVanishesIsLostAndItsPodSaysSo() {
    pods.add(UID, pod("Never", RUNS));
    awaitPhase("Running");
    passBeats(30);

    aws.aws().vanish(taskArn());

    awaitPhase("Failed");
    assertThat(pod().getStatus().getReason()).isEqualTo("GroupLost");
    assertThat(pod().getStatus().getConditions())
        .anySatisfy(
            condition -> {
              assertThat(condition.getType()).isEqualTo("DisruptionTarget");
              assertThat(condition.getStatus()).isEqualTo("True");
            });
    passBeats(24);
    assertThat(count("RunTask 200")).isEqualTo(1);
  }

  // ---- Words

  private static String pod(String restartPolicy, String script) {
    return """
    restartPolicy: %s
    containers:
    - {name: main, image: 'virtualnodes/busybox:latest', command: [sh, -c, "%s"]}
    """
        .formatted(restartPolicy, script);
  }

  /** A pod with a variable from a Secret. */
  private static String told(String secret, String script) {
    return pod("Never", script)
        .replace(
            "name: main",
            "name: main, env: [{name: WORD, valueFrom: {secretKeyRef: {name: %s, key: word}}}]"
                .formatted(secret));
  }

  private static String secret(String name, String word) {
    var base64 = Base64.getEncoder().encodeToString(word.getBytes(StandardCharsets.UTF_8));
    return "metadata: {name: %s}\ndata: {word: %s}".formatted(name, base64);
  }

  /** From now on the operator hears of what happens to tasks. */
  private void hear() {
    aws.hear();
    pods = pods.under(aws.backend());
  }

  private void passBeats(int beats) {
    for (int beat = 0; beat < beats; beat++) {
      look();
      pods.step();
      aws.pass(BEAT);
    }
    look();
    pods.step();
  }

  /** A look that AWS does not answer is made up for by the next, as the core does it. */
  private void look() {
    try {
      pods.look();
    } catch (Unavailable _) {
      // Nothing is known anew.
    }
  }

  private void passBeatsUntilAll(String phase) {
    for (int beat = 0; beat < MOST_BEATS && !allAre(phase); beat++) {
      passBeats(1);
    }
    assertThat(pods.pods())
        .isNotEmpty()
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo(phase));
  }

  private boolean allAre(String phase) {
    return pods.pods().stream().allMatch(pod -> phase.equals(pod.getStatus().getPhase()));
  }

  private void awaitPhase(String phase) {
    for (int beat = 0; beat < MOST_BEATS && !phase.equals(pod().getStatus().getPhase()); beat++) {
      passBeats(1);
    }
    assertThat(pod().getStatus().getPhase()).as(pod().getStatus().toString()).isEqualTo(phase);
  }

  private Pod pod() {
    return pods.pod(UID);
  }

  private ContainerStatus container() {
    return pod().getStatus().getContainerStatuses().getFirst();
  }

  /** Of the pod's task that runs. */
  private String taskArn() {
    return aws.tasks(GroupId.first(UID)).getFirst().taskArn();
  }

  /** How many tasks were ever run for a pod. */
  private int tasks(String uid) {
    return (int)
        launches(aws.aws().startedBy()).stream()
            .filter(launch -> launch.group().podUid().equals(uid))
            .count();
  }

  private static List<FargateLaunch> launches(List<String> startedBy) {
    return startedBy.stream().map(FargateLaunch::parse).flatMap(Optional::stream).toList();
  }

  private String log(boolean follow) throws IOException {
    var options =
        new LogOptions(
            follow, false, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    try (var log =
        aws.backend().streams().logs(GroupId.first(UID), "main", options).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private int count(String call) {
    return aws.aws().traffic().counts().getOrDefault(call, 0);
  }
}
