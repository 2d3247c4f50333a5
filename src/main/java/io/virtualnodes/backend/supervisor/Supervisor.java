package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts containers again when {@link RestartRule} says so. One thread waits for the next instant
 * at which something is due, and looks; whoever has a fresh view of the groups may hand it in by
 * {@link #seen}, which saves that look. Each restart has a thread of its own, since one may have to
 * fetch an image first.
 */
public final class Supervisor implements AutoCloseable {
  // Without hints, as while an event stream is down, an end is seen this late at most.
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
  // Hints come in bursts: several share one look.
  private static final Duration BETWEEN_HINTS = Duration.ofMillis(200);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

  private final SupervisedRuntime runtime;
  private final InstantSource clock;
  private final Alarm alarm;
  private final ExecutorService restarts = Executors.newVirtualThreadPerTaskExecutor();
  // A container is here from the decision to restart it until that is done, so that none is asked
  // for twice at once.
  private final Set<Member> restarting = ConcurrentHashMap.newKeySet();
  private final Thread thread;

  private record Member(GroupId group, String container) {}

  /** Looks at once, and from then on. */
  public Supervisor(SupervisedRuntime runtime, InstantSource clock) {
    this.runtime = runtime;
    this.clock = clock;
    this.alarm = new Alarm(clock, clock.instant());
    this.thread = Thread.ofVirtual().name("supervisor").start(this::lookUntilInterrupted);
  }

  /** Something may have ended: looks soon. */
  public void hint() {
    alarm.ring();
  }

  /** Takes a fresh view, begins what is due, and notes when the next thing will be. */
  public void seen(List<SupervisedGroup> groups) {
    var now = clock.instant();
    var next = groups.isEmpty() ? Instant.MAX : now.plus(BETWEEN_LOOKS);
    for (var group : groups) {
      for (var container : group.containers()) {
        var due = consider(group, container, now);
        next = due.isBefore(next) ? due : next;
      }
    }
    alarm.set(next);
  }

  /** Ends the looking; containers stay as they are. */
  @Override
  public void close() {
    thread.interrupt();
    restarts.shutdownNow();
  }

  /** Begins what is due now; otherwise says when it will be. */
  private Instant consider(
      SupervisedGroup group, SupervisedGroup.SupervisedContainer container, Instant now) {
    return switch (container.latest()) {
      case Latest.Up _ -> Instant.MAX;
      case Latest.CutOff(var number, var backOff) -> {
        begin(group.id(), container.name(), number, backOff);
        yield Instant.MAX;
      }
      case Latest.Down(var ended) ->
          switch (RestartRule.after(group.restartPolicy(), ended)) {
            case RestartRule.Verdict.Never _ -> Instant.MAX;
            case RestartRule.Verdict.Restart(var when, _) when when.isAfter(now) -> when;
            case RestartRule.Verdict.Restart(_, var backOff) -> {
              begin(group.id(), container.name(), ended.number() + 1, backOff);
              yield Instant.MAX;
            }
          };
    };
  }

  private void begin(GroupId id, String container, int number, Duration backOff) {
    var member = new Member(id, container);
    if (restarting.add(member)) {
      restarts.execute(() -> restart(member, number, backOff));
    }
  }

  private void restart(Member member, int number, Duration backOff) {
    try {
      runtime.restart(member.group(), member.container(), number, backOff);
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("group", member.group())
          .addKeyValue("container", member.container())
          .addKeyValue("failure", e.getMessage())
          .log("container could not be restarted, trying again");
      pause(AFTER_FAILURE);
    } finally {
      restarting.remove(member);
      // What is due next was computed without this container.
      alarm.ring();
    }
  }

  private void lookUntilInterrupted() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        alarm.await();
        look();
        Thread.sleep(BETWEEN_HINTS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void look() {
    try {
      seen(runtime.look());
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("failure", e.getMessage())
          .log("groups to supervise could not be read, trying again");
      alarm.set(clock.instant().plus(AFTER_FAILURE));
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
