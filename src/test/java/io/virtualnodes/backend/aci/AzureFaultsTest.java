package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.emulator.arm.Limits;
import io.virtualnodes.pod.DrivenPods;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What Azure is known to do to those who run pods there, and what the pod's owner is told. Each pod
 * goes by the product's own rules from its spec to its status.
 */
class AzureFaultsTest {
  private static final String UID = "0000-1";
  private static final Duration BEAT = Duration.ofSeconds(5);

  private AciSubject azure;
  private DrivenPods pods;

  @BeforeEach
  void open() {
    open(Limits.USUAL);
  }

  private void open(Limits limits) {
    azure = new AciSubject("burst", limits);
    pods = pods();
  }

  private void reopen(Limits limits) {
    azure.close();
    open(limits);
  }

  private DrivenPods pods() {
    return new DrivenPods(azure.backend(), azure.pool(), azure::now);
  }

  /** Whatever happened, Azure holds one group at most for each pod, and none for anybody else. */
  @AfterEach
  void nothingIsThereTwiceOrForNobody() {
    try {
      int owned =
          pods.pods().stream()
              .mapToInt(pod -> azure.copies(GroupId.first(pod.getMetadata().getUid())))
              .peek(copies -> assertThat(copies).isLessThanOrEqualTo(1))
              .sum();
      assertThat(azure.azure().count(Map.of(AciTags.POOL_UID, azure.place().poolUid())))
          .isEqualTo(owned);
    } finally {
      azure.close();
    }
  }

  // ---- Creating

  @Test
  void a503ThoughTheGroupWasMadeIsNoFailureAndNoSecondGroup() {
    azure.azure().faults().unavailableThoughDone(1);

    pods.add(UID, pod("Never", "sleep 3600"));

    awaitPhase("Running");
    assertThat(creations()).isEqualTo(Map.of("PUT 503", 1));
  }

  @Test
  void whatAzureTakesOnlyInOtherWordsRuns() throws IOException {
    pods.secret("metadata: {name: words}\ndata: {first: b25l}");
    pods.add(
        UID,
        """
        restartPolicy: Never
        volumes:
        - {name: tmp, secret: {secretName: words}}
        - {name: d, emptyDir: {}}
        containers:
        - name: main
          image: virtualnodes/busybox:latest
          command: [sh, -c, sleep 3600]
          env: [{name: EMPTY, value: ""}]
          resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: "8", memory: 32Gi}}
          volumeMounts: [{name: tmp, mountPath: /tmp}, {name: d, mountPath: /d}]
        """);

    awaitPhase("Running");

    var asked = asked(UID).containers().getFirst();
    assertThat(asked.environmentVariables())
        .singleElement()
        .satisfies(
            empty -> {
              assertThat(empty.name()).isEqualTo("EMPTY");
              assertThat(empty.value()).isEmpty();
            });
    // As much as the group requests, which is all that there is.
    assertThat(asked.resources().limits().cpu()).isEqualTo(1.0);
    assertThat(asked.volumeMounts())
        .extracting(mount -> mount.mountPath())
        .containsExactly("/tmp", "/d");
    assertThat(asked.volumeMounts())
        .allSatisfy(mount -> assertThat(mount.name()).hasSizeGreaterThanOrEqualTo(5));
  }

  @Test
  void noRoomInTheRegionIsToldInAzuresWordsAndAzureIsNotPestered() {
    azure.azure().faults().noCapacity(true);
    IntStream.range(0, 50).forEach(n -> pods.add("waits-" + n, pod("Never", "sleep 3600")));

    passBeats(24);

    assertThat(pods.pods())
        .allSatisfy(
            pod -> {
              assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
              assertThat(pod.getStatus().getReason()).isEqualTo("NoCapacity");
              assertThat(pod.getStatus().getMessage())
                  .contains("is not available in the location 'eastus' at this moment")
                  .contains("HTTP 409, request ");
            });
    assertThat(pods.events("waits-7"))
        .first()
        .asString()
        .startsWith("NoCapacity: No room at the backend")
        .contains("is not available in the location 'eastus'");
    // Two minutes of fifty pods that wait.
    assertThat(creations()).containsOnlyKeys("PUT 409");
    assertThat(creations().get("PUT 409")).isLessThanOrEqualTo(3);

    azure.azure().faults().noCapacity(false);
    passBeats(30);

    assertThat(pods.pods())
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
  }

  @Test
  void aSmallerPodFindsRoomWhereALargerOneDoesNot() {
    reopen(Limits.USUAL.withQuota(100, 2));
    pods.add("large", sized("4"));
    pods.step();

    pods.add(UID, sized("1"));

    awaitPhase("Running");
    assertThat(pods.pod("large").getStatus().getPhase()).isEqualTo("Pending");
  }

  @Test
  void aQuotaThatIsUsedUpIsToldWithWhatIsUsedOfIt() {
    reopen(Limits.USUAL.withQuota(100, 2));
    pods.add("first", pod("Never", "sleep 3600"));
    pods.add("second", pod("Never", "sleep 3600"));
    pods.add(UID, pod("Never", "sleep 3600"));

    passBeats(15);

    assertThat(pod().getStatus().getReason()).isEqualTo("NoCapacity");
    assertThat(pod().getStatus().getMessage())
        .contains(
            "quota 'StandardCores' exceeded in region 'eastus'. Limit: '2', Usage: '2' Requested:"
                + " '1.0'");
  }

  @Test
  void theHundredAndFirstCreationInFiveMinutesSaysWhenItsTurnComes() {
    reopen(Limits.USUAL.withQuota(500, 500));
    IntStream.range(0, 101).forEach(n -> pods.add("pod-" + n, pod("Never", "sleep 3600")));
    passBeats(4);
    assertThat(creations()).isEqualTo(Map.of("PUT 201", 100));
    assertThat(pods.pod("pod-100").getStatus().getMessage())
        .contains("Azure takes no more creations in this region for now; this one's turn comes in");

    passBeats(66);

    assertThat(pods.pods())
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
    assertThat(creations()).isEqualTo(Map.of("PUT 201", 101));
  }

  @Test
  void whoLearnsOfTheRatesFromAzureSaysSoInItsWordsAndComesBackInTime() {
    reopen(Limits.USUAL.withQuota(500, 500));
    var others = azure.neighbour();
    var earlier = new DrivenPods(others.backend(), others.pool(), azure::now);
    IntStream.range(0, 100).forEach(n -> earlier.add("other-" + n, pod("Never", "sleep 3600")));
    passBeats(earlier, 4);

    IntStream.range(0, 20).forEach(n -> pods.add("pod-" + n, pod("Never", "sleep 3600")));
    passBeats(90);

    assertThat(pods.pods())
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
    assertThat(creations()).isEqualTo(Map.of("PUT 201", 120, "PUT 429", 1));
  }

  @Test
  void whatAzureAcceptsAndCannotMakeIsTakenAwayToldAndTriedAgain() {
    azure.azure().faults().provisioningFails(true);
    pods.add(UID, pod("Never", "sleep 3600"));
    passBeats(8);
    // Once deleted, Azure shows it for some seconds more.
    azure.azure().faults().provisioningFails(false);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Pending");
    awaitPhase("Running");
    assertThat(azure.azure().traffic().counts()).containsEntry("DELETE 202", 1);
  }

  // ---- Running

  @Test
  void aMissingStartTimeHidesNothing() {
    azure.azure().faults().startTimesMissing(true);

    pods.add(UID, pod("Never", "sleep 3600"));

    awaitPhase("Running");
    assertThat(container().getState().getRunning().getStartedAt()).isNotEmpty();
  }

  @Test
  void aListThatDoesNotSayHowContainersAreEndsAndUnreadiesNobody() {
    pods.add(UID, pod("Never", "sleep 120; exit 4"));
    awaitPhase("Running");

    azure.azure().faults().readsFail(true);
    passBeats(60);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Running");
    assertThat(container().getReady()).isTrue();
    azure.azure().faults().readsFail(false);
    awaitPhase("Failed");
    assertThat(container().getState().getTerminated().getExitCode()).isEqualTo(4);
  }

  @Test
  void whileAContainerWaitsItsPodWaitsAndIsNotFailed() {
    pods.add(UID, pod("Never", "sleep 3600"));
    pods.step();
    pods.look();
    azure.pass(Duration.ofSeconds(1));
    passBeats(0);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Pending");
    assertThat(pods.events(UID)).isEmpty();
    awaitPhase("Running");
  }

  @Test
  void aSpotGroupThatIsEvictedAndStartedAnewCountsAsARestart() {
    pods.add(UID, pod("OnFailure", "sleep 3600"));
    awaitPhase("Running");

    azure.azure().evict(azure.name(GroupId.first(UID)));
    azure.pass(Duration.ofSeconds(1));
    passBeats(4);

    assertThat(pod().getStatus().getPhase()).isEqualTo("Running");
    assertThat(container().getRestartCount()).isEqualTo(1);
    assertThat(container().getState().getRunning()).isNotNull();
    assertThat(container().getLastState().getTerminated().getExitCode()).isEqualTo(137);
    assertThat(creations()).isEqualTo(Map.of("PUT 201", 1));
  }

  @Test
  void aSpotGroupThatIsEvictedHasFailedWhereItMustNotRunAgain() {
    pods.add(UID, pod("Never", "sleep 3600"));
    awaitPhase("Running");

    azure.azure().evict(azure.name(GroupId.first(UID)));
    awaitPhase("Failed");

    assertThat(container().getState().getTerminated().getExitCode()).isEqualTo(137);
    assertThat(container().getRestartCount()).isZero();
    passBeats(24);
    // Nothing of it runs on at Azure's expense.
    assertThat(asked(UID).instanceView().state()).isEqualTo("Stopped");
  }

  @Test
  void aGroupThatSomebodyTookAwayIsLostAndItsPodSaysSo() {
    pods.add(UID, pod("Never", "sleep 3600"));
    awaitPhase("Running");

    azure.azure().vanish(azure.name(GroupId.first(UID)));
    awaitPhase("Failed");

    assertThat(pod().getStatus().getReason()).isEqualTo("GroupLost");
    assertThat(pod().getStatus().getConditions())
        .anySatisfy(
            condition -> {
              assertThat(condition.getType()).isEqualTo("DisruptionTarget");
              assertThat(condition.getStatus()).isEqualTo("True");
            });
    // A Job decides whether to try again; nobody else does.
    passBeats(24);
    assertThat(creations()).isEqualTo(Map.of("PUT 201", 1));
  }

  // ---- Ending

  @Test
  void neverIsNeverThoughAzureStartsTheContainerAgain() {
    azure.azure().faults().restartsDespiteNever(true);
    pods.add(UID, pod("Never", "sleep 2; exit 3"));

    awaitPhase("Failed");
    passBeats(24);

    assertThat(container().getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(container().getRestartCount()).isZero();
    assertThat(asked(UID).instanceView().state()).isEqualTo("Stopped");
    assertThat(azure.azure().traffic().counts()).containsEntry("POST 204", 1);
  }

  @Test
  void aSlowDeletionHoldsUpNeitherThePodNorItsSuccessor() {
    var slow =
        new Limits(
            100,
            100,
            100,
            300,
            100,
            300,
            250,
            25,
            Duration.ofSeconds(2),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30));
    reopen(slow);
    pods.add(UID, "web-0", pod("Never", "trap 'exit 0' TERM; sleep 3600 & wait"));
    awaitPhase("Running");

    pods.delete(UID);
    passBeats(12);
    assertThat(pods.pods()).isEmpty();
    // A StatefulSet makes a pod of the same name at once.
    pods.add("0000-2", "web-0", pod("Never", "sleep 3600"));
    passBeats(6);

    assertThat(pods.pod("0000-2").getStatus().getPhase()).isEqualTo("Running");
    assertThat(azure.name(GroupId.first("0000-2"))).isNotEqualTo(azure.name(GroupId.first(UID)));
    assertThat(azure.azure().traffic().counts()).containsEntry("DELETE 202", 1);
  }

  @Test
  void aLogOfFiveThousandCharactersIsWhole() throws IOException {
    var text = "x".repeat(5000);
    pods.add(UID, pod("Never", "echo " + text + "; sleep 3600"));
    awaitPhase("Running");

    try (var log =
        azure.backend().streams().logs(GroupId.first(UID), "main", LogOptions.ALL).orElseThrow()) {
      assertThat(new String(log.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(text + "\n");
    }
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

  private static String sized(String cores) {
    return """
    restartPolicy: Never
    containers:
    - name: main
      image: virtualnodes/busybox:latest
      command: [sh, -c, sleep 3600]
      resources: {requests: {cpu: "%s"}}
    """
        .formatted(cores);
  }

  private void passBeats(int beats) {
    passBeats(pods, beats);
  }

  private void passBeats(DrivenPods some, int beats) {
    for (int beat = 0; beat < beats; beat++) {
      some.look();
      some.step();
      azure.pass(BEAT);
    }
    some.look();
    some.step();
  }

  private void awaitPhase(String phase) {
    for (int beat = 0; beat < 60 && !phase.equals(pod().getStatus().getPhase()); beat++) {
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

  private com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner asked(
      String uid) {
    return new ArmClient(azure.place(), AciRates.usual(azure.now()), azure::now)
        .find(azure.name(GroupId.first(uid)))
        .orElseThrow();
  }

  /** Requests for groups, by Azure's answers. */
  private Map<String, Integer> creations() {
    return azure.azure().traffic().counts().entrySet().stream()
        .filter(count -> count.getKey().startsWith("PUT"))
        .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, count -> count.getValue()));
  }
}
