package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.simulated.Program.Stop;
import io.virtualnodes.backend.simulated.SimulatedGroup.SimulatedContainer;
import io.virtualnodes.backend.supervisor.GroupRule;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What has happened in a group until an instant: from one end or start to the next, it does what
 * {@link GroupRule} says, as a supervisor that is never late would.
 */
final class Timeline {
  static final String RUNTIME = "simulated";

  // As a kubelet's: the failure shows for a while, then the wait for the next try.
  private static final Duration FAILURE_SHOWN = Duration.ofSeconds(5);

  private final SimulatedGroup group;
  private final Instant until;
  private final List<Course> courses;
  private final Optional<Instant> next;

  private Timeline(SimulatedGroup group, Instant until) {
    this.group = group;
    this.until = until;
    this.courses = group.containers().stream().map(Course::new).toList();
    this.next = play();
  }

  /** What has happened until {@code now}. */
  static Timeline of(SimulatedGroup group, Instant now) {
    return new Timeline(group, now);
  }

  /**
   * One run of a container.
   *
   * @param number how many came before it
   * @param ended how, if it is over
   */
  record Run(int number, Instant start, Optional<Exited> ended) {}

  /** The group as a list shows it. */
  Observation observation() {
    boolean started = !until.isBefore(group.startsAt());
    return new Observation(
        group.id(),
        group.owner(),
        finished() ? Progress.FINISHED : Progress.ALIVE,
        courses.stream().map(this::observe).toList(),
        started ? List.of(group.address()) : List.of(),
        group.acceptedAt(),
        group.price(),
        finished() ? Optional.of(lastEnd()) : Optional.empty());
  }

  /** When the group changes next by itself, if it does. */
  Optional<Instant> next() {
    return next;
  }

  /** Whether nothing runs and nothing will be started any more. */
  boolean finished() {
    return courses.stream().noneMatch(course -> course.runsAt(until))
        && (isStopped(until) || GroupRule.over(view(until)));
  }

  /** All runs of a container that have begun, in order. */
  List<Run> runs(String container) {
    return course(container).runs(until);
  }

  // ---- How it comes about

  /** Lets everything happen that does, and tells what would come after it. */
  private Optional<Instant> play() {
    var at =
        group
            .stop()
            .map(Stop::asked)
            .filter(asked -> asked.isBefore(group.startsAt()))
            .orElseGet(group::startsAt);
    while (!at.isAfter(until)) {
      var coming = after(at, takeAllThatIsDue(at));
      if (coming.isEmpty()) {
        return vanishing(Optional.empty());
      }
      at = coming.get();
    }
    return vanishing(Optional.of(at));
  }

  /** Returns what is left to do. */
  private List<Step> takeAllThatIsDue(Instant at) {
    if (isStopped(at)) {
      var stop = group.stop().orElseThrow();
      courses.forEach(course -> course.stopWithTheGroup(stop, at));
    }
    while (true) {
      var steps = GroupRule.next(view(at));
      boolean somethingHappened = false;
      for (var step : steps) {
        if (!step.when().isAfter(at)) {
          somethingHappened |= course(step.container()).take(step, at);
        }
      }
      if (!somethingHappened) {
        return steps;
      }
    }
  }

  private Optional<Instant> after(Instant at, List<Step> steps) {
    var ends = courses.stream().flatMap(course -> course.end().stream());
    var changes = courses.stream().flatMap(Course::changes);
    var dues = steps.stream().map(Step::when);
    var asked = group.stop().map(Stop::asked).stream();
    var failures = failureShownUntil().stream();
    return Stream.of(ends, changes, dues, asked, failures, Stream.of(group.startsAt()))
        .flatMap(Function.identity())
        .filter(instant -> instant.isAfter(at))
        .min(Comparator.naturalOrder());
  }

  private Optional<Instant> vanishing(Optional<Instant> coming) {
    return Stream.concat(coming.stream(), group.vanishesAt().stream())
        .filter(instant -> instant.isAfter(until))
        .min(Comparator.naturalOrder());
  }

  private SupervisedGroup view(Instant at) {
    boolean started = !at.isBefore(group.startsAt());
    return new SupervisedGroup(
        group.id(),
        group.restartPolicy(),
        group.grace(),
        isStopped(at) ? group.stop().map(Stop::kill) : Optional.empty(),
        courses.stream().map(course -> course.view(started, at)).toList());
  }

  private boolean isStopped(Instant at) {
    return group.stop().filter(stop -> !stop.asked().isAfter(at)).isPresent();
  }

  private Course course(String container) {
    return courses.stream()
        .filter(course -> course.container().name().equals(container))
        .findFirst()
        .orElseThrow();
  }

  // ---- How it looks

  private ContainerObservation observe(Course course) {
    var container = course.container();
    var runs = course.runs(until);
    var state = state(course);
    // While it waits, the last run is the one before, if it is over; else it is its own.
    boolean waitsForTheNext =
        state instanceof Waiting && !runs.isEmpty() && runs.getLast().ended().isPresent();
    int before = waitsForTheNext ? runs.size() - 1 : runs.size() - 2;
    return new ContainerObservation(
        container.name(),
        state,
        before < 0 ? Optional.empty() : runs.get(before).ended(),
        before < 0 ? "" : id(container, runs.get(before)),
        Math.max(0, runs.size() - 1),
        runs.isEmpty() ? "" : container.image(),
        "",
        runs.isEmpty() ? "" : id(container, runs.getLast()),
        state instanceof Running(var since)
            ? container.pace().map(pace -> pace.health(since, until))
            : Optional.empty());
  }

  private String id(SimulatedContainer container, Run run) {
    return "%s://%s-%s-%d".formatted(RUNTIME, group.id(), container.name(), run.number());
  }

  private ContainerState state(Course course) {
    var runs = course.runs(until);
    if (runs.isEmpty()) {
      return beforeTheFirst(course);
    }
    var last = runs.getLast();
    if (last.ended().isEmpty()) {
      boolean created =
          course
              .container()
              .pace()
              .filter(pace -> until.isBefore(last.start().plus(pace.created())))
              .isEmpty();
      return created ? new Running(last.start()) : new Waiting(Waiting.CREATING, "");
    }
    boolean ending = isStopped(until) || GroupRule.over(view(until));
    return ending ? last.ended().get() : betweenRuns(course, last.ended().get());
  }

  private ContainerState betweenRuns(Course course, Exited last) {
    return RestartRule.waiting(
            Restarts.of(
                course.container().part(), course.container().restarts(), group.restartPolicy()),
            group.id(),
            group.owner(),
            course.container().name(),
            course.ended(),
            until)
        .<ContainerState>map(Function.identity())
        .orElse(last);
  }

  private ContainerState beforeTheFirst(Course course) {
    if (!course.container().imageMissing() || until.isBefore(group.startsAt()) || finished()) {
      return new Waiting(Waiting.CREATING, "");
    }
    var image = course.container().image();
    var message = "simulated: there is no image \"%s\"".formatted(image);
    return until.isBefore(group.startsAt().plus(FAILURE_SHOWN))
        ? new Waiting(Waiting.PULL_FAILED, message)
        : new Waiting(
            Waiting.PULL_BACK_OFF, "Back-off pulling image \"%s\": %s".formatted(image, message));
  }

  private Optional<Instant> failureShownUntil() {
    return courses.stream().anyMatch(course -> course.container().imageMissing())
        ? Optional.of(group.startsAt().plus(FAILURE_SHOWN))
        : Optional.empty();
  }

  private Instant lastEnd() {
    var otherwise = group.stop().map(Stop::asked);
    return courses.stream()
        .flatMap(
            course ->
                state(course) instanceof Exited exited
                    ? Stream.of(exited.at())
                    : otherwise.stream())
        .max(Comparator.naturalOrder())
        .orElseGet(group::acceptedAt);
  }
}
