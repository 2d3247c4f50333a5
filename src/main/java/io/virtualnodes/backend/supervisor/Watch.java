package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.supervisor.ProbeRule.Findings;
import io.virtualnodes.backend.supervisor.ProbeRule.Kind;
import io.virtualnodes.backend.supervisor.ProbeRule.Verdict;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after one run of a container: its postStart hook, then its startup probe, then the others,
 * each by a thread of its own. What it found is read from any thread; each finding has one writer.
 */
final class Watch implements AutoCloseable {
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  // What says the same again within this time is no news.
  private static final Duration NEWS = Duration.ofMinutes(1);
  // As much of an output as an event of Kubernetes has room for.
  private static final int LONGEST_MESSAGE = 1024;

  private static final Logger log = LoggerFactory.getLogger(Watch.class);

  private final TendingRuntime runtime;
  private final Errands errands;
  private final InstantSource clock;
  private final BiConsumer<TendedContainer, Duration> end;
  private final Consumer<Incident> incidents;
  private final ProbeTallies tallies;
  private final boolean olderThanUs;
  private final Map<Kind, Findings> findings = new ConcurrentHashMap<>();
  private final Map<Kind, Told> told = new ConcurrentHashMap<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile TendedContainer tended;
  private volatile boolean postStarted;
  private volatile boolean closed;

  /** What people were told last. */
  private record Told(String message, Instant at) {}

  /** A task that ends early, with all of its thread, when the container does. */
  @FunctionalInterface
  private interface Task {
    void run() throws InterruptedException;
  }

  /** As {@link Task}, with something to hand back. */
  @FunctionalInterface
  private interface Question<T> {
    T answer() throws InterruptedException;
  }

  /**
   * @param olderThanUs whether it ran before this process began to look
   * @param end lets it end within a grace
   */
  Watch(
      TendedContainer tended,
      boolean olderThanUs,
      TendingRuntime runtime,
      InstantSource clock,
      BiConsumer<TendedContainer, Duration> end,
      Consumer<Incident> incidents,
      ProbeTallies tallies) {
    this.tended = tended;
    this.olderThanUs = olderThanUs;
    this.runtime = runtime;
    this.errands = new Errands(runtime);
    this.clock = clock;
    this.end = end;
    this.incidents = incidents;
    this.tallies = tallies;
    this.postStarted = tended.postStarted();
    if (tended.startedUp()) {
      findings.put(Kind.STARTUP, Findings.PASSED_BEFORE);
    }
  }

  Watch begin() {
    go(this::tend);
    return this;
  }

  void update(TendedContainer now) {
    tended = now;
  }

  Standing standing() {
    return new Standing(postStarted, Optional.of(health()));
  }

  private Health health() {
    return ProbeRule.health(
        tended.care(), postStarted, found(Kind.STARTUP), found(Kind.READINESS), olderThanUs);
  }

  private Findings found(Kind kind) {
    return findings.getOrDefault(kind, Findings.NONE);
  }

  private void tend() throws InterruptedException {
    var care = tended.care();
    if (tended.milestones().contains(Milestone.UNHEALTHY)) {
      // Whoever found that out was cut off before its end.
      end(tended.grace());
      return;
    }
    if (!postStarted && !startedAfter(care.postStart().orElseThrow())) {
      return;
    }
    if (found(Kind.STARTUP).verdict() != Verdict.PASSED) {
      probe(Kind.STARTUP, care.startup().orElseThrow());
      if (found(Kind.STARTUP).verdict() != Verdict.PASSED) {
        return;
      }
      keep(Milestone.STARTED_UP);
    }
    care.liveness().ifPresent(probe -> go(() -> probe(Kind.LIVENESS, probe)));
    care.readiness().ifPresent(probe -> go(() -> probe(Kind.READINESS, probe)));
  }

  /** Whether the hook after the start is done. */
  private boolean startedAfter(Action hook) throws InterruptedException {
    var outcome = answer(() -> errands.hook(tended, hook));
    if (outcome instanceof Outcome.Failed(var why)) {
      tell(Incident.Kind.POST_START_FAILED, "PostStartHook failed: " + why);
      end(tended.grace());
      return false;
    }
    postStarted = true;
    runtime.changed();
    keep(Milestone.POST_STARTED);
    return true;
  }

  /** Until nothing is left to find out. */
  private void probe(Kind kind, Probe probe) throws InterruptedException {
    var due = ProbeRule.first(probe, tended.since(), clock.instant());
    if (olderThanUs) {
      // A process that begins must not ask everybody at once.
      due = due.plusNanos(ThreadLocalRandom.current().nextLong(probe.period().toNanos()));
    }
    while (!ProbeRule.over(kind, found(kind))) {
      sleepUntil(due);
      if (kind.endsWhatFails() && tended.groupStopped()) {
        return;
      }
      var outcome = errands.probe(tended, probe.action(), probe.timeout());
      if (Thread.interrupted()) {
        // An interrupt closes connections, which looks like a failure of the container.
        throw new InterruptedException();
      }
      take(kind, probe, outcome);
      due = ProbeRule.next(probe, due, clock.instant());
    }
    if (kind.endsWhatFails() && found(kind).verdict() == Verdict.FAILED) {
      restart(kind, probe);
    }
  }

  private void take(Kind kind, Probe probe, Outcome outcome) {
    tallies.count(tended.instance(), kind, outcome);
    switch (outcome) {
      case Outcome.Passed _ -> found(kind, ProbeRule.after(probe, found(kind), true));
      case Outcome.PassedWith(var warning) -> {
        found(kind, ProbeRule.after(probe, found(kind), true));
        news(kind, Incident.Kind.PROBE_WARNING, kind + " probe warning: " + warning);
      }
      case Outcome.Failed(var output) -> {
        var now = ProbeRule.after(probe, found(kind), false);
        found(kind, now);
        if (ProbeRule.worthTelling(probe, now)) {
          news(kind, Incident.Kind.UNHEALTHY, kind + " probe failed: " + output);
        }
      }
      case Outcome.Impossible(var why) ->
          news(
              kind,
              Incident.Kind.UNHEALTHY,
              kind + " probe errored and resulted in unknown state: " + why);
    }
  }

  private void found(Kind kind, Findings now) {
    var before = health();
    findings.put(kind, now);
    if (!health().equals(before)) {
      runtime.changed();
    }
  }

  private void restart(Kind kind, Probe probe) throws InterruptedException {
    boolean again = tended.policy() != RestartPolicy.NEVER;
    tell(
        Incident.Kind.ENDED_AS_UNHEALTHY,
        "Container %s failed %s probe%s"
            .formatted(
                tended.instance().container(),
                kind.toString().toLowerCase(Locale.ROOT),
                again ? ", will be restarted" : ""));
    if (tended.policy() == RestartPolicy.ON_FAILURE) {
      // A program that obeys ends with 0, which would be its success.
      insist(() -> runtime.record(tended.instance(), Milestone.UNHEALTHY));
    }
    end(ProbeRule.grace(probe, tended.grace()));
  }

  private void end(Duration grace) throws InterruptedException {
    insist(() -> end.accept(tended, grace));
  }

  /** Without waiting for it: what is not on record is only done once more by another process. */
  private void keep(Milestone milestone) {
    go(() -> insist(() -> runtime.record(tended.instance(), milestone)));
  }

  private void insist(Task call) throws InterruptedException {
    answer(
        () -> {
          call.run();
          return true;
        });
  }

  private <T> T answer(Question<T> call) throws InterruptedException {
    while (true) {
      try {
        return call.answer();
      } catch (BackendException e) {
        log.atWarn()
            .addKeyValue("group", tended.instance().group())
            .addKeyValue("container", tended.instance().container())
            .addKeyValue("failure", e.getMessage())
            .log("container could not be looked after, trying again");
        Thread.sleep(AFTER_FAILURE);
      }
    }
  }

  private void news(Kind about, Incident.Kind kind, String message) {
    var now = clock.instant();
    var before = told.get(about);
    if (before != null && before.message().equals(message) && before.at().plus(NEWS).isAfter(now)) {
      return;
    }
    told.put(about, new Told(message, now));
    tell(kind, message);
  }

  private void tell(Incident.Kind kind, String message) {
    var instance = tended.instance();
    incidents.accept(
        new Incident(
            instance.group(),
            tended.owner(),
            instance.container(),
            kind,
            message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE)));
  }

  private void sleepUntil(Instant due) throws InterruptedException {
    var left = Duration.between(clock.instant(), due);
    if (left.isPositive()) {
      Thread.sleep(left);
    }
  }

  private void go(Task task) {
    var thread =
        Thread.ofVirtual()
            .name("watch-" + tended.instance().container())
            .unstarted(
                () -> {
                  try {
                    task.run();
                  } catch (InterruptedException e) {
                    // close() ends it this way.
                  } catch (RuntimeException e) {
                    log.atError()
                        .addKeyValue("group", tended.instance().group())
                        .addKeyValue("container", tended.instance().container())
                        .setCause(e)
                        .log("care of a container failed unexpectedly");
                  } finally {
                    threads.remove(Thread.currentThread());
                  }
                });
    threads.add(thread);
    thread.start();
    if (closed) {
      thread.interrupt();
    }
  }

  /** The container ended, or somebody else looks after it from now on. */
  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
  }
}
