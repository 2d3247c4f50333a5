package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final TokenBucket bucket = new TokenBucket(250, 25, NOON);

  @Test
  void itEmptiesAndIsRefilledSteadilyUpToItsSize() {
    for (int n = 0; n < 240; n++) {
      bucket.take(NOON);
    }

    assertThat(bucket.available(NOON)).isEqualTo(10);
    assertThat(bucket.available(NOON.plusMillis(200))).isEqualTo(15);
    assertThat(bucket.available(NOON.plusSeconds(60))).isEqualTo(250);
  }

  @Test
  void whatAzureSaysIsLeftCountsIfItIsLess() {
    bucket.told(40, NOON);
    assertThat(bucket.available(NOON)).isEqualTo(40);

    bucket.told(11_999, NOON);
    assertThat(bucket.available(NOON)).isEqualTo(40);
  }

  @Test
  void afterARefusalThereIsNoneUntilAzureSaidSo() {
    bucket.refused(Duration.ofSeconds(3), NOON);

    assertThat(bucket.available(NOON.plusSeconds(2))).isZero();
    assertThat(bucket.available(NOON.plusSeconds(3))).isEqualTo(75);
  }
}
