package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Wishes;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodWishesTest {
  private static final String ASKING =
      """
      metadata:
        name: app
        annotations: {virtualnodes.io/identity: reader, virtualnodes.io/confidential-policy: YWxs}
      """;

  @Test
  void whatABackendCannotGrantIsRefusedByTheAnnotation() {
    var pod = GoldenText.pod(ASKING);

    assertThat(PodWishes.refusals(pod, Set.of()))
        .containsExactly(
            "metadata.annotations[virtualnodes.io/identity]: no identities can be given to pods"
                + " here; leave it out",
            "metadata.annotations[virtualnodes.io/confidential-policy]: pods are not confidential"
                + " here; leave it out");
    assertThat(PodWishes.refusals(pod, Set.of(Feature.IDENTITIES, Feature.CONFIDENTIAL))).isEmpty();
  }

  @Test
  void aPodThatAsksForNothingIsFineEverywhere() {
    var pod = GoldenText.pod("metadata: {name: app, annotations: {other: value}}");

    assertThat(PodWishes.refusals(pod, Set.of())).isEmpty();
    assertThat(PodWishes.of(pod)).isEqualTo(Wishes.NONE);
  }

  @Test
  void anEmptyNameIsANameThatNobodyHas() {
    var pod = GoldenText.pod("metadata: {name: app, annotations: {virtualnodes.io/identity: ''}}");

    assertThat(PodWishes.of(pod).identity()).isEqualTo(Optional.of(""));
  }
}
