package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Restarts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A group in which something may have to be started or ended.
 *
 * @param restartPolicy of the containers that have none of their own
 * @param grace how long a container that is asked to end has for it, unless the group was stopped
 * @param stopBy when at the latest all of it is to have ended; present once it was asked to stop
 * @param containers in the group's order
 */
public record SupervisedGroup(
    GroupId id,
    RestartPolicy restartPolicy,
    Duration grace,
    Optional<Instant> stopBy,
    List<SupervisedContainer> containers) {

  public SupervisedGroup {
    containers = List.copyOf(containers);
  }

  /**
   * One container and its latest instance.
   *
   * @param restarts what it says itself of being started again
   * @param startedUp of one that runs: whether what waits for it may start
   */
  public record SupervisedContainer(
      String name, Part part, Optional<Restarts> restarts, Latest latest, boolean startedUp) {

    /** One that has started up as soon as it runs. */
    public SupervisedContainer(String name, Part part, Optional<Restarts> restarts, Latest latest) {
      this(name, part, restarts, latest, true);
    }
  }

  /** How the latest instance of a container is. */
  public sealed interface Latest {
    /** There is none to be started: who launches the group is still about to make it. */
    record Absent() implements Latest {}

    /** The first one is there and was never started. */
    record Made() implements Latest {}

    record Up() implements Latest {}

    /** How it is could not be learnt this time; it may run. */
    record Unread() implements Latest {}

    record Down(EndedInstance ended) implements Latest {}

    /** Its restart was begun and not ended, such as by an operator that was killed meanwhile. */
    record CutOff(int number, Duration backOff) implements Latest {}
  }
}
