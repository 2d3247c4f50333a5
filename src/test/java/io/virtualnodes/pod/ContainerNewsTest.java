package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContainerNewsTest {
  private static final String RUNS = "state: {running: {startedAt: \"2026-03-01T11:59:03Z\"}}";
  private static final String CREATING = "state: {waiting: {reason: ContainerCreating}}";
  private static final String CRASHED =
      "state: {waiting: {reason: CrashLoopBackOff, message: back-off 10s}}";

  private static Pod pod(int restarts, String state) {
    return GoldenText.pod(
        """
        metadata: {name: web, namespace: shop, uid: 6b9f}
        spec: {containers: [{name: app, image: "web:1"}]}
        status:
          phase: Running
          containerStatuses: [{name: app, image: "web:1", restartCount: %d, %s}]
        """
            .formatted(restarts, state));
  }

  private static List<ContainerNews> news(Pod before, Pod after) {
    return ContainerNews.between(before, after.getStatus());
  }

  private static ContainerNews ofApp(PodEventReason reason, String message) {
    return new ContainerNews("spec.containers{app}", reason, message);
  }

  @Test
  void aContainerThatWaitsToBeStartedAgainIsToldOncePerRun() {
    var told =
        ofApp(
            PodEventReason.BACK_OFF,
            "Back-off restarting failed container app in pod web_shop(6b9f)");

    assertThat(news(pod(0, RUNS), pod(0, CRASHED))).containsExactly(told);
    assertThat(news(pod(0, CRASHED), pod(0, CRASHED))).isEmpty();
    // It ran so shortly that nobody saw it.
    assertThat(news(pod(0, CRASHED), pod(1, CRASHED))).containsExactly(told);
  }

  @Test
  void anImageThatCannotBeFetchedIsToldWithTheRegistrysWords() {
    var failed = pod(0, "state: {waiting: {reason: ErrImagePull, message: no such tag}}");
    var later = pod(0, "state: {waiting: {reason: ImagePullBackOff, message: no such tag}}");

    assertThat(news(pod(0, CREATING), failed))
        .containsExactly(
            ofApp(PodEventReason.FAILED, "Failed to pull image \"web:1\": no such tag"));
    assertThat(news(failed, later))
        .containsExactly(
            ofApp(PodEventReason.BACK_OFF_OF_IMAGE, "Back-off pulling image \"web:1\""));
    assertThat(news(pod(0, CREATING), pod(0, "state: {waiting: {reason: ErrImageNeverPull}}")))
        .containsExactly(ofApp(PodEventReason.FAILED, "Error: ErrImageNeverPull"));
    assertThat(
            news(
                pod(0, CREATING),
                pod(0, "state: {waiting: {reason: CreateContainerError, message: no}}")))
        .containsExactly(ofApp(PodEventReason.FAILED, "Error: CreateContainerError: no"));
  }

  @Test
  void aCommandThatCannotBeStartedIsToldAlsoIfItIsTriedAgain() {
    var end = "terminated: {exitCode: 128, reason: StartError, message: no such file}";
    var told = ofApp(PodEventReason.FAILED, "Error: no such file");

    assertThat(news(pod(0, CREATING), pod(0, "state: {%s}".formatted(end)))).containsExactly(told);
    assertThat(news(pod(0, "state: {%s}".formatted(end)), pod(0, "state: {%s}".formatted(end))))
        .isEmpty();
    assertThat(news(pod(0, CREATING), pod(0, "lastState: {%s}, ".formatted(end) + CRASHED)))
        .extracting(ContainerNews::reason)
        .containsExactly(PodEventReason.FAILED, PodEventReason.BACK_OFF);
  }

  @Test
  void whatIsWellIsNoNews() {
    assertThat(news(pod(0, CREATING), pod(0, RUNS))).isEmpty();
    assertThat(news(pod(0, RUNS), pod(0, CREATING))).isEmpty();
    assertThat(news(pod(0, RUNS), pod(0, "state: {terminated: {exitCode: 0}}"))).isEmpty();
  }

  @Test
  void initAndEphemeralContainersAreToldByTheirOwnFields() {
    var status = "name: one, image: \"web:1\", restartCount: 0, state: {waiting: {reason: %s}}";
    var failed = status.formatted("ErrImagePull");
    var after =
        GoldenText.pod(
            """
            metadata: {name: web, namespace: shop, uid: 6b9f}
            spec: {containers: [{name: app}]}
            status:
              initContainerStatuses: [{%s}]
              ephemeralContainerStatuses: [{%s}]
            """
                .formatted(failed, failed));

    assertThat(news(pod(0, CREATING), after))
        .extracting(ContainerNews::field)
        .containsExactly("spec.initContainers{one}", "spec.ephemeralContainers{one}");
  }

  @Test
  void aPodThatSaysItselfForWhatItWaitsIsEnough() {
    var waiting =
        pod(0, "state: {waiting: {reason: CreateContainerConfigError, message: not found}}");
    assertThat(news(pod(0, CREATING), waiting))
        .containsExactly(
            ofApp(PodEventReason.FAILED, "Error: CreateContainerConfigError: not found"));

    waiting.getStatus().setReason("CreateContainerConfigError");

    assertThat(news(pod(0, CREATING), waiting)).isEmpty();
  }
}
