package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
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

  // Twice as long as what is asked for again goes without being prepared anew.
  private static final Duration GIVEN_UP_AFTER = PREPARED_FOR.multipliedBy(2);

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
   * @param hiddenSince when AWS first said that it had run it before, and did not show it
   */
  private record Trial(
      Prepared prepared, Instant preparedAt, int next, int round, Optional<Instant> hiddenSince) {

    Trial prepared(Prepared anew, Instant now) {
      return new Trial(anew, now, next, round, hiddenSince);
    }

    Trial at(int place) {
      return new Trial(prepared, preparedAt, place, round, hiddenSince);
    }

    Trial hidden(Instant now) {
      return new Trial(prepared, preparedAt, next, round, hiddenSince.or(() -> Optional.of(now)));
    }

    Trial anotherRound() {
      return new Trial(prepared, preparedAt, 0, round + 1, Optional.empty());
    }
  }

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
      var prepared = prepare.get();
      trials.put(
          launch,
          before
              .map(trial -> trial.prepared(prepared, now))
              .orElseGet(() -> new Trial(prepared, now, 0, 0, Optional.empty())));
    }
  }

  /**
   * Runs a task that was prepared.
   *
   * @param policy whether it may run more than once
   * @throws BackendException.NoCapacity if no place has room
   * @throws BackendException.Rejected if it was run before, how that ended is not known, and it
   *     must not run again
   * @throws BackendException.Unavailable if it may or may not have been run, or its turn has not
   *     come
   */
  Task run(FargateLaunch launch, GroupOwner owner, RestartPolicy policy) {
    var trial = Optional.ofNullable(trials.get(launch)).orElseThrow();
    Optional<NoCapacity> full = Optional.empty();
    var attempts = FargateRequests.attempts(place, launch.text(), trial.round());
    for (int i = trial.next(); i < attempts.size(); i++) {
      var tried = trial.at(i);
      trials.put(launch, tried);
      FargateRates.waitForTurn(rates.launches(), "tasks", launch.text(), clock.instant());
      try {
        return ecs.run(
                requests.run(
                    launch,
                    owner,
                    trial.prepared().definitionArn(),
                    trial.prepared().overrides(),
                    attempts.get(i)))
            .orElseThrow(() -> hidden(launch, tried, policy));
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
    trials.put(launch, trial.anotherRound());
    throw full.orElseThrow();
  }

  /**
   * AWS has run it before, as it was then, and does not show it: for a minute that may be too
   * early, and after that it is too late. Then it can have run, hours ago: AWS remembers its token
   * for a day and shows its end for an hour.
   */
  private BackendException hidden(FargateLaunch launch, Trial trial, RestartPolicy policy) {
    var now = clock.instant();
    var still = trial.hidden(now);
    trials.put(launch, still);
    if (still.hiddenSince().orElseThrow().plus(FargateInventory.SETTLING).isAfter(now)) {
      return new Unavailable("AWS has run this task before and does not show it yet", null);
    }
    if (policy == RestartPolicy.NEVER) {
      return new Rejected(
          "AWS has run a task for this pod before and does not show it any more: how it ended is"
              + " not known, and with restartPolicy Never it must not run again",
          null);
    }
    trials.put(launch, still.anotherRound());
    return new Unavailable(
        "AWS has run this task before and does not show it any more; it is run again", null);
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

  /** Whoever waits for a task asks again within some minutes, and at the latest when told to. */
  void giveUpOld() {
    var before = clock.instant().minus(GIVEN_UP_AFTER);
    trials.values().removeIf(trial -> trial.preparedAt().isBefore(before));
  }

  /** Nobody wants a task any more. */
  void giveUpAll() {
    Set.copyOf(trials.keySet()).forEach(launch -> giveUp(launch.group()));
  }

  /** ARNs of all secrets that a task needs which could not be run yet. */
  Set<String> secrets() {
    var used = new HashSet<String>();
    trials.values().forEach(trial -> used.addAll(trial.prepared().secrets()));
    return used;
  }

  /** ARNs of the definitions of all tasks that could not be run yet. */
  Set<String> definitions() {
    var used = new HashSet<String>();
    trials.values().forEach(trial -> used.add(trial.prepared().definitionArn()));
    return used;
  }
}
