package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.ecs.Containers.Pull;
import io.virtualnodes.emulator.ecs.Task.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Moves tasks on: from being accepted to what is left of them. It is the rules of ECS's control
 * plane; those of its agent, which knows containers, are in {@link ContainerLife}.
 */
final class TaskLife {
  private final Limits limits;
  private final Containers containers;
  private final ContainerLife agent;
  private final Initialisation initialisation;
  private final BiConsumer<Task, Instant> changed;

  /**
   * @param changed is told of each change that is an event
   */
  TaskLife(
      Limits limits,
      Containers containers,
      ContainerLife agent,
      Initialisation initialisation,
      BiConsumer<Task, Instant> changed) {
    this.limits = limits;
    this.containers = containers;
    this.agent = agent;
    this.initialisation = initialisation;
    this.changed = changed;
  }

  /** Tells of a task that is new. */
  void accept(Task task, Instant now) {
    changed.accept(task, now);
  }

  /** Does all that is due. */
  void advance(Task task, Instant now) {
    boolean goesOn = task.status != Status.STOPPED;
    while (goesOn) {
      var before = task.status;
      if (agent.observe(task, now)) {
        change(task, now);
      }
      step(task, now);
      goesOn = task.status != before && task.status != Status.STOPPED;
    }
  }

  private void step(Task task, Instant now) {
    switch (task.status) {
      case PROVISIONING -> provisioning(task, now);
      case PENDING -> pending(task, now);
      case ACTIVATING -> activating(task, now);
      case RUNNING -> running(task, now);
      case DEACTIVATING -> passing(task, limits.deactivating(), Status.STOPPING, now);
      case STOPPING -> stopping(task, now);
      case DEPROVISIONING -> deprovisioning(task, now);
      case STOPPED -> {}
    }
  }

  /** It is to end, from now on. */
  void stop(Task task, String code, String reason, Instant at) {
    if (task.isToStop()) {
      return;
    }
    task.stop = Optional.of(new Task.Stop(code, shortened(reason), at));
    change(task, at);
  }

  /** Nothing of it is to be left. */
  void abandon(Task task) {
    if (task.status != Status.STOPPED) {
      containers.remove(task.id);
    }
  }

  private static String shortened(String reason) {
    // AWS cuts what is longer.
    return reason.length() <= 1024 ? reason : reason.substring(0, 1024);
  }

  private void provisioning(Task task, Instant now) {
    if (task.isToStop()) {
      move(task, Status.DEPROVISIONING, now);
      return;
    }
    containers.prepare(task.id, initialisation.volumes(task));
    var due = task.since.plus(limits.provisioning());
    var address = containers.address(task.id);
    if (address.isPresent() && !now.isBefore(due)) {
      task.address = address;
      task.connectedAt = Optional.of(due);
      move(task, Status.PENDING, due);
    }
  }

  private void pending(Task task, Instant now) {
    if (task.isToStop()) {
      move(task, Status.STOPPING, now);
      return;
    }
    if (!task.initialised && !initialise(task, now)) {
      return;
    }
    if (task.pullStoppedAt.isEmpty() && !pull(task, now)) {
      return;
    }
    runContainers(task, now);
    if (task.isToStop()) {
      move(task, Status.STOPPING, now);
    } else if (agent.allStarted(task)) {
      move(task, Status.ACTIVATING, now);
    } else if (!now.isBefore(task.since.plus(limits.dependencyPatience()))) {
      stop(
          task,
          "TaskFailedToStart",
          "Timeout waiting for the containers of the task to start",
          now);
      move(task, Status.STOPPING, now);
    }
  }

  /** Fetches secrets and looks for log groups. */
  private boolean initialise(Task task, Instant now) {
    var failure = initialisation.initialise(task);
    if (failure.isPresent()) {
      fail(task, failure.get(), now);
      return false;
    }
    task.initialised = true;
    return true;
  }

  /**
   * Fetches the images of all containers before any is started: whether Fargate waits with those of
   * dependants is not published.
   */
  private boolean pull(Task task, Instant now) {
    if (task.pullStartedAt.isEmpty()) {
      task.pullStartedAt = Optional.of(task.since);
      change(task, task.since);
    }
    boolean going = false;
    for (var container : task.containers) {
      switch (containers.pull(container.plan.image(), container.login)) {
        case Pull.Going _ -> going = true;
        case Pull.Done _ -> {}
        case Pull.Failed(var message) -> {
          fail(task, "CannotPullContainerError: " + message, now);
          return false;
        }
      }
    }
    var due = task.pullStartedAt.get().plus(limits.pulling());
    if (going || now.isBefore(due)) {
      return false;
    }
    // Where an image took longer, this is when that was noticed.
    task.pullStoppedAt = Optional.of(due);
    change(task, due);
    return true;
  }

  private void fail(Task task, String reason, Instant now) {
    stop(task, "TaskFailedToStart", reason, now);
    move(task, Status.STOPPING, now);
  }

  private void activating(Task task, Instant now) {
    runContainers(task, now);
    if (task.isToStop()) {
      move(task, Status.DEACTIVATING, now);
      return;
    }
    var due = task.since.plus(limits.activating());
    if (!now.isBefore(due)) {
      task.startedAt = Optional.of(due);
      move(task, Status.RUNNING, due);
    }
  }

  private void running(Task task, Instant now) {
    runContainers(task, now);
    if (task.isToStop()) {
      move(task, Status.DEACTIVATING, now);
    }
  }

  /** Starts what may be started, until an essential one has ended. */
  private void runContainers(Task task, Instant now) {
    if (!task.isToStop()) {
      boolean moved = true;
      while (moved) {
        moved = agent.startAllThatMay(task, now);
        if (moved) {
          agent.observe(task, now);
          change(task, now);
        }
      }
      agent.end(task).ifPresent(end -> stop(task, end.code(), end.reason(), end.at()));
    }
  }

  private void passing(Task task, Duration time, Status next, Instant now) {
    var due = task.since.plus(time);
    if (!now.isBefore(due)) {
      move(task, next, due);
    }
  }

  private void stopping(Task task, Instant now) {
    if (agent.stopAllThatMay(task)) {
      agent.observe(task, now);
      change(task, now);
    }
    if (task.containers.stream().noneMatch(TaskContainer::isUp)) {
      task.containers.forEach(one -> one.status = TaskContainer.Status.STOPPED);
      var ended =
          task.containers.stream()
              .flatMap(one -> one.endedAt.stream())
              .filter(at -> at.isAfter(task.since))
              .max(Instant::compareTo)
              .orElse(task.since);
      if (task.containers.stream().anyMatch(TaskContainer::hasRun)) {
        task.executionStoppedAt = Optional.of(ended);
      }
      move(task, Status.DEPROVISIONING, ended);
    }
  }

  private void deprovisioning(Task task, Instant now) {
    var due = task.since.plus(limits.deprovisioning());
    if (!now.isBefore(due)) {
      task.containers.forEach(one -> one.status = TaskContainer.Status.STOPPED);
      task.stoppedAt = Optional.of(due);
      if (task.stop.isEmpty()) {
        throw new IllegalStateException("a task that nobody stopped: " + task.arn());
      }
      containers.remove(task.id);
      move(task, Status.STOPPED, due);
    }
  }

  private void move(Task task, Status status, Instant at) {
    task.status = status;
    task.since = at;
    change(task, at);
  }

  private void change(Task task, Instant at) {
    task.version++;
    changed.accept(task, at);
  }
}
