package io.virtualnodes.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How fast something was done for all pods of a round.
 *
 * @param podsPerSecond from the first request to the last outcome
 * @param p50Millis the median time from one pod's request to its outcome
 * @param p99Millis what 99 of 100 pods did not exceed
 */
record Phase(double podsPerSecond, double p50Millis, double p99Millis) {

  /**
   * @param begins nanoseconds of one clock, by pod
   * @param ends of the same clock, by pod
   */
  static Phase of(long[] begins, long[] ends) {
    var latencies = new long[begins.length];
    Arrays.setAll(latencies, pod -> ends[pod] - begins[pod]);
    Arrays.sort(latencies);
    long first = Arrays.stream(begins).min().orElseThrow();
    long last = Arrays.stream(ends).max().orElseThrow();
    return new Phase(
        begins.length / ((last - first) / 1e9),
        millis(latencies[rank(latencies.length, 50)]),
        millis(latencies[rank(latencies.length, 99)]));
  }

  /** The index of a percentile by nearest rank. */
  private static int rank(int count, int percentile) {
    return Math.ceilDiv(count * percentile, 100) - 1;
  }

  private static double millis(long nanos) {
    return Duration.ofNanos(nanos).toNanos() / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }
}
