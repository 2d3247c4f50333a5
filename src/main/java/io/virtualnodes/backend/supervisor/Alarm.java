package io.virtualnodes.backend.supervisor;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** Wakes one thread at an instant that others may move, or at once. The lock guards all fields. */
final class Alarm {
  // A clock that is set forward must not be slept through.
  private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

  private final InstantSource clock;
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private Instant due;
  private boolean rung;

  Alarm(InstantSource clock, Instant due) {
    this.clock = clock;
    this.due = due;
  }

  /** Wakes at {@code instant} instead of what was set before. */
  void set(Instant instant) {
    lock.lock();
    try {
      due = instant;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Wakes now. */
  void ring() {
    lock.lock();
    try {
      rung = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until it is time; afterwards nothing is set. */
  void await() throws InterruptedException {
    lock.lock();
    try {
      while (!rung && due.isAfter(clock.instant())) {
        changed.await(untilDue().toNanos(), TimeUnit.NANOSECONDS);
      }
      rung = false;
      due = Instant.MAX;
    } finally {
      lock.unlock();
    }
  }

  private Duration untilDue() {
    var now = clock.instant();
    var latest = now.plus(LONGEST_SLEEP);
    return Duration.between(now, due.isBefore(latest) ? due : latest);
  }
}
