package io.virtualnodes.kubelet;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Streams;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The usage of a pool's containers, read when somebody asks and shared by all who ask: one sweep at
 * a time, and none within 10 seconds of another, however many nodes and scrapers there are.
 *
 * <p>Figures that could not be read anew are told for 2 minutes, since each says when it was
 * measured.
 */
public final class PoolUsage {
  private static final Logger log = LoggerFactory.getLogger(PoolUsage.class);

  /** Less than metrics-server's 15 s between two questions, so that each brings news. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final Duration KEPT = Duration.ofMinutes(2);

  /** Half of what metrics-server waits for an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String pool;
  private final Streams streams;
  private final InstantSource clock;
  private final Duration patience;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition swept = lock.newCondition();
  // All guarded by lock.
  private boolean sweeping;
  private Instant triedAt = Instant.EPOCH;
  private Optional<UsageReading.Measured> last = Optional.empty();
  private Optional<BackendException> failure = Optional.empty();

  /**
   * @param pool its name, for the log
   */
  public PoolUsage(String pool, Streams streams, InstantSource clock) {
    this(pool, streams, clock, PATIENCE);
  }

  PoolUsage(String pool, Streams streams, InstantSource clock, Duration patience) {
    this.pool = pool;
    this.streams = streams;
    this.clock = clock;
    this.patience = patience;
  }

  /** What is known now. Blocks for 5 seconds at most while newer figures are read. */
  UsageReading latest() throws InterruptedException {
    lock.lock();
    try {
      if (sweeping || !triedAt.plus(FRESH).isAfter(clock.instant())) {
        if (!sweeping) {
          sweeping = true;
          Thread.ofVirtual().name("usage-" + pool).start(this::sweep);
        }
        long left = patience.toNanos();
        while (sweeping && left > 0) {
          left = swept.awaitNanos(left);
        }
      }
      return reading(clock.instant());
    } finally {
      lock.unlock();
    }
  }

  private UsageReading reading(Instant now) {
    var kept = last.filter(measured -> measured.at().plus(KEPT).isAfter(now));
    if (kept.isPresent()) {
      var measured = kept.get();
      return new UsageReading.Measured(measured.at(), measured.containers(), failure.isPresent());
    }
    return new UsageReading.Missing(
        failure.orElseGet(
            () ->
                new BackendException.Unavailable(
                    "the backend takes long to tell the usage of containers",
                    Optional.of(FRESH),
                    null)));
  }

  private void sweep() {
    var began = clock.instant();
    try {
      var usage = streams.usage();
      done(Optional.of(new UsageReading.Measured(began, usage, false)), Optional.empty());
    } catch (BackendException e) {
      done(Optional.empty(), Optional.of(e));
    } catch (RuntimeException e) {
      done(
          Optional.empty(),
          Optional.of(
              new BackendException.Unavailable(
                  "the usage of containers could not be read", Optional.empty(), e)));
    }
  }

  private void done(Optional<UsageReading.Measured> read, Optional<BackendException> failed) {
    lock.lock();
    try {
      // Once when it begins: it is tried again every few seconds.
      if (failure.isEmpty() && failed.isPresent()) {
        tell(failed.get());
      }
      last = read.or(() -> last);
      failure = failed;
      triedAt = clock.instant();
      sweeping = false;
      swept.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void tell(BackendException failed) {
    if (failed instanceof BackendException.Unsupported) {
      return; // The backend's nature, and no failure.
    }
    log.atWarn()
        .setCause(failed.getCause())
        .addKeyValue("pool", pool)
        .addKeyValue("failure", failed.getMessage())
        .log("usage of the pool's containers not read");
  }
}
