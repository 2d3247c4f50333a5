package io.virtualnodes.backend.aci;

import java.time.Duration;
import java.time.Instant;

/**
 * How many requests of a kind Azure's Resource Manager still grants: a bucket that is refilled
 * steadily. It reads no clock.
 *
 * @see <a
 *     href="https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling">
 *     Throttling</a>
 */
final class TokenBucket {
  private static final double NANOS_PER_SECOND = 1e9;

  private final double capacity;
  private final double perSecond;
  private double tokens;
  private Instant filled;
  private Instant closedUntil = Instant.MIN;

  TokenBucket(int capacity, int perSecond, Instant now) {
    this.capacity = capacity;
    this.perSecond = perSecond;
    this.tokens = capacity;
    this.filled = now;
  }

  /** How many are there. */
  synchronized int available(Instant now) {
    fill(now);
    return now.isBefore(closedUntil) ? 0 : (int) tokens;
  }

  /** One is taken, whether it is there or not: what must be asked is asked, and counts. */
  synchronized void take(Instant now) {
    fill(now);
    tokens = Math.max(0, tokens - 1);
  }

  /** Azure says how many it has left, which counts others' requests too. */
  synchronized void told(int remaining, Instant now) {
    fill(now);
    tokens = Math.min(tokens, remaining);
  }

  /** Azure refused a request for being one too many. */
  synchronized void refused(Duration retryAfter, Instant now) {
    fill(now);
    tokens = 0;
    var until = now.plus(retryAfter);
    closedUntil = until.isAfter(closedUntil) ? until : closedUntil;
  }

  private void fill(Instant now) {
    if (now.isAfter(filled)) {
      double seconds = Duration.between(filled, now).toNanos() / NANOS_PER_SECOND;
      tokens = Math.min(capacity, tokens + seconds * perSecond);
      filled = now;
    }
  }
}
