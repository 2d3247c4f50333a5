package io.virtualnodes.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.runtime.Standstill.Look;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How long a process stood still. That it ends then is tried with a real one that is frozen. */
class StandstillTest {
  private static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");
  private static final Look BEFORE = new Look(5, NOON);

  @Test
  void whoeverIsFrozenMissesTheTimeOfBothClocks() {
    assertThat(after(20, 20)).isEqualTo(Duration.ofSeconds(20));
  }

  /** A machine that is suspended stops the steady clock with all else. */
  @Test
  void whoeverIsSuspendedMissesTheTimeOfTheWallAlone() {
    assertThat(after(1, 3600)).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void aClockThatIsSetBackHidesNothing() {
    assertThat(after(20, -3600)).isEqualTo(Duration.ofSeconds(20));
  }

  private static Duration after(long steadySeconds, long wallSeconds) {
    var now =
        new Look(
            BEFORE.nanos() + Duration.ofSeconds(steadySeconds).toNanos(),
            NOON.plusSeconds(wallSeconds));
    return now.since(BEFORE);
  }
}
