package io.virtualnodes.emulator.ecs;

import java.time.Duration;
import java.time.Instant;

/** Lets through so many at once, and so many a second in the long run. Not thread-safe. */
final class TokenBucket {
  private final Rate rate;
  private double tokens;
  private Instant filledAt;

  /**
   * @param burst how many at once
   * @param perSecond how many a second in the long run
   */
  record Rate(double burst, double perSecond) {}

  TokenBucket(Rate rate, Instant now) {
    this.rate = rate;
    this.tokens = rate.burst();
    this.filledAt = now;
  }

  /**
   * @return whether there were as many; if not, none is taken
   */
  boolean take(int count, Instant now) {
    double seconds = Math.max(0, Duration.between(filledAt, now).toMillis() / 1000.0);
    tokens = Math.min(rate.burst(), tokens + seconds * rate.perSecond());
    filledAt = now;
    if (tokens < count) {
      return false;
    }
    tokens -= count;
    return true;
  }
}
