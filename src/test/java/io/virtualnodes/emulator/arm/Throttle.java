package io.virtualnodes.emulator.arm;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Refuses requests of which there are too many, as Azure does. */
final class Throttle {
  private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);
  private static final Duration HOUR = Duration.ofHours(1);

  private final Limits limits;
  private final Deque<Instant> creations = new ArrayDeque<>();
  private final Deque<Instant> deletions = new ArrayDeque<>();
  private double reads;
  private Instant readsAt;

  Throttle(Limits limits, Instant now) {
    this.limits = limits;
    this.reads = limits.readsAtOnce();
    this.readsAt = now;
  }

  /**
   * @return how many more there may be at once
   */
  synchronized int read(Instant now) {
    double seconds = Duration.between(readsAt, now).toMillis() / 1000.0;
    reads = Math.min(limits.readsAtOnce(), reads + Math.max(0, seconds) * limits.readsPerSecond());
    readsAt = now;
    if (reads < 1) {
      throw tooMany("reads", Duration.ofSeconds(1));
    }
    reads -= 1;
    return (int) reads;
  }

  synchronized void creation(Instant now) {
    count(
        "container group creations",
        creations,
        limits.creationsInFiveMinutes(),
        limits.creationsInAnHour(),
        now);
  }

  synchronized void deletion(Instant now) {
    count(
        "container group deletions",
        deletions,
        limits.deletionsInFiveMinutes(),
        limits.deletionsInAnHour(),
        now);
  }

  private static void count(
      String what, Deque<Instant> times, int inFiveMinutes, int inAnHour, Instant now) {
    while (!times.isEmpty() && !times.peekFirst().plus(HOUR).isAfter(now)) {
      times.removeFirst();
    }
    if (times.size() >= inAnHour) {
      throw tooMany(what, Duration.between(now, times.peekFirst().plus(HOUR)));
    }
    var late = times.stream().filter(at -> at.plus(FIVE_MINUTES).isAfter(now)).toList();
    if (late.size() >= inFiveMinutes) {
      throw tooMany(what, Duration.between(now, late.getFirst().plus(FIVE_MINUTES)));
    }
    times.addLast(now);
  }

  private static ArmError tooMany(String what, Duration retryAfter) {
    return new ArmError(
        429,
        "TooManyRequests",
        "The request is being throttled as the limit has been reached for " + what + ".",
        Optional.of(retryAfter.isPositive() ? retryAfter : Duration.ofSeconds(1)));
  }
}
