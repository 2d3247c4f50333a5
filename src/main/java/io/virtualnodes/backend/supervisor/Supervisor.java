package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
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
 * Does what {@link GroupRule} says. One thread waits for the next instant at which something is
 * due, and looks; whoever has a fresh view of the groups may hand it in by {@link #seen}, which
 * saves that look. Each step has a thread of its own, since a start may have to fetch an image
 * first.
 */
public final class Supervisor implements AutoCloseable {
  // While nobody hands in a view, an end is seen this late at most.
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(10);
  // Steps end in bursts: several share one look.
  private static final Duration BETWEEN_OWN_LOOKS = Duration.ofMillis(200);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

  private final SupervisedRuntime runtime;
  private final InstantSource clock;
  private final Alarm alarm;
  private final ExecutorService steps = Executors.newVirtualThreadPerTaskExecutor();
  // A container is here from the decision on it until that is done, so that nothing is asked for
  // twice at once.
  private final Set<Member> busy = ConcurrentHashMap.newKeySet();
  // Until when a container is left alone: a step failed, or it was asked to end and has time for
  // it.
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
      for (var step : GroupRule.next(group)) {
        var due = step.when().isAfter(now) ? step.when() : begin(group.id(), step);
        next = due.isBefore(next) ? due : next;
      }
    }
    alarm.set(next);
  }

  /** Ends the looking; containers stay as they are. */
  @Override
  public void close() {
    thread.interrupt();
    steps.shutdownNow();
  }

  /** Unless the container is held, or busy; says when to come back. */
  private Instant begin(GroupId group, Step step) {
    var member = new Member(group, step.container());
    var held = heldUntil.get(member);
    if (held != null) {
      return held;
    }
    if (busy.add(member)) {
      try {
        steps.execute(() -> take(member, step));
      } catch (RejectedExecutionException e) {
        // Closed meanwhile: the next operator will.
        busy.remove(member);
      }
    }
    return Instant.MAX;
  }

  private void take(Member member, Step step) {
    try {
      switch (step) {
        case Step.Start(_, _, var number, var backOff) ->
            runtime.start(member.group(), member.container(), number, backOff);
        case Step.End(_, _, var killAt) -> end(member, killAt);
      }
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("group", member.group())
          .addKeyValue("container", member.container())
          .addKeyValue("failure", e.getMessage())
          .log("container could not be started or ended, trying again");
      hold(member, clock.instant());
    } catch (RuntimeException e) {
      log.atError()
          .addKeyValue("group", member.group())
          .addKeyValue("container", member.container())
          .setCause(e)
          .log("start or end of a container failed unexpectedly");
      hold(member, clock.instant());
    } finally {
      busy.remove(member);
      // What is due next was computed without this container.
      alarm.ring();
    }
  }

  /** Some programs take a second request as a reason to give up at once. */
  private void end(Member member, Instant killAt) {
    var now = clock.instant();
    var left = Duration.between(now, killAt);
    runtime.end(member.group(), member.container(), left.isNegative() ? Duration.ZERO : left);
    hold(member, killAt.isAfter(now) ? killAt : now);
  }

  private void hold(Member member, Instant from) {
    heldUntil.put(member, from.plus(AFTER_FAILURE));
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
