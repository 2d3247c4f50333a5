package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Looks after containers while they run: carries out their hooks and probes, and has those ended
 * that fail. It learns which containers run by {@link #seen}.
 */
public final class Caretaker implements AutoCloseable {
  private final TendingRuntime runtime;
  private final InstantSource clock;
  private final Instant began;
  private final Map<Instance, Watch> watches = new ConcurrentHashMap<>();
  private final Map<Instance, Ending> endings = new ConcurrentHashMap<>();
  private final List<Consumer<Incident>> listeners = new CopyOnWriteArrayList<>();
  private final ProbeTallies tallies = new ProbeTallies();
  private volatile boolean looked;

  public Caretaker(TendingRuntime runtime, InstantSource clock) {
    this.runtime = runtime;
    this.clock = clock;
    this.began = clock.instant();
  }

  /** From now on the listener is told what happens to containers; it must not block for long. */
  public void onIncident(Consumer<Incident> listener) {
    listeners.add(listener);
  }

  /**
   * Takes a fresh view of all containers that run and need care; of others the care ends. Called by
   * one thread at a time.
   */
  public void seen(List<TendedContainer> running) {
    var instances =
        running.stream().collect(Collectors.toMap(TendedContainer::instance, Function.identity()));
    watches.keySet().stream()
        .filter(instance -> !instances.containsKey(instance))
        .toList()
        .forEach(instance -> watches.remove(instance).close());
    endings.keySet().stream()
        .filter(instance -> !instances.containsKey(instance))
        .toList()
        .forEach(instance -> endings.remove(instance).close());
    for (var tended : running) {
      var known = watches.get(tended.instance());
      if (known != null) {
        known.update(tended);
      } else if (tended.care().goesOn()) {
        watches.put(tended.instance(), watch(tended).begin());
      }
    }
    looked = true;
  }

  /** Forgets what probes came to in all other groups. */
  public void retain(Predicate<GroupId> groups) {
    tallies.retain(groups);
  }

  /** What probes came to. */
  public List<ProbeTally> probes() {
    return tallies.all();
  }

  private Watch watch(TendedContainer tended) {
    // A clock of the runtime's that is ahead must not make an old container look new.
    boolean olderThanUs = !looked || tended.since().isBefore(began);
    return new Watch(tended, olderThanUs, runtime, clock, this::end, this::tell, tallies);
  }

  private void tell(Incident incident) {
    listeners.forEach(listener -> listener.accept(incident));
  }

  /** How a running container stands. */
  public Standing standing(TendedContainer tended) {
    var watch = watches.get(tended.instance());
    return watch == null ? Standing.LEFT_ALONE : watch.standing();
  }

  /** Whether a running container has started up, so that what waits for it may start. */
  public boolean startedUp(TendedContainer tended) {
    var watch = watches.get(tended.instance());
    return watch == null
        ? tended.postStarted() && tended.startedUp()
        : watch.standing().health().orElseThrow().started();
  }

  /**
   * Lets a container end: its preStop hook is carried out, then it is asked to end, and it is
   * killed after {@code grace}. Returns once that is under way. Asking again can only bring it
   * forward.
   *
   * @throws io.virtualnodes.backend.BackendException if it may or may not have been handed over
   */
  public void end(TendedContainer tended, Duration grace) {
    var hook = tended.care().preStop();
    if (hook.isEmpty() || !grace.isPositive()) {
      runtime.stop(tended.runtimeId(), grace);
      return;
    }
    var killAt = clock.instant().plus(grace);
    var ending =
        endings.computeIfAbsent(
            tended.instance(),
            _ ->
                new Ending(
                        tended,
                        hook.get(),
                        killAt,
                        runtime,
                        clock,
                        why -> tell(preStopFailed(tended, why)))
                    .begin());
    if (!ending.by(killAt)) {
      runtime.stop(tended.runtimeId(), grace);
    }
  }

  private static Incident preStopFailed(TendedContainer tended, String why) {
    return new Incident(
        tended.instance().group(),
        tended.owner(),
        tended.instance().container(),
        Incident.Kind.PRE_STOP_FAILED,
        "PreStopHook failed: " + why);
  }

  /** Ends the care; containers stay as they are. */
  @Override
  public void close() {
    watches.values().forEach(Watch::close);
    endings.values().forEach(Ending::close);
  }
}
