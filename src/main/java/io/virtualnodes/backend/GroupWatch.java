package io.virtualnodes.backend;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists a backend once a beat, for all pods of a pool at once, and tells its listeners what
 * changed. A hint of the backend only brings the next look forward.
 *
 * <p>One thread looks; {@link #latest} and {@link #outage} may be read from any thread.
 */
public final class GroupWatch implements AutoCloseable {
  // Hints come in bursts, and each look costs the backend a list: several hints share one.
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);
  // A backend that fails is asked less and less often, up to this.
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(GroupWatch.class);

  private final String pool;
  private final Backend backend;
  private final InstantSource clock;
  private final CopyOnWriteArrayList<Listener> listeners = new CopyOnWriteArrayList<>();
  private final Semaphore hints = new Semaphore(0);
  private final Thread thread;

  private volatile Optional<Snapshot> latest = Optional.empty();
  private volatile Optional<Outage> outage = Optional.empty();

  /** Is told after each look, on the watching thread, and must not block for long. */
  public interface Listener {

    /**
     * @param changed uids of the pods whose group is new, gone or different since the last look
     */
    void looked(Snapshot snapshot, Set<String> changed);

    /** A look failed. */
    void failed(Outage outage);
  }

  /**
   * A backend that does not answer.
   *
   * @param since when the first of the failures in a row came
   * @param failures how many in a row
   * @param failure the last one
   */
  public record Outage(Instant since, int failures, BackendException failure) {}

  public GroupWatch(String pool, Backend backend, InstantSource clock) {
    this.pool = pool;
    this.backend = backend;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("group-watch-" + pool).unstarted(this::watch);
  }

  public void start() {
    backend.onChange(hints::release);
    thread.start();
  }

  public void listen(Listener listener) {
    listeners.add(listener);
  }

  public void unlisten(Listener listener) {
    listeners.remove(listener);
  }

  /** What the last successful look saw; empty before the first. */
  public Optional<Snapshot> latest() {
    return latest;
  }

  /** Present while looks fail. */
  public Optional<Outage> outage() {
    return outage;
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        look();
        Thread.sleep(BETWEEN_LOOKS);
        if (hints.tryAcquire(pause().toMillis(), TimeUnit.MILLISECONDS)) {
          hints.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      // close() ends the watch this way.
    }
  }

  private void look() {
    var began = clock.instant();
    Snapshot snapshot;
    try {
      snapshot = new Snapshot(began, backend.list());
    } catch (BackendException e) {
      missed(e);
      return;
    } catch (RuntimeException e) {
      // A defect of a backend must not end the watch: the pool would be blind without anybody
      // knowing.
      log.atError().addKeyValue("pool", pool).setCause(e).log("list of groups failed unexpectedly");
      missed(new BackendException.Unavailable("internal error: " + e, e));
      return;
    }
    var changed = changed(latest, snapshot);
    latest = Optional.of(snapshot);
    if (outage.isPresent()) {
      log.atInfo().addKeyValue("pool", pool).log("backend answers again");
      outage = Optional.empty();
    }
    tell(listener -> listener.looked(snapshot, changed));
  }

  private void missed(BackendException failure) {
    var missed =
        outage
            .map(before -> new Outage(before.since(), before.failures() + 1, failure))
            .orElseGet(() -> new Outage(clock.instant(), 1, failure));
    if (missed.failures() == 1) {
      log.atWarn()
          .addKeyValue("pool", pool)
          .addKeyValue("failure", failure.getMessage())
          .log("backend does not answer");
    }
    outage = Optional.of(missed);
    tell(listener -> listener.failed(missed));
  }

  private void tell(Consumer<Listener> news) {
    for (var listener : listeners) {
      try {
        news.accept(listener);
      } catch (RuntimeException e) {
        // A defect of one listener must neither end the watch nor keep the news from the others.
        log.atError().addKeyValue("pool", pool).setCause(e).log("listener failed unexpectedly");
      }
    }
  }

  private Duration pause() {
    // The first failure already doubles the beat.
    int failures = outage.map(Outage::failures).orElse(0);
    return new BackOff(backend.capabilities().beat(), LONGEST_PAUSE).after(failures + 1);
  }

  private static Set<String> changed(Optional<Snapshot> before, Snapshot now) {
    var known = before.map(Snapshot::byPod).orElse(java.util.Map.of());
    var changed = new HashSet<String>();
    now.byPod()
        .forEach(
            (uid, group) -> {
              if (!group.equals(known.get(uid))) {
                changed.add(uid);
              }
            });
    known.keySet().stream().filter(uid -> !now.byPod().containsKey(uid)).forEach(changed::add);
    return changed;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
