package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.TaskOverride;

/**
 * Runs tasks, each in the first place that has room for it. Remembers of those that could not be
 * run yet where they were being tried, so that the same request is repeated until its answer is
 * known. Used by many threads, and by one at a time for each group.
 */
final class TaskLaunches {
  // A token in a file lives longer than this, and a ConfigMap that was corrected counts soon.
  private static final Duration PREPARED_FOR = Duration.ofMinutes(10);

  private final FargateRequests requests;
  private final FargatePlace place;
  private final EcsCalls ecs;
  private final FargateRates rates;
  private final InstantSource clock;
  private final Map<FargateLaunch, Trial> trials = new ConcurrentHashMap<>();

  /**
   * What is needed to run a task.
   *
   * @param secrets ARNs of those that it refers to
   */
  record Prepared(String definitionArn, TaskOverride overrides, List<String> secrets) {}

  /**
   * A task that could not be run yet.
   *
   * @param next which of the places is tried next
   * @param round how often all of them were full before
   */
  private record Trial(Prepared prepared, Instant preparedAt, int next, int round) {}

  TaskLaunches(
      FargateRequests requests,
      FargatePlace place,
      EcsCalls ecs,
      FargateRates rates,
      InstantSource clock) {
    this.requests = requests;
    this.place = place;
    this.ecs = ecs;
    this.rates = rates;
    this.clock = clock;
  }

  /**
   * Gets a task ready, unless it has been lately. What it needs counts as used from then until
   * {@link #done}.
   */
  void prepare(FargateLaunch launch, Supplier<Prepared> prepare) {
    var now = clock.instant();
    var before = Optional.ofNullable(trials.get(launch));
    if (before.filter(trial -> trial.preparedAt().plus(PREPARED_FOR).isAfter(now)).isEmpty()) {
      trials.put(
          launch,
          new Trial(
              prepare.get(),
              now,
              before.map(Trial::next).orElse(0),
              before.map(Trial::round).orElse(0)));
    }
  }

  /**
   * Runs a task that was prepared.
   *
   * @throws BackendException.NoCapacity if no place has room
   * @throws BackendException.Unavailable if it may or may not have been run, or its turn has not
   *     come
   */
  Task run(FargateLaunch launch, GroupOwner owner) {
    var trial = Optional.ofNullable(trials.get(launch)).orElseThrow();
    Optional<NoCapacity> full = Optional.empty();
    var attempts = FargateRequests.attempts(place, launch.text(), trial.round());
    for (int i = trial.next(); i < attempts.size(); i++) {
      trials.put(launch, new Trial(trial.prepared(), trial.preparedAt(), i, trial.round()));
      FargateRates.waitForTurn(rates.launches(), "tasks", launch.text(), clock.instant());
      try {
        return ecs.run(
            requests.run(
                launch,
                owner,
                trial.prepared().definitionArn(),
                trial.prepared().overrides(),
                attempts.get(i)));
      } catch (NoCapacity e) {
        full = Optional.of(e);
      } catch (Unavailable e) {
        throw e;
      } catch (BackendException e) {
        // Whatever is changed about it makes another request.
        trials.remove(launch);
        throw e;
      }
    }
    trials.put(launch, new Trial(trial.prepared(), trial.preparedAt(), 0, trial.round() + 1));
    throw full.orElseThrow();
  }

  /** A task was run, and is known elsewhere. */
  void done(FargateLaunch launch) {
    trials.remove(launch);
  }

  /** Nobody wants a task for this group any more. */
  void giveUp(GroupId group) {
    for (var launch : List.copyOf(trials.keySet())) {
      if (launch.group().equals(group)) {
        rates.launches().leave(launch.text());
        trials.remove(launch);
      }
    }
  }

  /** ARNs of all secrets that a task needs which could not be run yet. */
  Set<String> secrets() {
    var used = new HashSet<String>();
    trials.values().forEach(trial -> used.addAll(trial.prepared().secrets()));
    return used;
  }
}
