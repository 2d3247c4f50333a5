package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

class StartedImagesTest {
  private final StartedImages images = new StartedImages();

  private static Pod pod(String uid, String init, String main) {
    return GoldenText.pod(
        """
        metadata: {name: web, namespace: shop, uid: %s}
        spec:
          initContainers: [{name: first, image: "%s"}]
          containers: [{name: plain, image: "plain:1"}, {name: app, image: "%s"}]
        """
            .formatted(uid, init, main));
  }

  @Test
  void aChangeOfAnImageIsNewsOnce() {
    images.started(pod("a", "first:1", "web:1"));

    assertThat(images.news(pod("a", "first:1", "web:1"))).isEmpty();
    assertThat(images.news(pod("a", "first:2", "web:2")))
        .containsExactly("spec.initContainers[0].image", "spec.containers[1].image");
    assertThat(images.news(pod("a", "first:2", "web:2"))).isEmpty();
    assertThat(images.news(pod("a", "first:1", "web:3")))
        .containsExactly("spec.containers[1].image");
  }

  @Test
  void aChangeThatIsTakenBackIsNone() {
    images.started(pod("a", "first:1", "web:1"));
    assertThat(images.news(pod("a", "first:1", "web:2"))).hasSize(1);

    assertThat(images.news(pod("a", "first:1", "web:1"))).isEmpty();
  }

  @Test
  void aPodThatIsSeenForTheFirstTimeIsTakenAsItIs() {
    assertThat(images.news(pod("a", "first:1", "web:2"))).isEmpty();
    assertThat(images.news(pod("b", "first:1", "web:1"))).isEmpty();
    assertThat(images.news(pod("b", "first:1", "web:2"))).hasSize(1);

    images.forget("b");

    assertThat(images.news(pod("b", "first:1", "web:3"))).isEmpty();
  }
}
