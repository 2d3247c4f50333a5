package io.virtualnodes.emulator.ecs;

import io.virtualnodes.emulator.ecs.Containers.Login;
import io.virtualnodes.emulator.ecs.Containers.Run;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** One container of a task, as it is now. Guarded by {@link Tasks}. */
final class TaskContainer {
  final ContainerPlan plan;
  final int place;
  final String arn;

  Status status = Status.PENDING;
  // With the values of secrets, once these were fetched.
  Map<String, String> environment = Map.of();
  // What its image is fetched with, likewise.
  Optional<Login> login = Optional.empty();
  Optional<Run> run = Optional.empty();
  Optional<Instant> startedAt = Optional.empty();
  String runtimeId = "";
  Optional<String> digest = Optional.empty();
  Optional<Boolean> healthy = Optional.empty();
  Optional<Integer> exitCode = Optional.empty();
  Optional<String> reason = Optional.empty();
  Optional<Instant> endedAt = Optional.empty();
  // Whether it was asked to end.
  boolean told;
  // How many lines of the present run are in its log.
  int linesTaken;

  /** What is shown of it. */
  enum Status {
    PENDING,
    RUNNING,
    STOPPED
  }

  TaskContainer(ContainerPlan plan, int place, String arn) {
    this.plan = plan;
    this.place = place;
    this.arn = arn;
  }

  /** Whether a process of it has ever run. */
  boolean hasRun() {
    return startedAt.isPresent();
  }

  /** Whether a process of it runs, or is about to. */
  boolean isUp() {
    return run.isPresent() && status != Status.STOPPED;
  }
}
