package io.virtualnodes.backend.simulated;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that moves when told to, and for which waiting is moving. */
public final class DrivenClock implements InstantSource {
  private Instant now = Instant.parse("2026-01-01T12:00:00Z");

  public synchronized void pass(Duration time) {
    now = now.plus(time);
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }
}
