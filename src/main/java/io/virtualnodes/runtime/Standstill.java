package io.virtualnodes.runtime;

import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that this process stood still, as on a machine that was frozen or starved, and ends it
 * then. The election notices it too, but by asking the API server, and until that has answered all
 * other threads go on with what was right before. This needs no answer.
 */
final class Standstill {
  private static final Logger log = LoggerFactory.getLogger(Standstill.class);
  private static final Duration TICK = Duration.ofMillis(500);

  private Standstill() {}

  /**
   * Watches from now on, for as long as the process lives.
   *
   * @param limit after which what this process believes is no longer to be acted on
   */
  static void watch(Duration limit) {
    // Not a virtual thread: it must be among the first that run again.
    Thread.ofPlatform()
        .daemon()
        .name("standstill")
        .priority(Thread.MAX_PRIORITY)
        .start(() -> keepLooking(limit));
  }

  private static void keepLooking(Duration limit) {
    try {
      var before = Look.now();
      while (true) {
        Thread.sleep(TICK);
        var now = Look.now();
        if (now.since(before).compareTo(limit) > 0) {
          log.error("this process stood still for longer than its lead lasts; ending");
          Runtime.getRuntime().halt(1);
        }
        before = now;
      }
    } catch (InterruptedException e) {
      log.warn("nobody notices any more whether this process stands still");
    }
  }

  /**
   * One moment by two clocks: the steady one stops while a machine is suspended, and the other may
   * be set.
   */
  record Look(long nanos, Instant at) {

    static Look now() {
      return new Look(System.nanoTime(), Instant.now());
    }

    /** By the clock that tells more. */
    Duration since(Look before) {
      var steady = Duration.ofNanos(nanos - before.nanos);
      var wall = Duration.between(before.at, at);
      return steady.compareTo(wall) > 0 ? steady : wall;
    }
  }
}
