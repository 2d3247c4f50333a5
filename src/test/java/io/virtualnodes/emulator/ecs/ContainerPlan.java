package io.virtualnodes.emulator.ecs;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What one container of a task is to be, with what its launch overrides.
 *
 * @param essential whether its end is that of the task
 * @param entryPoint empty keeps the image's
 * @param command empty keeps the image's, unless {@code entryPoint} is given
 * @param secrets the names of variables, each with where its value is kept
 * @param startTimeout how long others wait for what they wait for of it; empty is without end
 * @param stopTimeout between being asked to end and being killed
 * @param memoryMib of which it may not use more; empty is as much as the task has
 * @param registryLogin the secret that its image is fetched with
 */
record ContainerPlan(
    String name,
    String image,
    boolean essential,
    List<String> entryPoint,
    List<String> command,
    Optional<String> workingDirectory,
    Optional<String> user,
    Map<String, String> environment,
    Map<String, String> secrets,
    List<Dependency> dependsOn,
    Optional<Duration> startTimeout,
    Duration stopTimeout,
    Optional<HealthCheck> healthCheck,
    Optional<Restarts> restarts,
    Optional<LogPlan> log,
    List<Mount> mounts,
    List<String> memoryMounts,
    boolean readOnlyRoot,
    Optional<Integer> memoryMib,
    Optional<String> registryLogin) {

  ContainerPlan {
    entryPoint = List.copyOf(entryPoint);
    command = List.copyOf(command);
    // Not Map.copyOf, which forgets the order.
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    secrets = Collections.unmodifiableMap(new LinkedHashMap<>(secrets));
    dependsOn = List.copyOf(dependsOn);
    mounts = List.copyOf(mounts);
    memoryMounts = List.copyOf(memoryMounts);
  }

  /** What another container must have come to first. */
  enum Condition {
    START,
    COMPLETE,
    SUCCESS,
    HEALTHY
  }

  record Dependency(String container, Condition condition) {}

  /**
   * A command that tells whether a container is well.
   *
   * @param test as it is written in a definition: {@code CMD} or {@code CMD-SHELL} comes first
   */
  record HealthCheck(
      List<String> test, Duration interval, Duration timeout, int retries, Duration startPeriod) {
    HealthCheck {
      test = List.copyOf(test);
    }
  }

  /**
   * That a container is started again in its place.
   *
   * @param period for which a run must have lasted
   */
  record Restarts(Duration period, Set<Integer> ignoredExitCodes) {
    Restarts {
      ignoredExitCodes = Set.copyOf(ignoredExitCodes);
    }

    boolean takeUp(int code, Duration ran) {
      return !ignoredExitCodes.contains(code) && ran.compareTo(period) >= 0;
    }
  }

  /** The stream is named {@code <prefix>/<container>/<id of the task>}. */
  record LogPlan(String group, String prefix, boolean createsGroup) {}

  /** Where a container sees a volume that it shares with others of its task. */
  record Mount(String volume, String path, boolean readOnly) {}

  /** Without its environment, which may hold what is secret. */
  @Override
  public String toString() {
    return "ContainerPlan[" + name + ", " + image + "]";
  }
}
