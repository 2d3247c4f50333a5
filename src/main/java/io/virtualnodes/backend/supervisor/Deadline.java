package io.virtualnodes.backend.supervisor;

import java.net.SocketTimeoutException;
import java.time.Duration;

/** An end of waiting, by a clock that nobody sets. */
final class Deadline {
  private final long endNanos;

  Deadline(Duration from) {
    this.endNanos = System.nanoTime() + from.toNanos();
  }

  /**
   * What is left, as a socket takes it: never 0, which would mean for ever.
   *
   * @throws SocketTimeoutException if nothing is
   */
  int millisLeft() throws SocketTimeoutException {
    long left = endNanos - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("it is over");
    }
    return Math.clamp((left + 999_999) / 1_000_000, 1, Integer.MAX_VALUE);
  }
}
