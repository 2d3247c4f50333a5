package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.simulated.Program.Ending;
import io.virtualnodes.backend.simulated.Program.Stop;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.simulated.Timeline.Run;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The runs of one container, as a {@link Timeline} lets them happen. Not thread-safe. */
final class Course {
  private final SimulatedContainer container;
  private final Program program;
  // Each but the last has ended.
  private final List<Instant> starts = new ArrayList<>();
  private final List<Ending> endings = new ArrayList<>();
  private Duration backOff = Duration.ZERO;
  private Optional<Stop> stop = Optional.empty();

  Course(SimulatedContainer container) {
    this.container = container;
    this.program = container.program();
  }

  SimulatedContainer container() {
    return container;
  }

  /**
   * @return whether that changed anything
   */
  boolean take(Step step, Instant at) {
    return switch (step) {
      case Step.Start(_, _, _, var longer) -> {
        starts.add(at);
        endings.add(program.ending(at, Optional.empty()));
        backOff = longer;
        yield true;
      }
      case Step.End(_, _, var killAt) -> end(at, killAt);
    };
  }

  /** Sidecars are asked when it is their turn. */
  void stopWithTheGroup(Stop asked, Instant at) {
    if (container.part() != Part.SIDECAR && runsAt(at)) {
      end(asked.asked(), asked.kill());
    }
  }

  private boolean end(Instant at, Instant killAt) {
    if (stop.filter(before -> !before.kill().isAfter(killAt)).isPresent()) {
      return false;
    }
    var hook = container.pace().map(Pace::preStop).orElse(Duration.ZERO);
    var hooked = stop.map(Stop::asked).orElseGet(() -> at.plus(hook));
    // A hook is cut off where there is no time left for it.
    var asked = hooked.isAfter(killAt) ? killAt : hooked;
    stop = Optional.of(new Stop(asked, killAt));
    endings.set(endings.size() - 1, program.ending(starts.getLast(), stop));
    return true;
  }

  boolean runsAt(Instant at) {
    return !endings.isEmpty() && endings.getLast().at().isAfter(at);
  }

  /** When the latest run ends or ended. */
  Optional<Instant> end() {
    return endings.isEmpty() ? Optional.empty() : Optional.of(endings.getLast().at());
  }

  /**
   * @param started whether the service has got as far as to make the group's containers
   */
  SupervisedContainer view(boolean started, Instant at) {
    return new SupervisedContainer(
        container.name(),
        container.part(),
        container.restarts(),
        latest(started, at),
        startedUp(at));
  }

  private boolean startedUp(Instant at) {
    return starts.isEmpty()
        || container.pace().map(pace -> pace.health(starts.getLast(), at).started()).orElse(true);
  }

  /** When the latest run changes without an end. */
  Stream<Instant> changes() {
    return starts.isEmpty()
        ? Stream.empty()
        : container.pace().stream().flatMap(pace -> pace.changes(starts.getLast()));
  }

  private Latest latest(boolean started, Instant at) {
    if (starts.isEmpty()) {
      return started && !container.imageMissing() ? new Latest.Made() : new Latest.Absent();
    }
    return runsAt(at) ? new Latest.Up() : new Latest.Down(ended());
  }

  /** The latest run, which has ended. */
  EndedInstance ended() {
    var ending = endings.getLast();
    return new EndedInstance(
        starts.size() - 1, ending.code(), starts.getLast(), ending.at(), backOff);
  }

  /** What was begun, as it is known at {@code now}. */
  List<Run> runs(Instant now) {
    var runs = new ArrayList<Run>();
    for (int i = 0; i < starts.size(); i++) {
      var start = starts.get(i);
      var ending = endings.get(i);
      runs.add(
          new Run(
              i,
              start,
              ending.at().isAfter(now) ? Optional.empty() : Optional.of(exited(start, ending))));
    }
    return List.copyOf(runs);
  }

  private static Exited exited(Instant start, Ending ending) {
    return new Exited(
        ending.code(), ending.code() == 0 ? "Completed" : "Error", "", start, ending.at());
  }
}
