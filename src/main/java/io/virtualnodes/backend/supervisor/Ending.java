package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of one run of a container that has a preStop hook: the hook, for as long as there is
 * time, and then the request to end. A later request can only bring it forward.
 */
final class Ending implements AutoCloseable {
  /**
   * A kubelet's least, so that also a container whose hook took all the time is asked before it is
   * killed.
   */
  static final Duration LEAST_GRACE = Duration.ofSeconds(2);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(Ending.class);

  private final TendedContainer tended;
  private final Action hook;
  private final TendingRuntime runtime;
  private final InstantSource clock;
  private final Consumer<String> hookFailed;
  private final Alarm alarm;
  private final Thread thread;
  // Both guarded by this.
  private Instant killAt;
  private boolean asked;
  private volatile Optional<Outcome> outcome = Optional.empty();

  /**
   * @param hookFailed is told why
   */
  Ending(
      TendedContainer tended,
      Action hook,
      Instant killAt,
      TendingRuntime runtime,
      InstantSource clock,
      Consumer<String> hookFailed) {
    this.tended = tended;
    this.hook = hook;
    this.killAt = killAt;
    this.runtime = runtime;
    this.clock = clock;
    this.hookFailed = hookFailed;
    this.alarm = new Alarm(clock, killAt);
    this.thread = Thread.ofVirtual().name("ending").unstarted(this::run);
  }

  Ending begin() {
    thread.start();
    return this;
  }

  /**
   * It is to end by then, if that is sooner.
   *
   * @return false if it has been asked to end already, so that this is for others to say
   */
  synchronized boolean by(Instant sooner) {
    if (asked) {
      return false;
    }
    if (sooner.isBefore(killAt)) {
      killAt = sooner;
      alarm.set(sooner);
    }
    return true;
  }

  private void run() {
    var hooking = Thread.ofVirtual().name("pre-stop").start(this::carryOut);
    try {
      alarm.await();
      hooking.interrupt();
      if (outcome.isPresent() && outcome.get() instanceof Outcome.Failed(var why)) {
        hookFailed.accept(why);
      }
      ask();
    } catch (InterruptedException e) {
      // close() ends it this way.
      hooking.interrupt();
    }
  }

  private void carryOut() {
    try {
      outcome = Optional.of(new Errands(runtime).hook(tended, hook));
      alarm.ring();
    } catch (InterruptedException e) {
      // Its time was up.
    } catch (BackendException e) {
      outcome = Optional.of(new Outcome.Failed(e.getMessage()));
      alarm.ring();
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("group", tended.instance().group())
          .addKeyValue("container", tended.instance().container())
          .setCause(e)
          .log("hook before the end failed unexpectedly");
      alarm.ring();
    }
  }

  private void ask() throws InterruptedException {
    while (true) {
      try {
        runtime.stop(tended.runtimeId(), left());
        return;
      } catch (BackendException e) {
        log.atWarn()
            .addKeyValue("group", tended.instance().group())
            .addKeyValue("container", tended.instance().container())
            .addKeyValue("failure", e.getMessage())
            .log("container could not be asked to end, trying again");
        Thread.sleep(AFTER_FAILURE);
      }
    }
  }

  private synchronized Duration left() {
    asked = true;
    var left = Duration.between(clock.instant(), killAt);
    return left.compareTo(LEAST_GRACE) < 0 ? LEAST_GRACE : left;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
