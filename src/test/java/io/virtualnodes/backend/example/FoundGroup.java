package io.virtualnodes.backend.example;

import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.example.Instance.Run;
import io.virtualnodes.backend.example.KeptGroup.KeptContainer;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.GroupRule;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was read of a group, and how that reads to the supervisor and to the core: nothing but
 * values.
 *
 * @param runs of each container that was ever started
 */
record FoundGroup(KeptGroup kept, Map<String, Runs> runs) {

  /**
   * @param latest empty if its start was cut off
   * @param before how the instance before it ended
   */
  record Runs(int number, Duration backOff, Optional<Run> latest, Optional<Exited> before) {
    Optional<Exited> exit() {
      return latest.flatMap(
          run -> run instanceof Run.Down(var exit) ? Optional.of(exit) : Optional.empty());
    }

    EndedInstance ended(Exited exit) {
      return new EndedInstance(number, exit.code(), exit.since(), exit.at(), backOff);
    }
  }

  /** Whether that is what has to be started now. */
  boolean asksFor(String container, int number) {
    var found = runs.get(container);
    int next = found == null ? 0 : found.number() + (found.exit().isPresent() ? 1 : 0);
    boolean runs = found != null && found.latest().filter(Run.Up.class::isInstance).isPresent();
    return kept.stopBy().isEmpty() && !runs && number == next;
  }

  SupervisedGroup supervised() {
    return new SupervisedGroup(
        kept.id(),
        kept.restartPolicy(),
        kept.grace(),
        kept.stopBy(),
        kept.containers().stream()
            .map(
                one -> new SupervisedContainer(one.name(), one.part(), one.restarts(), latest(one)))
            .toList());
  }

  private Latest latest(KeptContainer container) {
    var found = runs.get(container.name());
    if (found == null) {
      return new Latest.Made();
    }
    return found
        .latest()
        .<Latest>map(
            run ->
                switch (run) {
                  case Run.Up _ -> new Latest.Up();
                  case Run.Down(var exit) -> new Latest.Down(found.ended(exit));
                })
        .orElseGet(() -> new Latest.CutOff(found.number(), found.backOff()));
  }

  Observation observe(String address, Instant now) {
    boolean runs =
        this.runs.values().stream().anyMatch(one -> one.latest().orElse(null) instanceof Run.Up);
    boolean finished = !runs && (kept.stopBy().isPresent() || GroupRule.over(supervised()));
    var lastEnd =
        this.runs.values().stream()
            .flatMap(one -> one.exit().stream())
            .map(Exited::at)
            .max(Comparator.naturalOrder())
            .orElse(kept.createdAt());
    return new Observation(
        kept.id(),
        kept.owner(),
        finished ? Progress.FINISHED : Progress.ALIVE,
        kept.containers().stream().map(container -> observe(container, now)).toList(),
        List.of(address),
        kept.createdAt(),
        finished ? Optional.of(lastEnd) : Optional.empty());
  }

  private ContainerObservation observe(KeptContainer container, Instant now) {
    var found = runs.get(container.name());
    if (found == null) {
      return new ContainerObservation(
          container.name(), CREATING, Optional.empty(), "", 0, container.image(), "", "");
    }
    var pause = pause(container, found, now);
    // While it waits, the latest instance is the previous one.
    var previous = pause.isPresent() ? found.exit() : found.before();
    return new ContainerObservation(
        container.name(),
        pause.<ContainerState>map(waiting -> waiting).orElseGet(() -> state(found)),
        previous,
        previous.map(_ -> id(container, found.number() - (pause.isPresent() ? 0 : 1))).orElse(""),
        found.number(),
        container.image(),
        "",
        id(container, found.number()));
  }

  private static final Waiting CREATING = new Waiting(Waiting.CREATING, "");

  private Optional<Waiting> pause(KeptContainer container, Runs found, Instant now) {
    return kept.stopBy().isPresent() || GroupRule.over(supervised())
        ? Optional.empty()
        : found
            .exit()
            .flatMap(
                exit ->
                    RestartRule.waiting(
                        Restarts.of(container.part(), container.restarts(), kept.restartPolicy()),
                        kept.id(),
                        kept.owner(),
                        container.name(),
                        found.ended(exit),
                        now));
  }

  private static ContainerState state(Runs found) {
    return found
        .latest()
        .<ContainerState>map(
            run ->
                switch (run) {
                  case Run.Up(_, var since) -> new Running(since);
                  case Run.Down(var exit) -> exit;
                })
        .orElse(CREATING);
  }

  private String id(KeptContainer container, int number) {
    return "%s://%s/%s/%d".formatted(ProcessBackend.RUNTIME, kept.id(), container.name(), number);
  }
}
