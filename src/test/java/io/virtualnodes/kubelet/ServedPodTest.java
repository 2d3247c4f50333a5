package io.virtualnodes.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.GroupId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServedPodTest {
  private static final GroupId GROUP = GroupId.first("11111111-2222-3333-4444-555555555555");

  @Test
  void everyKindOfContainerIsServedWithWhyItWaits() {
    var pod =
        """
        spec:
          initContainers: [{name: prepare}]
          containers: [{name: app}, {name: sidecar}, {name: silent}, {name: ended}]
          ephemeralContainers: [{name: debugger}]
        status:
          initContainerStatuses:
          - {name: prepare, state: {terminated: {exitCode: 0}}}
          containerStatuses:
          - {name: app, state: {running: {}}}
          - {name: sidecar, state: {waiting: {reason: ImagePullBackOff}}}
          - {name: silent, state: {}}
          - {name: ended, state: {terminated: {exitCode: 1}}}
        """;

    var served = ServedPod.of(Serialization.unmarshal(pod, Pod.class), GROUP);

    assertThat(served.group()).isEqualTo(GROUP);
    assertThat(served.containers())
        .containsExactly(
            started("prepare"),
            started("app"),
            waiting("sidecar", "ImagePullBackOff"),
            waiting("silent", "ContainerCreating"),
            started("ended"),
            waiting("debugger", "ContainerCreating"));
  }

  @Test
  void aPodWithoutAStatusIsBeingCreated() {
    var pod = Serialization.unmarshal("spec: {containers: [{name: app}]}", Pod.class);

    assertThat(ServedPod.of(pod, GROUP).containers())
        .containsExactly(waiting("app", "ContainerCreating"));
  }

  @ParameterizedTest
  @CsvSource({"Pending, false", "Running, false", "Succeeded, true", "Failed, true"})
  void aPodHasEndedByItsPhase(String phase, boolean ended) {
    var pod =
        Serialization.unmarshal(
            "spec: {containers: [{name: app}]}\nstatus: {phase: %s}".formatted(phase), Pod.class);

    assertThat(ServedPod.of(pod, GROUP).ended()).isEqualTo(ended);
  }

  private static ServedPod.Container started(String name) {
    return new ServedPod.Container(name, Optional.empty());
  }

  private static ServedPod.Container waiting(String name, String reason) {
    return new ServedPod.Container(name, Optional.of(reason));
  }
}
