package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class TokenLifeTest {
  private static final Instant ISSUED = Instant.ofEpochSecond(1_800_000_000);

  private static String token(String claims) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    return "%s.%s.c2lnbmF0dXJl"
        .formatted(
            encoder.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)),
            encoder.encodeToString(claims.getBytes(StandardCharsets.UTF_8)));
  }

  private static TokenLife lasting(Duration time) {
    return new TokenLife(ISSUED, ISSUED.plus(time));
  }

  @Test
  void aTokenIsRenewedAfterFourFifthsOfItsLife() {
    assertThat(lasting(Duration.ofSeconds(600)).renewAt()).isEqualTo(ISSUED.plusSeconds(480));
    assertThat(lasting(Duration.ofSeconds(3607)).renewAt())
        .isBetween(ISSUED.plusSeconds(2885), ISSUED.plusSeconds(2886));
  }

  @Test
  void aTokenIsRenewedAfterADayHoweverLongItLives() {
    assertThat(lasting(Duration.ofHours(30)).renewAt())
        .isEqualTo(ISSUED.plus(Duration.ofHours(24)));
    assertThat(lasting(Duration.ofDays(365)).renewAt())
        .isEqualTo(ISSUED.plus(Duration.ofHours(24)));
  }

  @Test
  void theTokenSaysHowLongItLives() {
    assertThat(TokenLife.of(token("{\"iat\":1800000000,\"exp\":1800000600}")))
        .hasValue(lasting(Duration.ofSeconds(600)));
  }

  /** The API server lets the usual token work for a year, for programs that read it once. */
  @Test
  void anExtendedTokenCountsAsItWasAskedFor() {
    assertThat(
            TokenLife.of(
                token(
                    "{\"iat\":1800000000,\"exp\":1831536000,"
                        + "\"kubernetes.io\":{\"namespace\":\"a\",\"warnafter\":1800003607}}")))
        .hasValue(lasting(Duration.ofSeconds(3607)));
  }

  @Test
  void whatIsNoTokenSaysNothing() {
    assertThat(TokenLife.of("")).isEmpty();
    assertThat(TokenLife.of("opaque")).isEmpty();
    assertThat(TokenLife.of("a.!.c")).isEmpty();
    assertThat(TokenLife.of("a.YWJj.c")).isEmpty();
    assertThat(TokenLife.of(token("{\"exp\":1800000600}"))).isEmpty();
    assertThat(TokenLife.of(token("{\"iat\":1800000000}"))).isEmpty();
    assertThat(TokenLife.of(token("[]"))).isEmpty();
  }
}
