package io.virtualnodes.backend.docker;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Goes as the system's clock does, and can be set forward: what takes minutes need not. */
final class ShiftedClock implements InstantSource {
  private volatile Duration ahead = Duration.ZERO;

  void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  @Override
  public Instant instant() {
    return Instant.now().plus(ahead);
  }
}
