package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.ecs.ContainerPlan.Dependency;
import io.virtualnodes.emulator.ecs.Containers.Run;
import io.virtualnodes.emulator.ecs.Containers.State;
import io.virtualnodes.emulator.ecs.Task.Stop;
import io.virtualnodes.emulator.ecs.TaskContainer.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/**
 * The containers of a task: which may start, which have failed, which are started again and in what
 * order they end. It is the rules of ECS's agent.
 *
 * @see <a href="https://github.com/aws/amazon-ecs-agent">amazon-ecs-agent</a>
 */
final class ContainerLife {
  // 128 and the number of SIGTERM: what the agent gives to those that it never started.
  private static final int FORCED = 143;

  private final Faults faults;
  private final Containers containers;
  private final LogGroups logs;

  ContainerLife(Faults faults, Containers containers, LogGroups logs) {
    this.faults = faults;
    this.containers = containers;
    this.logs = logs;
  }

  /** What has become of a dependency. */
  private enum Outlook {
    MET,
    OPEN,
    IMPOSSIBLE
  }

  // ---- Looking

  /**
   * Takes over how containers are.
   *
   * @return whether any is another than before, but for its health
   */
  boolean observe(Task task, Instant now) {
    if (task.containers.stream().noneMatch(TaskContainer::isUp)) {
      return false;
    }
    var states = containers.look();
    boolean changed = false;
    for (var container : task.containers) {
      if (container.isUp()) {
        changed |= observe(task, container, states.get(container.run.get()), now);
      }
    }
    return changed;
  }

  private boolean observe(Task task, TaskContainer container, State state, Instant now) {
    return switch (state) {
      case State.Starting _ -> false;
      case State.Running(var since, var digest, var healthy) -> {
        container.healthy = healthy;
        boolean starts = container.status != Status.RUNNING;
        if (starts) {
          container.status = Status.RUNNING;
          container.startedAt = Optional.of(since);
          container.digest = digest;
        }
        yield starts;
      }
      case State.Exited(var code, var outOfMemory, var digest, var since, var at) -> {
        container.startedAt = Optional.of(since);
        container.digest = digest;
        takeLog(task, container, now);
        var restarts = container.plan.restarts();
        if (!task.isToStop()
            && restarts.filter(one -> one.takeUp(code, Duration.between(since, at))).isPresent()) {
          start(task, container);
        } else {
          end(container, Optional.of(code), at);
          if (outOfMemory) {
            container.reason =
                Optional.of("OutOfMemoryError: Container killed due to memory usage");
          }
        }
        yield true;
      }
      case State.Failed(var message, var at) -> {
        end(container, Optional.empty(), at);
        container.reason = Optional.of("CannotStartContainerError: " + message);
        yield true;
      }
    };
  }

  private static void end(TaskContainer container, Optional<Integer> code, Instant at) {
    container.status = Status.STOPPED;
    container.exitCode = code;
    container.endedAt = Optional.of(at);
    container.healthy = Optional.empty();
  }

  /** Adds what a container wrote since to its log. */
  void takeLog(Task task, TaskContainer container, Instant now) {
    if (container.run.isPresent() && container.plan.log().isPresent()) {
      var lines = containers.log(container.run.get());
      var more = lines.subList(Math.min(container.linesTaken, lines.size()), lines.size());
      container.linesTaken += more.size();
      var plan = container.plan.log().get();
      logs.append(plan.group(), stream(task, container), more, now);
    }
  }

  static String stream(Task task, TaskContainer container) {
    return container.plan.log().orElseThrow().prefix()
        + "/"
        + container.plan.name()
        + "/"
        + task.id;
  }

  // ---- Starting

  boolean allStarted(Task task) {
    return task.containers.stream().allMatch(one -> one.hasRun() || one.status == Status.STOPPED);
  }

  /**
   * Starts what waits for nothing any more, and gives up what waits in vain.
   *
   * @return whether there was any
   */
  boolean startAllThatMay(Task task, Instant now) {
    boolean moved = false;
    for (var container : task.containers) {
      if (container.status == Status.PENDING && container.run.isEmpty()) {
        moved |= startIfItMay(task, container, now);
      }
    }
    return moved;
  }

  private boolean startIfItMay(Task task, TaskContainer container, Instant now) {
    for (var dependency : container.plan.dependsOn()) {
      var target = task.container(dependency.container());
      switch (outlook(dependency, target)) {
        case MET -> {}
        case OPEN -> {
          return target.plan.startTimeout().isPresent()
              && isLate(target, now)
              && force(container, dependency, "has timed out.", now);
        }
        case IMPOSSIBLE -> {
          return !faults.letsDependantsHang()
              && force(container, dependency, "as dependency did not exit successfully.", now);
        }
      }
    }
    start(task, container);
    return true;
  }

  private static boolean isLate(TaskContainer target, Instant now) {
    return target
        .startedAt
        .filter(at -> !now.isBefore(at.plus(target.plan.startTimeout().orElseThrow())))
        .isPresent();
  }

  private static Outlook outlook(Dependency dependency, TaskContainer target) {
    boolean over = target.status == Status.STOPPED;
    return switch (dependency.condition()) {
      case START -> of(target.hasRun(), over);
      case COMPLETE -> of(over && target.hasRun(), over);
      case SUCCESS -> of(over && target.hasRun() && target.exitCode.equals(Optional.of(0)), over);
      case HEALTHY -> of(target.healthy.orElse(false), over);
    };
  }

  private static Outlook of(boolean met, boolean over) {
    if (met) {
      return Outlook.MET;
    }
    return over ? Outlook.IMPOSSIBLE : Outlook.OPEN;
  }

  private static boolean force(
      TaskContainer container, Dependency dependency, String why, Instant now) {
    end(container, Optional.of(FORCED), now);
    container.reason =
        Optional.of(
            "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [%s] for target [%s] %s"
                .formatted(dependency.container(), container.plan.name(), why));
    return true;
  }

  private void start(Task task, TaskContainer container) {
    int number = container.run.map(before -> before.number() + 1).orElse(0);
    var run = new Run(task.id, container.place, container.plan.name(), number);
    container.run = Optional.of(run);
    container.status = Status.PENDING;
    container.exitCode = Optional.empty();
    container.runtimeId = task.id + "-" + (3_527_000_000L + container.place * 1000L + number);
    container.linesTaken = 0;
    container.plan.log().ifPresent(plan -> logs.open(plan.group(), stream(task, container)));
    containers.start(run, container.plan, container.environment);
  }

  // ---- Ending

  /** Why a task ends by itself; empty as long as its essential containers do not. */
  Optional<Stop> end(Task task) {
    return task.containers.stream()
        .filter(one -> one.plan.essential() && one.status == Status.STOPPED)
        .min(Comparator.comparing(one -> one.endedAt.orElse(Instant.MAX)))
        .map(
            one ->
                new Stop(
                    one.exitCode.isEmpty() ? "TaskFailedToStart" : "EssentialContainerExited",
                    one.exitCode.isEmpty()
                        ? one.reason.orElse("Task failed to start")
                        : "Essential container in task exited",
                    one.endedAt.orElseThrow()));
  }

  /**
   * Asks those to end for which no running container waited at its start: the order of the start,
   * reversed.
   *
   * @return whether there was any
   */
  boolean stopAllThatMay(Task task) {
    boolean moved = false;
    for (var container : task.containers) {
      boolean needed =
          task.containers.stream()
              .filter(TaskContainer::isUp)
              .flatMap(one -> one.plan.dependsOn().stream())
              .anyMatch(dependency -> dependency.container().equals(container.plan.name()));
      if (container.isUp() && !container.told && !needed) {
        container.told = true;
        containers.stop(container.run.get(), container.plan.stopTimeout());
        moved = true;
      }
    }
    return moved;
  }
}
