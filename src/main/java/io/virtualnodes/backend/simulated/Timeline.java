package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.simulated.Program.Ending;
import io.virtualnodes.backend.simulated.Program.Stop;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.RestartRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a group was doing at any instant. */
final class Timeline {
  static final String RUNTIME = "simulated";

  // As a kubelet's: the failure shows for a while, then the wait for the next try.
  private static final Duration FAILURE_SHOWN = Duration.ofSeconds(5);

  private Timeline() {}

  /**
   * One run of a container.
   *
   * @param number how many came before it
   * @param ended how, if it is over
   */
  record Run(int number, Instant start, Optional<Exited> ended) {}

  /**
   * A container at an instant.
   *
   * @param runs all that have begun, in order
   * @param state what it does
   * @param over whether nothing will change any more, unless somebody asks
   * @param next when it changes by itself, if it does
   */
  record Moment(List<Run> runs, ContainerState state, boolean over, Optional<Instant> next) {
    Moment {
      runs = List.copyOf(runs);
    }
  }

  /** The group as a list that is taken at {@code now} shows it. */
  static Observation observe(SimulatedGroup group, Instant now) {
    var moments =
        group.containers().stream().map(container -> moment(group, container, now)).toList();
    var containers = new ArrayList<ContainerObservation>();
    for (int i = 0; i < moments.size(); i++) {
      containers.add(observe(group, group.containers().get(i), moments.get(i)));
    }
    boolean finished = moments.stream().allMatch(Moment::over);
    boolean started = !now.isBefore(group.startsAt());
    return new Observation(
        group.id(),
        group.owner(),
        finished ? Progress.FINISHED : Progress.ALIVE,
        containers,
        started ? List.of(group.address()) : List.of(),
        group.acceptedAt(),
        finished ? Optional.of(lastEnd(group, moments)) : Optional.empty());
  }

  /** When the group changes next by itself, if it does. */
  static Optional<Instant> next(SimulatedGroup group, Instant now) {
    var changes =
        group.containers().stream().flatMap(one -> moment(group, one, now).next().stream());
    return Stream.concat(changes, group.vanishesAt().stream())
        .filter(change -> change.isAfter(now))
        .min(Comparator.naturalOrder());
  }

  static boolean finished(SimulatedGroup group, Instant now) {
    return group.containers().stream().allMatch(one -> moment(group, one, now).over());
  }

  private static Instant lastEnd(SimulatedGroup group, List<Moment> moments) {
    return moments.stream()
        .map(Moment::state)
        .map(state -> state instanceof Exited exited ? exited.at() : stopped(group))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static Instant stopped(SimulatedGroup group) {
    return group.stop().map(Stop::asked).orElseGet(group::acceptedAt);
  }

  static Moment moment(SimulatedGroup group, SimulatedContainer container, Instant now) {
    var stop = group.stop().filter(asked -> !asked.asked().isAfter(now));
    if (container.imageMissing()) {
      return withoutImage(group, container, stop, now);
    }
    var program = container.program();
    var runs = new ArrayList<Run>();
    var start = group.startsAt();
    var backOff = Duration.ZERO;
    while (true) {
      if (stop.isPresent() && !stop.get().asked().isAfter(start)) {
        return over(runs);
      }
      if (start.isAfter(now)) {
        return waiting(group, container, runs, backOff, start, now);
      }
      var ending = program.ending(start, stop);
      if (ending.at().isAfter(now)) {
        runs.add(new Run(runs.size(), start, Optional.empty()));
        return new Moment(runs, new Running(start), false, Optional.of(ending.at()));
      }
      runs.add(new Run(runs.size(), start, Optional.of(exited(start, ending))));
      var ended = new EndedInstance(runs.size() - 1, ending.code(), start, ending.at(), backOff);
      switch (RestartRule.after(group.restartPolicy(), ended)) {
        case RestartRule.Verdict.Never _ -> {
          return over(runs);
        }
        case RestartRule.Verdict.Restart(var when, var longer) -> {
          start = when;
          backOff = longer;
        }
      }
    }
  }

  private static Moment over(List<Run> runs) {
    ContainerState state =
        runs.isEmpty() ? new Waiting(Waiting.CREATING, "") : runs.getLast().ended().orElseThrow();
    return new Moment(runs, state, true, Optional.empty());
  }

  private static Moment waiting(
      SimulatedGroup group,
      SimulatedContainer container,
      List<Run> runs,
      Duration backOff,
      Instant start,
      Instant now) {
    if (runs.isEmpty()) {
      return new Moment(runs, new Waiting(Waiting.CREATING, ""), false, Optional.of(start));
    }
    var last = runs.getLast();
    var exited = last.ended().orElseThrow();
    var ended =
        new EndedInstance(last.number(), exited.code(), exited.since(), exited.at(), backOff);
    ContainerState state =
        RestartRule.waiting(
                group.restartPolicy(), group.id(), group.owner(), container.name(), ended, now)
            .<ContainerState>map(waiting -> waiting)
            .orElse(exited);
    return new Moment(runs, state, false, Optional.of(start));
  }

  private static Moment withoutImage(
      SimulatedGroup group, SimulatedContainer container, Optional<Stop> stop, Instant now) {
    if (stop.isPresent()) {
      return over(List.of());
    }
    if (now.isBefore(group.startsAt())) {
      return new Moment(
          List.of(), new Waiting(Waiting.CREATING, ""), false, Optional.of(group.startsAt()));
    }
    var message = "simulated: there is no image \"%s\"".formatted(container.image());
    var shownUntil = group.startsAt().plus(FAILURE_SHOWN);
    return now.isBefore(shownUntil)
        ? new Moment(
            List.of(), new Waiting("ErrImagePull", message), false, Optional.of(shownUntil))
        : new Moment(
            List.of(),
            new Waiting(
                "ImagePullBackOff",
                "Back-off pulling image \"%s\": %s".formatted(container.image(), message)),
            false,
            Optional.empty());
  }

  private static Exited exited(Instant start, Ending ending) {
    return new Exited(
        ending.code(), ending.code() == 0 ? "Completed" : "Error", "", start, ending.at());
  }

  private static ContainerObservation observe(
      SimulatedGroup group, SimulatedContainer container, Moment moment) {
    var runs = moment.runs();
    // While it waits, the last run is the one before; while it runs or has ended, it is its own.
    int before = moment.state() instanceof Waiting ? runs.size() - 1 : runs.size() - 2;
    return new ContainerObservation(
        container.name(),
        moment.state(),
        before < 0 ? Optional.empty() : runs.get(before).ended(),
        Math.max(0, runs.size() - 1),
        runs.isEmpty() ? "" : container.image(),
        "",
        runs.isEmpty()
            ? ""
            : "%s://%s-%s-%d"
                .formatted(RUNTIME, group.id(), container.name(), runs.getLast().number()));
  }
}
