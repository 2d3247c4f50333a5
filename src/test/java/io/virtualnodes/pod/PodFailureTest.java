package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.PodFailure.Consequence;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PodFailureTest {
  private static final Pod BARE =
      new PodBuilder().withNewMetadata().withName("web").endMetadata().build();

  @Test
  void noCapacityWaitsAMinute() {
    assertThat(PodFailure.of(new NoCapacity("pool is full", null), BARE, 1))
        .isEqualTo(
            new Consequence(
                "NoCapacity",
                "No room at the backend; trying again every minute. It said: pool is full",
                false,
                Optional.of(Duration.ofMinutes(1))));
  }

  @Test
  void aDenialIsThePoolOwnersToMend() {
    assertThat(PodFailure.of(new Denied("expired key", null), BARE, 5))
        .isEqualTo(
            new Consequence(
                "BackendDenied",
                "The backend refuses the pool's settings or credentials; the pool's owner must act."
                    + " It said: expired key",
                false,
                Optional.of(Duration.ofMinutes(1))));
  }

  @ParameterizedTest
  @CsvSource({
    "0, PT1S",
    "1, PT1S",
    "2, PT2S",
    "3, PT4S",
    "6, PT32S",
    "7, PT1M",
    "8, PT1M",
    "1000, PT1M",
  })
  void anUnavailableBackendIsAskedLessAndLessOften(int tries, Duration wait) {
    var consequence = PodFailure.of(new Unavailable("timeout", null), BARE, tries);

    assertThat(consequence)
        .isEqualTo(
            new Consequence(
                "BackendUnavailable",
                "The backend could not be asked; trying again. It said: timeout",
                false,
                Optional.of(wait)));
  }

  @ParameterizedTest
  @CsvSource({"PT5M, PT5M", "PT1S, PT4S"})
  void theBackendsOwnWaitCountsIfItIsLonger(Duration asked, Duration wait) {
    var throttled = new Unavailable("throttled", Optional.of(asked), null);

    assertThat(PodFailure.of(throttled, BARE, 3).retryAfter()).contains(wait);
  }

  @Test
  void whatCanNeverRunNamesEveryReason() {
    var failure = new Unsupported(List.of("spec.a: no", "spec.b: no"));

    assertThat(PodFailure.of(failure, BARE, 1))
        .isEqualTo(
            new Consequence(
                "Unsupported",
                "Cannot run on a virtual node: spec.a: no; spec.b: no",
                true,
                Optional.empty()));
  }

  @Test
  void whatTheBackendRejectsIsNotAskedForAgain() {
    assertThat(PodFailure.of(new Rejected("image too large", null), BARE, 1))
        .isEqualTo(
            new Consequence(
                "Rejected",
                "The backend refuses this pod: image too large",
                true,
                Optional.empty()));
  }

  @Test
  void whatAVolumeMissesIsLookedForAgainAndToldAsByAKubelet() {
    var missing = new MissingInput(new Use.OfVolume("settings"), "configmap \"c\" not found", null);

    assertThat(PodFailure.missingInput(missing, 3))
        .isEqualTo(
            new Consequence(
                "FailedMount",
                "MountVolume.SetUp failed for volume \"settings\" : configmap \"c\" not found",
                false,
                Optional.of(Duration.ofSeconds(4))));
  }

  @Test
  void whatAVariableMissesIsLookedForAgainSoonEvenAfterALongTime() {
    var missing = new MissingInput(new Use.OfEnvironment(), "secret \"s\" not found", null);

    assertThat(PodFailure.missingInput(missing, 1000))
        .isEqualTo(
            new Consequence(
                "CreateContainerConfigError",
                "secret \"s\" not found",
                false,
                Optional.of(Duration.ofSeconds(15))));
  }

  @Test
  void whatExactlyAVariableMissesIsToldAsByVirtualKubelet() {
    var missing =
        new MissingInput("secret \"s\" not found", PodEventReason.MANDATORY_SECRET_MISSING);

    assertThat(PodFailure.missingInput(missing, 1000))
        .isEqualTo(
            new Consequence(
                "CreateContainerConfigError",
                "secret \"s\" not found",
                false,
                Optional.of(Duration.ofSeconds(15)),
                PodEventReason.MANDATORY_SECRET_MISSING));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet"})
  void failingAPodThatIsReplacedAtOnceEndsNothing(String kind) {
    assertThat(PodFailure.endsFor(owned(kind, true))).isFalse();
    assertThat(PodFailure.endsFor(owned(kind, null))).as("not its controller").isTrue();
  }

  @Test
  void failingAnyOtherPodEndsIt() {
    assertThat(PodFailure.endsFor(BARE)).isTrue();
    assertThat(PodFailure.endsFor(owned("Job", true))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"PT1S, 1, false", "PT2S, 1, false", "PT3S, 1, true", "PT1S, 2, true", ", 1, true"})
  void aFirstMissThatIsTriedAgainAtOnceIsNoNews(Duration retryAfter, int tries, boolean news) {
    var consequence =
        new PodFailure.Consequence("NoCapacity", "words", false, Optional.ofNullable(retryAfter));

    assertThat(consequence.isNews(tries)).isEqualTo(news);
  }

  private static Pod owned(String kind, Boolean controller) {
    return new PodBuilder(BARE)
        .editMetadata()
        .withOwnerReferences(
            new OwnerReferenceBuilder().withKind(kind).withController(controller).build())
        .endMetadata()
        .build();
  }
}
