package io.virtualnodes.backend.simulated;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long something takes, as measured times of services are told: half of all cases take no
 * longer than {@code p50}, and 99 of 100 no longer than {@code p99}. Between and beyond, times are
 * log-normal, which is how latencies are usually spread.
 */
public record Spread(Duration p50, Duration p99) {
  /** No time at all. */
  public static final Spread NONE = new Spread(Duration.ZERO, Duration.ZERO);

  // How many standard deviations above the median 99 of 100 values of a normal distribution lie.
  private static final double DEVIATIONS_OF_P99 = 2.3263478740408408;

  public Spread {
    if (p50.isNegative() || p99.compareTo(p50) < 0) {
      throw new IllegalArgumentException("p99 must not be below p50: " + p50 + ", " + p99);
    }
    if (p50.isZero() && !p99.isZero()) {
      throw new IllegalArgumentException("p50 must be above zero where p99 is");
    }
  }

  Duration draw(RandomGenerator random) {
    if (p50.isZero()) {
      return Duration.ZERO;
    }
    double deviation = Math.log((double) p99.toNanos() / p50.toNanos()) / DEVIATIONS_OF_P99;
    double factor = Math.exp(deviation * random.nextGaussian());
    return Duration.ofNanos(Math.round(p50.toNanos() * factor));
  }
}
