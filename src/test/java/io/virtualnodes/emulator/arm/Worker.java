package io.virtualnodes.emulator.arm;

import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what was accepted: what concerns one group in its order, and, where containers really run,
 * after the answer, as Azure does.
 */
final class Worker {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Executor executor;
  private final Duration looksApart;
  private final Map<GroupId, CompletableFuture<Void>> last = new ConcurrentHashMap<>();

  private Worker(Executor executor, Duration looksApart) {
    this.executor = executor;
    this.looksApart = looksApart;
  }

  /** All is done before the answer, and seen at once: for a clock that stands still meanwhile. */
  static Worker atOnce() {
    return new Worker(Runnable::run, Duration.ZERO);
  }

  /** For containers that take their time. */
  static Worker meanwhile() {
    return new Worker(Executors.newVirtualThreadPerTaskExecutor(), Duration.ofMillis(250));
  }

  /** How long what was seen of the containers is good for. */
  Duration looksApart() {
    return looksApart;
  }

  /** Does something for a group after what was to be done for it before. */
  void after(GroupId group, Runnable task) {
    last.compute(
        group,
        (_, before) ->
            (before == null ? CompletableFuture.<Void>completedFuture(null) : before)
                .thenRunAsync(() -> attempt(group, task), executor));
  }

  /** Blocks until all is done. */
  void await() {
    CompletableFuture.allOf(last.values().toArray(CompletableFuture[]::new)).join();
    last.clear();
  }

  private static void attempt(GroupId group, Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      // Nobody waits for it, and what comes after must be tried all the same.
      log.atError()
          .addKeyValue("group", group)
          .setCause(e)
          .log("containers not made, stopped or removed");
    }
  }
}
