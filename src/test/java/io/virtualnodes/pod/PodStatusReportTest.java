package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodStatusReportTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.750Z");
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  /** A pod of which one container runs, one waits to run again and one ended. */
  private static final String MIXED =
      """
      metadata: {name: web, namespace: shop, uid: 6b9f-1}
      spec:
        restartPolicy: Always
        containers: [{name: runs}, {name: waits}, {name: ended}]
      status:
        phase: Running
        startTime: "2026-03-01T11:00:00Z"
        podIPs: [{ip: 172.17.0.5}]
        conditions:
        - {type: Ready, status: "False", lastTransitionTime: "2026-03-01T11:30:00Z"}
        containerStatuses:
        - name: runs
          containerID: docker://1
          restartCount: 2
          ready: true
          started: true
          state: {running: {startedAt: "2026-03-01T11:10:00Z"}}
        - name: waits
          restartCount: 4
          ready: false
          state: {waiting: {reason: CrashLoopBackOff}}
          lastState: {terminated: {exitCode: 9}}
        - name: ended
          restartCount: 0
          ready: false
          state: {terminated: {exitCode: 7, reason: Error}}
      """;

  static Stream<GoldenCase> statuses() {
    return GoldenCase.all("statuses");
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void anObservationBecomesAStatus(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var observation = GoldenText.observation(given.read("observation.yaml"));

    var report = PodStatusReport.of(pod, observation, NODE, NOW);

    given.expect("status.yaml", GoldenText.sorted(report.patch(pod.getMetadata().getUid())));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void whatWasWrittenIsNotWrittenAgain(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var observation = GoldenText.observation(given.read("observation.yaml"));
    var written = PodStatusReport.of(pod, observation, NODE, NOW).appliedTo(pod);

    var later = PodStatusReport.of(written, observation, NODE, NOW.plusSeconds(300));

    assertThat(later.differsFrom(written.getStatus())).isFalse();
  }

  @Test
  void aPodThatWasChangedIsReportedAnewOnce() {
    var given = GoldenCase.only("statuses/running");
    var observation = GoldenText.observation(given.read("observation.yaml"));
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var written = PodStatusReport.of(pod, observation, NODE, NOW).appliedTo(pod);
    var changed = new PodBuilder(written).editMetadata().withGeneration(2L).endMetadata().build();

    var report = PodStatusReport.of(changed, observation, NODE, NOW.plusSeconds(300));

    assertThat(report.differsFrom(changed.getStatus())).isTrue();
    assertThat(report.status().getObservedGeneration()).isEqualTo(2);
    assertThat(report.status().getConditions())
        .extracting(PodCondition::getObservedGeneration, PodCondition::getLastTransitionTime)
        .containsOnly(tuple(2L, "2026-03-01T12:00:00Z"));
    assertThat(
            PodStatusReport.of(report.appliedTo(changed), observation, NODE, NOW)
                .differsFrom(report.status()))
        .isFalse();
  }

  @Test
  void anApiServerThatKeepsNoGenerationsIsNotToldThemAgain() {
    var given = GoldenCase.only("statuses/running");
    var observation = GoldenText.observation(given.read("observation.yaml"));
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var written = PodStatusReport.of(pod, observation, NODE, NOW).appliedTo(pod);
    var kept =
        new PodBuilder(written)
            .editStatus()
            .withObservedGeneration(null)
            .withConditions(
                written.getStatus().getConditions().stream()
                    .map(one -> one.edit().withObservedGeneration(null).build())
                    .toList())
            .endStatus()
            .build();

    var report = PodStatusReport.of(kept, observation, NODE, NOW.plusSeconds(300));

    assertThat(report.differsFrom(kept.getStatus())).isFalse();
  }

  @Test
  void conditionsOfOthersSurvive() {
    var given = GoldenCase.only("statuses/readiness-gates-open");
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var report = PodStatusReport.waiting(pod, "Held", "later", NODE, NOW);

    var applied = report.appliedTo(pod);

    assertThat(applied.getStatus().getReason()).isEqualTo("Held");
    assertThat(applied.getStatus().getConditions())
        .extracting(PodCondition::getType, PodCondition::getStatus)
        .containsExactlyInAnyOrder(
            tuple("PodScheduled", "True"),
            tuple("example.com/balancer", "True"),
            tuple("example.com/mesh", "True"),
            tuple("PodReadyToStartContainers", "True"),
            tuple("Initialized", "True"),
            tuple("ContainersReady", "False"),
            tuple("Ready", "False"));
  }

  @Test
  void whatOthersWriteIsLeftOut() {
    var pod = GoldenText.pod(GoldenCase.only("statuses/readiness-gates-open").read("pod.yaml"));

    var patch = PodStatusReport.waiting(pod, "Held", "later", NODE, NOW).patch("6b9f-1");

    var status = (Map<?, ?>) patch.get("status");
    assertThat(status.containsKey("qosClass")).isFalse();
    assertThat((Iterable<?>) status.get("conditions"))
        .extracting(condition -> (Object) ((Map<?, ?>) condition).get("type"))
        .containsExactly("PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready");
  }

  @Test
  void containersWaitForWhatTheirVariablesReferTo() {
    var pod =
        new PodBuilder(untouched())
            .editSpec()
            .addNewContainer()
            .withName("asks")
            .addNewEnvFrom()
            .withNewSecretRef("keys", false)
            .endEnvFrom()
            .endContainer()
            .addNewContainer()
            .withName("knows")
            .addNewEnv()
            .withName("NAME")
            .withNewValueFrom()
            .withNewFieldRef("v1", "metadata.name")
            .endValueFrom()
            .endEnv()
            .endContainer()
            .endSpec()
            .build();

    var report =
        PodStatusReport.waiting(
            pod, PodFailure.CONFIG_ERROR, "secret \"keys\" not found", NODE, NOW);

    assertThat(report.status().getContainerStatuses())
        .extracting(
            status -> status.getName(),
            status -> status.getState().getWaiting().getReason(),
            status -> status.getState().getWaiting().getMessage())
        .contains(tuple("asks", "CreateContainerConfigError", "secret \"keys\" not found"))
        .filteredOn(told -> !told.toList().contains("asks"))
        .allSatisfy(told -> assertThat(told.toList().get(1)).isEqualTo("ContainerCreating"));
    assertThat(report.differsFrom(report.appliedTo(pod).getStatus())).isFalse();
  }

  @Test
  void aPodThatWaitsSaysForWhat() {
    var report = PodStatusReport.waiting(untouched(), "NoCapacity", "No room", NODE, NOW);

    var status = report.status();
    assertThat(status.getPhase()).isEqualTo("Pending");
    assertThat(status.getReason()).isEqualTo("NoCapacity");
    assertThat(status.getMessage()).isEqualTo("No room");
    assertThat(status.getStartTime()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(status.getContainerStatuses()).isEmpty();
    assertThat(condition(report, "Ready").getMessage())
        .isEqualTo("containers with unready status: [a b]");
    assertThat(report.terminal()).isFalse();
    assertThat(report.worthWriting()).isTrue();
    assertThat(report.annotations()).isEmpty();
  }

  @Test
  void aPodThatFailsBeforeItStartedSaysWhy() {
    var report = PodStatusReport.failed(untouched(), "Unsupported", "spec.x", NODE, NOW);

    assertThat(report.status().getPhase()).isEqualTo("Failed");
    assertThat(report.status().getReason()).isEqualTo("Unsupported");
    assertThat(report.status().getMessage()).isEqualTo("spec.x");
    assertThat(condition(report, "Ready").getReason()).isEqualTo("PodFailed");
    assertThat(report.terminal()).isTrue();
  }

  @Test
  void aLostPodFailsAndKeepsHowItsContainersEnded() {
    var report = PodStatusReport.lost(GoldenText.pod(MIXED), NODE, NOW);

    var status = report.status();
    assertThat(status.getPhase()).isEqualTo("Failed");
    assertThat(status.getReason()).isEqualTo("GroupLost");
    assertThat(status.getStartTime()).isEqualTo("2026-03-01T11:00:00Z");
    assertThat(status.getPodIP()).isEqualTo("172.17.0.5");
    assertThat(condition(report, "DisruptionTarget").getStatus()).isEqualTo("True");
    // It was not ready before either.
    assertThat(condition(report, "Ready").getLastTransitionTime())
        .isEqualTo("2026-03-01T11:30:00Z");
    assertThat(status.getContainerStatuses()).noneMatch(ContainerStatus::getReady);
    var runs = status.getContainerStatuses().getFirst();
    assertThat(runs.getRestartCount()).isEqualTo(2);
    assertThat(runs.getState().getTerminated().getExitCode()).isEqualTo(137);
    assertThat(runs.getState().getTerminated().getReason()).isEqualTo("ContainerStatusUnknown");
    assertThat(runs.getState().getTerminated().getStartedAt()).isEqualTo("2026-03-01T11:10:00Z");
    assertThat(runs.getState().getTerminated().getFinishedAt()).isEqualTo("2026-03-01T12:00:00Z");
    var waits = status.getContainerStatuses().get(1);
    assertThat(waits.getState().getWaiting()).isNull();
    assertThat(waits.getState().getTerminated().getExitCode()).isEqualTo(9);
    var ended = status.getContainerStatuses().getLast();
    assertThat(ended.getState().getTerminated().getExitCode()).isEqualTo(7);
    assertThat(ended.getState().getTerminated().getReason()).isEqualTo("Error");
  }

  @ParameterizedTest
  @CsvSource({
    "accepted-and-nothing-there-yet, false",
    "being-created, false",
    "image-cannot-be-pulled, true",
    "one-runs-and-one-never-did, true",
    "running, true",
    "succeeded, true",
    "initializing, true",
    "initializing-not-begun, false",
    "init-container-is-tried-again, true",
    "initialized-and-image-is-missing, true",
  })
  void aFirstCreationIsNotWorthAWrite(String name, boolean worth) {
    var given = GoldenCase.only("statuses/" + name);

    var report =
        PodStatusReport.of(
            GoldenText.pod(given.read("pod.yaml")),
            GoldenText.observation(given.read("observation.yaml")),
            NODE,
            NOW);

    assertThat(report.worthWriting()).isEqualTo(worth);
  }

  /** Each part of a status that we own is enough to write it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "phase: Pending",
        "reason: Evicted",
        "message: other",
        "startTime: 2026-03-01T11:59:59Z",
        "hostIP: 10.0.0.8",
        "podIPs: [{ip: 172.17.0.6}]",
        "conditions: []",
        "containerStatuses: []",
        "initContainerStatuses: [{name: unheard-of}]",
      })
  void aChangeOfAnyPartOfOursIsADifference(String change) {
    var given = GoldenCase.only("statuses/running-and-unchanged");
    var pod = GoldenText.pod(given.read("pod.yaml"));
    var report =
        PodStatusReport.of(pod, GoldenText.observation(given.read("observation.yaml")), NODE, NOW);
    assertThat(report.differsFrom(pod.getStatus())).isFalse();

    var changed = GoldenText.changed(pod.getStatus(), change);

    assertThat(report.differsFrom(changed)).isTrue();
  }

  /** 12 KiB for all together, and no half of a character. */
  @Test
  void ofLongLastWordsEachContainerTellsItsShare() {
    var pod =
        GoldenText.pod(
            """
            metadata: {uid: 6b9f-1}
            spec:
              restartPolicy: Always
              initContainers: [{name: first}]
              containers: [{name: a}, {name: b}]
            status: {}
            """);
    var words = "x" + "ü".repeat(4096);
    var end = new Exited(1, "Error", words, NOW, NOW);
    var group =
        new Observation(
            GroupId.first("6b9f-1"),
            new GroupOwner("burst", "burst-0", "shop", "web"),
            Observation.Progress.ALIVE,
            List.of(
                seen("first", new Exited(0, "Completed", "🦊".repeat(1024) + "🦊", NOW, NOW), null),
                seen("a", end, null),
                seen("b", new Running(NOW), end)),
            List.of(),
            NOW,
            Optional.empty());

    var status = PodStatusReport.of(pod, group, NODE, NOW).status();

    var first = status.getInitContainerStatuses().getFirst().getState();
    var now = status.getContainerStatuses().getFirst().getState();
    var before = status.getContainerStatuses().getLast().getLastState();
    assertThat(first.getTerminated().getMessage()).isEqualTo("🦊".repeat(1024));
    assertThat(now.getTerminated().getMessage()).isEqualTo("x" + "ü".repeat(2047));
    assertThat(before.getTerminated().getMessage()).isEqualTo("x" + "ü".repeat(2047));
  }

  private static ContainerObservation seen(String name, ContainerState state, Exited previous) {
    return new ContainerObservation(
        name, state, Optional.ofNullable(previous), "", 0, "", "", "docker://" + name);
  }

  private static Pod untouched() {
    return GoldenText.pod(
        """
        metadata: {uid: 6b9f-1}
        spec: {containers: [{name: a}, {name: b}]}
        status: {}
        """);
  }

  private static PodCondition condition(PodStatusReport report, String type) {
    return report.status().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }
}
