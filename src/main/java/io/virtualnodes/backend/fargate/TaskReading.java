package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation.Interruption;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.services.ecs.model.Attachment;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.KeyValuePair;
import software.amazon.awssdk.services.ecs.model.Task;

/**
 * How ECS's description of one task reads, each container by itself.
 *
 * <p>ECS tells no times of containers. One starts when the images are there, or the one before it
 * has ended; an end is when it was first seen, or the end of the task. So what was read of a task
 * before is part of how it reads now.
 *
 * @param states of the group's containers, in their order
 * @param endedAt when the last of it ended; present once nothing of it runs any more
 * @param stopped why the operator had it stopped, if it did
 * @param failedToStart what kept it from starting; present only if it ended by itself, none of its
 *     main containers ran, and no other failed
 * @param interruption what ended it, if that was neither its containers nor the operator
 * @param cutOff which containers were at work then: what they ended with is no success. Of several,
 *     one that ended a moment before, unseen, counts as one of them
 */
record TaskReading(
    Map<String, ContainerState> states,
    Optional<Instant> endedAt,
    Optional<StopReason> stopped,
    Optional<Waiting> failedToStart,
    Optional<Interruption> interruption,
    Set<String> cutOff) {

  /** A kubelet's word for an end of which nothing is known. */
  private static final String UNKNOWN = "ContainerStatusUnknown";

  // What a kubelet writes for such an end: as if killed.
  private static final int KILLED = 137;

  TaskReading {
    states = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(states));
    cutOff = Set.copyOf(cutOff);
  }

  /**
   * @param before how the same task read last
   * @param now when it was described
   */
  static TaskReading of(Task task, TaskShape shape, Optional<TaskReading> before, Instant now) {
    return new Reader(task, before, now).read(shape);
  }

  /** The group's address; empty before it has one. */
  static List<String> addresses(Task task) {
    return task.attachments().stream()
        .filter(attachment -> "ElasticNetworkInterface".equals(attachment.type()))
        .map(Attachment::details)
        .flatMap(List::stream)
        .filter(detail -> "privateIPv4Address".equals(detail.name()))
        .map(KeyValuePair::value)
        .filter(address -> address != null && !address.isEmpty())
        .distinct()
        .toList();
  }

  /** When the task was asked for. */
  static Instant createdAt(Task task) {
    // A task that is shown a moment after it was asked for can lack it.
    return Optional.ofNullable(task.createdAt()).orElse(Instant.EPOCH);
  }

  private record Reader(Task task, Optional<TaskReading> before, Instant now) {

    TaskReading read(TaskShape shape) {
      var states = new LinkedHashMap<String, ContainerState>();
      var earliest = task.pullStoppedAt() == null ? createdAt(task) : task.pullStoppedAt();
      for (var container : shape.containers()) {
        var state = state(container, earliest);
        if (container.part() == Part.INIT && state instanceof Exited exited) {
          earliest = exited.at().isAfter(earliest) ? exited.at() : earliest;
        }
        states.put(container.name(), state);
      }
      var ended = endedAt();
      var stopped = StopReason.of(task.stoppedReason());
      var cutOff = cutOff(shape, states);
      boolean failed =
          ended.isPresent()
              && stopped.isEmpty()
              && cutOff.isEmpty()
              && neverGotToMain(shape, states);
      return new TaskReading(
          states,
          ended,
          stopped,
          failed ? Optional.of(StartFailures.of(task)) : Optional.empty(),
          interruption(),
          cutOff);
    }

    /** Those that were not seen to end before it, and of which none came after. */
    private Set<String> cutOff(TaskShape shape, Map<String, ContainerState> states) {
      if (interruption().isEmpty()) {
        return Set.of();
      }
      var cutOff = new HashSet<>(before.map(TaskReading::cutOff).orElse(Set.of()));
      boolean laterRan = false;
      for (var one : shape.containers().reversed()) {
        var state = states.get(one.name());
        boolean passed = one.part() == Part.INIT && laterRan;
        if (state instanceof Exited && !passed && !endedBefore(one)) {
          cutOff.add(one.name());
        }
        laterRan |= !(state instanceof Waiting);
      }
      return cutOff;
    }

    private boolean endedBefore(TaskShape.Shaped container) {
      return before
          .filter(reading -> reading.states().get(container.name()) instanceof Exited)
          .isPresent();
    }

    private static boolean neverGotToMain(TaskShape shape, Map<String, ContainerState> states) {
      return shape.containers().stream()
          .allMatch(
              one ->
                  switch (states.get(one.name())) {
                    case Waiting _ -> true;
                    case Running _ -> false;
                    case Exited exited -> one.part() == Part.INIT && exited.code() == 0;
                  });
    }

    /** ECS notes the end of the containers before it takes the task's network down. */
    private Optional<Instant> endedAt() {
      if (task.executionStoppedAt() != null) {
        return Optional.of(task.executionStoppedAt());
      }
      return "STOPPED".equals(task.lastStatus())
          ? Optional.of(task.stoppedAt() == null ? now : task.stoppedAt())
          : Optional.empty();
    }

    private ContainerState state(TaskShape.Shaped shaped, Instant earliest) {
      var known = before.map(reading -> reading.states().get(shaped.name()));
      if (known.filter(Exited.class::isInstance).isPresent()) {
        return known.get();
      }
      var found =
          task.containers().stream().filter(one -> shaped.name().equals(one.name())).findFirst();
      var status = found.map(Container::lastStatus).orElse("").toUpperCase(Locale.ROOT);
      return switch (status) {
        case "RUNNING" ->
            endedAt().isPresent()
                ? unknown(shaped, since(known, earliest))
                : new Running(since(known, earliest));
        case "STOPPED" -> stopped(shaped, found.orElseThrow(), known, since(known, earliest));
        default -> new Waiting(Waiting.CREATING, "");
      };
    }

    private ContainerState stopped(
        TaskShape.Shaped shaped,
        Container container,
        Optional<ContainerState> known,
        Instant since) {
      boolean ran = known.filter(Running.class::isInstance).isPresent();
      if (!ran && (container.exitCode() == null || neverStarted(container))) {
        return new Waiting(Waiting.CREATING, "");
      }
      // While a task is being stopped, its end is about to be told, which counts for all.
      if ("STOPPED".equals(task.desiredStatus()) && endedAt().isEmpty()) {
        return new Running(since);
      }
      return container.exitCode() == null
          ? unknown(shaped, since)
          : exited(shaped, container, since);
    }

    /** Of one that waited for another, which did not get as far. */
    private static boolean neverStarted(Container container) {
      return container.reason() != null && container.reason().contains("dependency graph");
    }

    private Exited exited(TaskShape.Shaped shaped, Container container, Instant since) {
      int code = container.exitCode();
      var said = container.reason() == null ? "" : container.reason();
      boolean outOfMemory = said.startsWith("OutOfMemoryError");
      var reason = outOfMemory ? "OOMKilled" : code == 0 ? "Completed" : "Error";
      return new Exited(
          code,
          reason,
          said.isEmpty() ? interruption().map(Interruption::words).orElse("") : said,
          since,
          at(shaped, since));
    }

    /**
     * AWS's codes are open: one that is not known is AWS's own doing, as all new ones of late were.
     */
    private Optional<Interruption> interruption() {
      return switch (task.stopCodeAsString()) {
        case null -> Optional.empty();
        case "EssentialContainerExited", "TaskFailedToStart" -> Optional.empty();
        case "UserInitiated" ->
            StopReason.of(task.stoppedReason()).isPresent()
                ? Optional.empty()
                : Optional.of(interruption(false));
        default -> Optional.of(interruption(true));
      };
    }

    private Interruption interruption(boolean byService) {
      return new Interruption(task.stopCodeAsString() + ": " + task.stoppedReason(), byService);
    }

    private Exited unknown(TaskShape.Shaped shaped, Instant since) {
      return new Exited(
          KILLED,
          UNKNOWN,
          "Fargate tells no exit code: " + task.stoppedReason(),
          since,
          at(shaped, since));
    }

    /** Of one that is seen to have ended: not later than what comes after it began. */
    private Instant at(TaskShape.Shaped shaped, Instant since) {
      boolean before = shaped.part() == Part.INIT && task.startedAt() != null;
      var at = before ? task.startedAt() : endedAt().orElse(now);
      return at.isBefore(since) ? since : at;
    }

    private static Instant since(Optional<ContainerState> known, Instant earliest) {
      return known.isPresent() && known.get() instanceof Running(var since) ? since : earliest;
    }
  }
}
