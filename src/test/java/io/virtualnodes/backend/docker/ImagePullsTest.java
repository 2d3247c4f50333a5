package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.docker.ImagePulls.Failure;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImagePullsTest {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");

  private static Failure failure(String reason, int times) {
    return new Failure(reason, "some/image:1", "it said no", times, NOON);
  }

  @ParameterizedTest
  @CsvSource({"1, 10", "2, 20", "3, 40", "4, 80", "5, 160", "6, 300", "7, 300", "1000, 300"})
  void itIsTriedAgainLaterAndLater(int times, int seconds) {
    assertThat(Duration.between(NOON, failure("ErrImagePull", times).again()))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void aFailedPullIsShownAsSuchBeforeTheWaitIs() {
    var failure = failure("ErrImagePull", 1);

    assertThat(failure.waiting(NOON.plusSeconds(5)))
        .isEqualTo(new Waiting("ErrImagePull", "it said no"));
    assertThat(failure.waiting(NOON.plusSeconds(6)))
        .isEqualTo(
            new Waiting("ImagePullBackOff", "Back-off pulling image \"some/image:1\": it said no"));
  }

  @ParameterizedTest
  @CsvSource({"InvalidImageName", "ErrImageNeverPull"})
  void whatIsNoMatterOfPullingIsShownAsItIs(String reason) {
    assertThat(failure(reason, 3).waiting(NOON.plusSeconds(100)))
        .isEqualTo(new Waiting(reason, "it said no"));
  }

  @ParameterizedTest
  @CsvSource({
    "busybox, busybox:latest",
    "busybox:1, busybox:1",
    "registry:5000/busybox, registry:5000/busybox:latest",
    "registry:5000/busybox:1, registry:5000/busybox:1",
    "busybox@sha256:abc, busybox@sha256:abc"
  })
  void anImageWithoutATagIsTheLatestAndNotAll(String image, String asked) {
    assertThat(ImageCalls.tagged(image)).isEqualTo(asked);
  }
}
