package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PodMemoryTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Instant LATER = NOON.plusSeconds(30);
  private static final PodMemory MEMORY = PodMemory.seenAt(NOON);

  @Test
  void aLaunchThatWasNotAskedForLeavesAListFreshEnough() {
    var failure = Unavailable.notAsked("its turn comes later", Duration.ofSeconds(7));

    assertThat(MEMORY.failedAt(LATER, failure).asked()).isEqualTo(NOON);
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
  }

  @Test
  void aLaunchThatMayHaveHappenedNeedsALaterList() {
    assertThat(MEMORY.failedAt(LATER, new Unavailable("no answer", null)).asked()).isEqualTo(LATER);
    assertThat(MEMORY.failedAt(LATER, new NoCapacity("no room", null)).asked()).isEqualTo(LATER);
  }
}
