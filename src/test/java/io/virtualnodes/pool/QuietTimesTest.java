package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class QuietTimesTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final QuietTimes times = new QuietTimes();

  @Test
  void aNodeThatIsNewHasBeenQuietSinceThisProcessLeads() {
    times.leads(NOON);
    times.leads(NOON.plusSeconds(60));

    assertThat(times.begins("burst-0", NOON.plusSeconds(2))).isEqualTo(NOON);
    assertThat(times.begins("later-0", NOON.plusSeconds(3600))).isEqualTo(NOON);
  }

  @Test
  void aNodeThatRanBeforeHasBeenQuietSinceItsEnd() {
    times.leads(NOON);
    times.begins("burst-0", NOON);

    times.ended("burst-0", NOON.plusSeconds(60));

    assertThat(times.begins("burst-0", NOON.plusSeconds(61))).isEqualTo(NOON.plusSeconds(60));
    assertThat(times.begins("burst-1", NOON.plusSeconds(61))).isEqualTo(NOON);
  }

  @Test
  void aNodeThatBeginsAnewWithoutAnEndIsQuietFromThenOn() {
    times.begins("burst-0", NOON);

    assertThat(times.begins("burst-0", NOON.plusSeconds(5))).isEqualTo(NOON.plusSeconds(5));
  }
}
