package io.virtualnodes.backend.simulated;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Tells when groups change by themselves, as a service's own events would. */
final class Hints implements AutoCloseable {
  private final Holdings holdings;
  private final InstantSource clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, task -> Thread.ofPlatform().daemon().name("simulated-hints").unstarted(task));

  Hints(Holdings holdings, InstantSource clock) {
    this.holdings = holdings;
    this.clock = clock;
  }

  void listen(Runnable listener) {
    listeners.add(listener);
  }

  /** Something changed because it was asked for. */
  void now() {
    listeners.forEach(Runnable::run);
  }

  /** Tells of the group's next change when it comes, and of those after it. */
  void expect(SimulatedGroup group) {
    var now = clock.instant();
    Timeline.of(group, now)
        .next()
        .ifPresent(
            change -> {
              try {
                timer.schedule(
                    () -> changed(group),
                    Duration.between(now, change).toMillis() + 1,
                    TimeUnit.MILLISECONDS);
              } catch (RejectedExecutionException e) {
                // Closed meanwhile: nobody listens any more.
              }
            });
  }

  private void changed(SimulatedGroup group) {
    now();
    holdings.find(group.id(), clock.instant()).ifPresent(this::expect);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
