package io.virtualnodes.backend;

import java.time.Duration;

/**
 * A pause that doubles with each failure in a row.
 *
 * @param first after one failure
 * @param longest that it never exceeds
 */
public record BackOff(Duration first, Duration longest) {
  // Far beyond any bound here, and far below what a Duration cannot hold.
  private static final int MOST_DOUBLINGS = 10;

  /**
   * @param failures how many in a row; what is below one counts as one
   */
  public Duration after(int failures) {
    var doublings = Math.min(Math.max(failures - 1, 0), MOST_DOUBLINGS);
    var pause = first.multipliedBy(1L << doublings);
    return pause.compareTo(longest) > 0 ? longest : pause;
  }
}
