package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** For what a pod waits, by its status: in its own words and in those of its containers. Pure. */
final class WaitingReasons {
  // What every container has for a moment; nobody has to look.
  private static final Set<String> ON_THE_WAY = Set.of("ContainerCreating", "PodInitializing");

  private WaitingReasons() {}

  /**
   * The pod's own reason while it is Pending, then each container's that waits, as {@code name:
   * reason}; init containers first. Empty if it waits for nothing that has a name.
   */
  static List<String> of(Pod pod) {
    var status = pod.getStatus();
    if (status == null) {
      return List.of();
    }
    var reasons = new ArrayList<String>();
    if ("Pending".equals(status.getPhase()) && status.getReason() != null) {
      reasons.add(status.getReason());
    }
    Stream.concat(
            status.getInitContainerStatuses().stream(), status.getContainerStatuses().stream())
        .forEach(
            container ->
                reason(container)
                    .ifPresent(reason -> reasons.add(container.getName() + ": " + reason)));
    return List.copyOf(reasons);
  }

  private static Optional<String> reason(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .map(state -> state.getWaiting())
        .map(waiting -> waiting.getReason())
        .filter(reason -> !reason.isEmpty() && !ON_THE_WAY.contains(reason));
  }
}
