package io.virtualnodes.backend;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Goes as the system's clock does, and can be set forward: what takes minutes need not. */
public final class ShiftedClock implements InstantSource {
  private volatile Duration ahead = Duration.ZERO;

  public synchronized void advance(Duration by) {
    ahead = ahead.plus(by);
  }

  @Override
  public Instant instant() {
    return Instant.now().plus(ahead);
  }
}
