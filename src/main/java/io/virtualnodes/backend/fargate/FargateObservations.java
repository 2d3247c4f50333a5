package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackOff;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.supervisor.EndedInstance;
import io.virtualnodes.backend.supervisor.RestartRule;
import io.virtualnodes.backend.supervisor.RestartRule.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * How the latest task of a group reads as an observation of the group, and what is to be done about
 * it next.
 *
 * @param stopped whether the group was asked to stop, as far as this process knows
 * @param previous how the containers ended in the task before; without those that did not run
 */
record FargateObservations(
    FargateLaunch launch,
    GroupOwner owner,
    Task task,
    TaskShape shape,
    TaskReading reading,
    boolean stopped,
    Map<String, Previous> previous,
    Instant now) {
  static final String RUNTIME = "fargate";

  // As a kubelet waits between two tries to fetch an image.
  private static final BackOff START_BACK_OFF =
      new BackOff(Duration.ofSeconds(10), Duration.ofMinutes(5));

  FargateObservations {
    previous = Map.copyOf(previous);
  }

  /**
   * How a container ended in an earlier task.
   *
   * @param taskId of the task in which it ran
   */
  record Previous(Exited end, String taskId) {}

  /** What is to be done about a group next. */
  sealed interface Step {
    /** Nothing, as things are. */
    record Rest() implements Step {}

    /** Its task is to be stopped. */
    record Stop(StopReason why) implements Step {}

    /** Another task is to be run for it, not before {@code when}. */
    record Launch(FargateLaunch next, Instant when) implements Step {}
  }

  // ---- What is seen

  Observation observe() {
    var containers = shape.containers().stream().map(this::observe).toList();
    boolean finished = finished();
    return new Observation(
        launch.group(),
        owner,
        finished ? Progress.FINISHED : Progress.ALIVE,
        containers,
        List.of(),
        TaskReading.addresses(task),
        createdAt(),
        Optional.empty(),
        finished ? Optional.of(finishedAt()) : Optional.empty(),
        reading.interruption().filter(_ -> finished && !reading.cutOff().isEmpty()));
  }

  private Instant createdAt() {
    return launch.created().orElseGet(() -> TaskReading.createdAt(task));
  }

  private boolean finished() {
    return isOver() || reading.endedAt().isPresent() && (isStopped() || !willGoOn());
  }

  private boolean isStopped() {
    return stopped
        || reading
            .stopped()
            .filter(why -> why == StopReason.STOPPED || why == StopReason.DELETED)
            .isPresent();
  }

  private boolean willGoOn() {
    return reading.failedToStart().isPresent() || restart().isPresent();
  }

  /** Whether its main containers, or one that had to succeed before them, ended for good. */
  private boolean isOver() {
    boolean failedBefore = of(Part.INIT).anyMatch(one -> endedForGood(one) && !succeeded(one));
    return failedBefore || of(Part.MAIN).allMatch(this::endedForGood);
  }

  private boolean succeeded(TaskShape.Shaped container) {
    return exit(container).filter(exited -> exited.code() == 0).isPresent()
        && !reading.cutOff().contains(container.name());
  }

  private Stream<TaskShape.Shaped> of(Part part) {
    return shape.containers().stream().filter(one -> one.part() == part);
  }

  private boolean endedForGood(TaskShape.Shaped container) {
    return exit(container)
        .filter(exited -> verdict(container, exited) instanceof Verdict.Never)
        .isPresent();
  }

  private Optional<Exited> exit(TaskShape.Shaped container) {
    return reading.states().get(container.name()) instanceof Exited exited
        ? Optional.of(exited)
        : Optional.empty();
  }

  private Instant finishedAt() {
    return reading.states().values().stream()
        .flatMap(state -> state instanceof Exited exited ? Stream.of(exited.at()) : Stream.empty())
        .max(Comparator.naturalOrder())
        // Of a group that was stopped before anything of it ran.
        .or(reading::endedAt)
        .orElse(now);
  }

  // ---- One container

  private ContainerObservation observe(TaskShape.Shaped container) {
    var read = reading.states().get(container.name());
    var state = isOver() || isStopped() ? read : shown(container, read);
    var before = Optional.ofNullable(previous.get(container.name()));
    // What it waits after is the run that ended last.
    var last = state == read ? before : ended(container).or(() -> before);
    var ecs =
        task.containers().stream().filter(one -> container.name().equals(one.name())).findFirst();
    boolean made = !(read instanceof Waiting);
    return new ContainerObservation(
        container.name(),
        state,
        last.map(Previous::end),
        last.map(one -> id(container, one.taskId())).orElse(""),
        launch.restarts(),
        made ? ecs.map(Container::image).orElse("") : "",
        made ? ecs.map(Container::imageDigest).orElse("") : "",
        made ? id(container, taskId()) : "");
  }

  private String taskId() {
    return FargateNames.taskId(task.taskArn());
  }

  private static String id(TaskShape.Shaped container, String taskId) {
    return "%s://%s-%s".formatted(RUNTIME, taskId, container.name());
  }

  private Optional<Previous> ended(TaskShape.Shaped container) {
    return exit(container).map(exited -> new Previous(exited, taskId()));
  }

  private ContainerState shown(TaskShape.Shaped container, ContainerState read) {
    if (reading.failedToStart().isPresent() && read instanceof Waiting) {
      return failure(reading.failedToStart().get());
    }
    if (read instanceof Exited exited) {
      var ended = instance(container, exited);
      return RestartRule.waiting(
              restarts(container), launch.group(), owner, container.name(), ended, now)
          .<ContainerState>map(waiting -> waiting)
          .orElseGet(() -> isSuccessOnPaper(container, exited) ? onceMore(exited) : exited);
    }
    return read;
  }

  private boolean isSuccessOnPaper(TaskShape.Shaped container, Exited exited) {
    return exited.code() == 0 && !succeeded(container) && !endedForGood(container);
  }

  /** The API server lets no container run again that it was told had succeeded. */
  private static ContainerState onceMore(Exited exited) {
    return new Waiting(Waiting.CREATING, exited.message());
  }

  /** An image is first in error and then waited for, as at a kubelet. */
  private ContainerState failure(Waiting failure) {
    var half = nextStartBackOff().dividedBy(2);
    boolean waits = !reading.endedAt().orElse(now).plus(half).isAfter(now);
    return waits && failure.reason().equals(Waiting.PULL_FAILED)
        ? new Waiting(Waiting.PULL_BACK_OFF, failure.message())
        : failure;
  }

  // ---- What is to be done

  /** The next thing to be done, given that nothing else happens. */
  Step next() {
    if (reading.endedAt().isPresent()) {
      return isStopped() || isOver() ? new Step.Rest() : again();
    }
    if (isToStop(task)) {
      return new Step.Rest();
    }
    if (isStopped()) {
      // It was run and not yet known, or not yet shown by ECS, when its group was stopped.
      return new Step.Stop(StopReason.STOPPED);
    }
    if (isOver()) {
      return new Step.Stop(StopReason.OVER);
    }
    return restart().filter(due -> !due.when().isAfter(now)).isPresent()
        ? new Step.Stop(StopReason.STARTED_AGAIN)
        : new Step.Rest();
  }

  /** Whether a task has ended or was asked to, by whoever. */
  static boolean isToStop(Task task) {
    return "STOPPED".equals(task.desiredStatus());
  }

  private Step again() {
    if (reading.failedToStart().isPresent()) {
      var pause = nextStartBackOff();
      return new Step.Launch(
          launch.triedAgain(pause, createdAt()), reading.endedAt().orElse(now).plus(pause));
    }
    return restart()
        .<Step>map(
            due -> new Step.Launch(launch.startedAgain(due.backOff(), createdAt()), due.when()))
        .orElseGet(Step.Rest::new);
  }

  private Duration nextStartBackOff() {
    return launch.backOff().isZero()
        ? START_BACK_OFF.first()
        : min(launch.backOff().multipliedBy(2), START_BACK_OFF.longest());
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** The earliest that one of its containers is started again, and with it all of the group. */
  private Optional<Verdict.Restart> restart() {
    return shape.containers().stream()
        .flatMap(
            one ->
                exit(one).stream()
                    .map(exited -> verdict(one, exited))
                    .flatMap(
                        verdict ->
                            verdict instanceof Verdict.Restart again
                                ? Stream.of(again)
                                : Stream.empty()))
        .min(Comparator.comparing(Verdict.Restart::when));
  }

  private Verdict verdict(TaskShape.Shaped container, Exited exited) {
    return RestartRule.after(restarts(container), instance(container, exited));
  }

  private Restarts restarts(TaskShape.Shaped container) {
    return Restarts.of(container.part(), Optional.empty(), shape.policy());
  }

  private EndedInstance instance(TaskShape.Shaped container, Exited exited) {
    return new EndedInstance(
        launch.restarts(),
        exited.code(),
        exited.since(),
        exited.at(),
        launch.backOff(),
        reading.cutOff().contains(container.name()));
  }

  /** How its containers ended, for the task that comes after. */
  Map<String, Previous> ends() {
    var ends = new LinkedHashMap<>(previous);
    shape.containers().forEach(one -> ended(one).ifPresent(end -> ends.put(one.name(), end)));
    return ends;
  }
}
