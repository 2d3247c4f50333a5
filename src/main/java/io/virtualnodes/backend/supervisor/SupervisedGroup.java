package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.util.List;

/**
 * A group whose containers may have to be started again: not stopped, and complete enough to be
 * restarted in.
 */
public record SupervisedGroup(
    GroupId id, RestartPolicy restartPolicy, List<SupervisedContainer> containers) {

  public SupervisedGroup {
    containers = List.copyOf(containers);
  }

  /** One container and its latest instance. */
  public record SupervisedContainer(String name, Latest latest) {}

  /** How the latest instance of a container is. */
  public sealed interface Latest {
    /** It runs, or is being made for the first time: nothing to do. */
    record Up() implements Latest {}

    record Down(EndedInstance ended) implements Latest {}

    /** Its restart was begun and not ended, such as by an operator that was killed meanwhile. */
    record CutOff(int number, Duration backOff) implements Latest {}
  }
}
