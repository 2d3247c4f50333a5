package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A running container that is looked after.
 *
 * @param runtimeId the runtime's own id of this instance
 * @param since when this instance was started
 * @param address at which its group answers; empty while it has none
 * @param policy by which this container is restarted
 * @param grace what it has for its end, when nobody says otherwise
 * @param groupStopped whether its group was asked to end
 * @param milestones what is on record of this instance
 */
public record TendedContainer(
    Instance instance,
    GroupOwner owner,
    String runtimeId,
    Instant since,
    Care care,
    Optional<String> address,
    RestartPolicy policy,
    Duration grace,
    boolean groupStopped,
    Set<Milestone> milestones) {

  public TendedContainer {
    milestones = Set.copyOf(milestones);
  }

  /**
   * One run of a container.
   *
   * @param number how many restarts came before it
   */
  public record Instance(GroupId group, String container, int number) {}

  /** What an instance got to, once and for all; kept where the container is. */
  public enum Milestone {
    /** Its postStart hook is done. */
    POST_STARTED,
    /** Its startup probe passed. */
    STARTED_UP,
    /** A probe found that it must be restarted, whatever it ends with. */
    UNHEALTHY
  }

  boolean postStarted() {
    return care.postStart().isEmpty() || milestones.contains(Milestone.POST_STARTED);
  }

  boolean startedUp() {
    return care.startup().isEmpty() || milestones.contains(Milestone.STARTED_UP);
  }
}
