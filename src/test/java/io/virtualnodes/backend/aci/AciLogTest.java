package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.LogOptions;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class AciLogTest {
  private static final String TIMED =
      """
      2026-01-01T12:00:00.123456789Z one
      2026-01-01T12:00:05Z two
      2026-01-01T12:00:10Z three
      """;

  @Test
  void aWholeLogIsWhatAzureGave() {
    assertThat(select("one\ntwo\nthr", LogOptions.ALL)).isEqualTo("one\ntwo\nthr");
    assertThat(select("", LogOptions.ALL)).isEmpty();
    // Five thousand characters are not too many.
    assertThat(select("x".repeat(5000) + "\n", LogOptions.ALL)).hasSize(5001);
  }

  @Test
  void timesAreShownOnlyToWhoWantsThem() {
    var since = Optional.of(Instant.parse("2026-01-01T12:00:05Z"));

    assertThat(
            select(
                TIMED, options(true, Optional.empty(), OptionalLong.empty(), OptionalLong.empty())))
        .isEqualTo(TIMED);
    assertThat(select(TIMED, options(false, since, OptionalLong.empty(), OptionalLong.empty())))
        .isEqualTo("two\nthree\n");
  }

  @Test
  void theLastLinesAreCountedAfterThoseOutOfTimeAreLeftOut() {
    var since = Optional.of(Instant.parse("2026-01-01T12:00:01Z"));
    var options = options(false, since, OptionalLong.of(1), OptionalLong.empty());

    assertThat(AciLog.azureCountsLines(options)).isFalse();
    assertThat(select(TIMED, options)).isEqualTo("three\n");
    assertThat(
            select(
                "one\ntwo\n",
                options(false, Optional.empty(), OptionalLong.of(0), OptionalLong.empty())))
        .isEmpty();
  }

  @Test
  void bytesAreCutFromTheEnd() {
    var options = options(false, Optional.empty(), OptionalLong.empty(), OptionalLong.of(5));

    assertThat(select("one\ntwo\n", options)).isEqualTo("one\nt");
  }

  private static LogOptions options(
      boolean timestamps, Optional<Instant> since, OptionalLong tail, OptionalLong limit) {
    return new LogOptions(false, false, timestamps, since, tail, limit);
  }

  private static String select(String text, LogOptions options) {
    return new String(AciLog.select(text, options), StandardCharsets.UTF_8);
  }
}
