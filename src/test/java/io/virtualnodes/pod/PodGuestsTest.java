package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodGuestsTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  private static Pod pod(String ephemeralContainers) {
    return Serialization.unmarshal(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: web, namespace: shop, uid: u-1 }
        spec:
          restartPolicy: Always
          containers: [{ name: main, image: web }]
          ephemeralContainers: %s
        status: { phase: Running }
        """
            .formatted(ephemeralContainers),
        Pod.class);
  }

  private static final Pod DEBUGGED = pod("[{ name: debugger, image: tools, command: [ps] }]");

  private static ContainerObservation container(String name, ContainerState state) {
    return new ContainerObservation(
        name, state, Optional.empty(), "", 0, "image:1", "sha256:1", "docker://" + name);
  }

  private static Observation group(Progress progress, ContainerObservation... guests) {
    var main =
        progress == Progress.FINISHED
            ? new Exited(0, "Completed", "", NOON, NOON)
            : new Running(NOON);
    return new Observation(
        GroupId.first("u-1"),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        progress,
        List.of(container("main", main)),
        List.of(guests),
        List.of("172.17.0.2"),
        NOON,
        Optional.empty(),
        progress == Progress.FINISHED ? Optional.of(NOON) : Optional.empty(),
        Optional.empty());
  }

  private static ContainerStatus status(Pod pod, Observation group) {
    var report = PodStatusReport.of(pod, group, NODE, NOON);
    assertThat(report.status().getEphemeralContainerStatuses()).hasSize(1);
    return report.status().getEphemeralContainerStatuses().getFirst();
  }

  @Test
  void oneThatIsNotThereOrHasNotStartedIsMissing() {
    var creating = container("debugger", new Waiting(Waiting.CREATING, ""));

    assertThat(PodGuests.missing(DEBUGGED, group(Progress.ALIVE), NODE))
        .extracting(EphemeralContainer::getName)
        .containsExactly("debugger");
    assertThat(PodGuests.missing(DEBUGGED, group(Progress.ALIVE, creating), NODE)).hasSize(1);
  }

  @Test
  void oneThatRunsOrHasEndedIsNotStartedAgain() {
    for (var state : List.of(new Running(NOON), new Exited(1, "Error", "", NOON, NOON))) {
      assertThat(
              PodGuests.missing(
                  DEBUGGED, group(Progress.ALIVE, container("debugger", state)), NODE))
          .isEmpty();
    }
  }

  @Test
  void oneThatAsksForTooMuchIsRefusedByItsFieldsAndThePodIsNot() {
    var pod =
        pod(
            "[{ name: fine, image: tools }, { name: shell, image: tools, terminationMessagePolicy:"
                + " FallbackToLogsOnError, securityContext: { privileged: true } }]");

    assertThat(PodGuests.refusals(pod, "shell", NODE))
        .containsExactlyInAnyOrder(
            "spec.ephemeralContainers[1].securityContext.privileged: there is no host to have power"
                + " over; add the capabilities that it needs",
            "spec.ephemeralContainers[1].terminationMessagePolicy: only File");
    assertThat(PodTranslator.refusals(pod, NODE)).isEmpty();
    assertThat(PodGuests.missing(pod, group(Progress.ALIVE), NODE))
        .extracting(EphemeralContainer::getName)
        .containsExactly("fine");
    var waiting =
        PodStatusReport.of(pod, group(Progress.ALIVE), NODE, NOON)
            .status()
            .getEphemeralContainerStatuses()
            .get(1)
            .getState()
            .getWaiting();
    assertThat(waiting.getReason()).isEqualTo("Unsupported");
    assertThat(waiting.getMessage()).contains("terminationMessagePolicy", "privileged");
  }

  @Test
  void theBackendIsAskedForWhatIsWritten() {
    var pod =
        pod(
            """
            [{ name: debugger, image: tools, imagePullPolicy: Always, targetContainerName: main,
               stdin: true, tty: true,
               command: [sh, -c, $(WORD)], env: [{ name: WORD, value: ps }],
               securityContext: { capabilities: { add: [SYS_PTRACE] } } }]
            """);
    var inputs = new PodInputs(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), Map.of());

    var guest =
        PodGuests.guest(pod, pod.getSpec().getEphemeralContainers().getFirst(), inputs, NODE);

    assertThat(guest.target()).hasValue("main");
    assertThat(guest.container().security().addedCapabilities()).containsExactly("SYS_PTRACE");
    assertThat(guest.container().command()).containsExactly("sh", "-c", "ps");
    assertThat(guest.container().image()).isEqualTo("tools");
    assertThat(guest.container().terminal()).isEqualTo(new Terminal(true, true, false));
  }

  @Test
  void whatThePodSaysForAllItsContainersHoldsForItToo() {
    var plain = pod("[{ name: debugger, image: tools, imagePullPolicy: Always }]");
    var pod =
        new PodBuilder(plain)
            .editSpec()
            .editOrNewSecurityContext()
            .withRunAsUser(1000L)
            .withRunAsNonRoot(true)
            .withSupplementalGroups(4000L)
            .endSecurityContext()
            .endSpec()
            .build();
    var inputs = new PodInputs(Map.of(), Map.of(), Map.of(), Map.of(), List.of(), Map.of());

    var security =
        PodGuests.guest(pod, pod.getSpec().getEphemeralContainers().getFirst(), inputs, NODE)
            .container()
            .security();

    assertThat(security.user()).hasValue(1000L);
    assertThat(security.neverRoot()).isTrue();
    assertThat(security.furtherGroups()).containsExactly(4000L);
  }

  @Test
  void itsStatusIsToldAndNeitherPhaseNorReadinessDependOnIt() {
    var failed = new Exited(3, "Error", "", NOON, NOON);
    var report =
        PodStatusReport.of(
            DEBUGGED, group(Progress.ALIVE, container("debugger", failed)), NODE, NOON);

    assertThat(report.status().getPhase()).isEqualTo("Running");
    assertThat(report.status().getConditions())
        .filteredOn(condition -> condition.getType().equals("Ready"))
        .extracting(condition -> condition.getStatus())
        .containsExactly("True");
    var status = report.status().getEphemeralContainerStatuses().getFirst();
    assertThat(status.getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(status.getReady()).isFalse();
    assertThat(report.differsFrom(DEBUGGED.getStatus())).isTrue();
    assertThat(report.differsFrom(report.appliedTo(DEBUGGED).getStatus())).isFalse();
  }

  @Test
  void untilItIsThereItIsBeingCreated() {
    assertThat(status(DEBUGGED, group(Progress.ALIVE)).getState().getWaiting().getReason())
        .isEqualTo("ContainerCreating");
  }

  @Test
  void oneThatRunsWhenThePodEndsHasEndedToo() {
    var status =
        status(DEBUGGED, group(Progress.FINISHED, container("debugger", new Running(NOON))));

    assertThat(status.getState().getTerminated().getReason()).isEqualTo("ContainerStatusUnknown");
  }
}
