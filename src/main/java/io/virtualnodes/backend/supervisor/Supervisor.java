package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts containers again when {@link RestartRule} says so. One thread waits for the next instant
 * at which something is due, and looks; whoever has a fresh view of the groups may hand it in by
 * {@link #seen}, which saves that look. Each restart has a thread of its own, since one may have to
 * fetch an image first.
 */
public final class Supervisor implements AutoCloseable {
  // While nobody hands in a view, an end is seen this late at most.
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
  // Restarts end in bursts: several share one look.
  private static final Duration BETWEEN_OWN_LOOKS = Duration.ofMillis(200);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

  private final SupervisedRuntime runtime;
  private final InstantSource clock;
  private final Alarm alarm;
  private final ExecutorService restarts = Executors.newVirtualThreadPerTaskExecutor();
  // A container is here from the decision to restart it until that is done, so that none is asked
  // for twice at once.
  private final Set<Member> restarting = ConcurrentHashMap.newKeySet();
  // Until when a container is left alone whose restart failed.
  private final Map<Member, Instant> heldUntil = new ConcurrentHashMap<>();
  private final Thread thread;

  private record Member(GroupId group, String container) {}

  /** Looks at once, and from then on. */
  public Supervisor(SupervisedRuntime runtime, InstantSource clock) {
    this.runtime = runtime;
    this.clock = clock;
    this.alarm = new Alarm(clock, clock.instant());
    this.thread = Thread.ofVirtual().name("supervisor").start(this::lookUntilInterrupted);
  }

  /** Takes a fresh view, begins what is due, and notes when the next thing will be. */
  public void seen(List<SupervisedGroup> groups) {
    var now = clock.instant();
    heldUntil.values().removeIf(until -> !until.isAfter(now));
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
    var member = new Member(group.id(), container.name());
    return switch (container.latest()) {
      case Latest.Up _ -> Instant.MAX;
      case Latest.CutOff(var number, var backOff) -> begin(member, number, backOff);
      case Latest.Down(var ended) ->
          switch (RestartRule.after(group.restartPolicy(), ended)) {
            case RestartRule.Verdict.Never _ -> Instant.MAX;
            case RestartRule.Verdict.Restart(var when, _) when when.isAfter(now) -> when;
            case RestartRule.Verdict.Restart(_, var backOff) ->
                begin(member, ended.number() + 1, backOff);
          };
    };
  }

  /** Unless the container is held, or being restarted; says when to come back. */
  private Instant begin(Member member, int number, Duration backOff) {
    var held = heldUntil.get(member);
    if (held != null) {
      return held;
    }
    if (restarting.add(member)) {
      try {
        restarts.execute(() -> restart(member, number, backOff));
      } catch (RejectedExecutionException e) {
        // Closed meanwhile: the next operator will.
        restarting.remove(member);
      }
    }
    return Instant.MAX;
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
      hold(member);
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("group", member.group())
          .addKeyValue("container", member.container())
          .setCause(e)
          .log("restart failed unexpectedly");
      hold(member);
    } finally {
      restarting.remove(member);
      // What is due next was computed without this container.
      alarm.ring();
    }
  }

  private void hold(Member member) {
    heldUntil.put(member, clock.instant().plus(AFTER_FAILURE));
  }

  private void lookUntilInterrupted() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        alarm.await();
        look();
        Thread.sleep(BETWEEN_OWN_LOOKS);
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
    } catch (RuntimeException e) {
      // A defect must not end the looking: nothing would be restarted without anybody knowing.
      log.atError().setCause(e).log("look at groups failed unexpectedly");
      alarm.set(clock.instant().plus(AFTER_FAILURE));
    }
  }
}
