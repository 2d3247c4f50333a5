package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.GroupId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the node's port has to know of a pod.
 *
 * @param group the group that runs it, or would
 * @param ended whether it has ended: its group is then kept for a while only
 */
public record ServedPod(GroupId group, List<Container> containers, boolean ended) {
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");

  public ServedPod {
    containers = List.copyOf(containers);
  }

  /**
   * One container of the pod, of whichever kind.
   *
   * @param waiting why it has not started, in the kubelet's words, such as ContainerCreating; empty
   *     once it has
   */
  public record Container(String name, Optional<String> waiting) {}

  /** As the pod's spec and status say. */
  public static ServedPod of(Pod pod, GroupId group) {
    var spec = pod.getSpec();
    var names =
        Stream.of(
                spec.getInitContainers().stream().map(container -> container.getName()),
                spec.getContainers().stream().map(container -> container.getName()),
                spec.getEphemeralContainers().stream().map(container -> container.getName()))
            .flatMap(kind -> kind);
    return new ServedPod(
        group,
        names.map(name -> new Container(name, waiting(pod, name))).toList(),
        Optional.ofNullable(pod.getStatus())
            .map(status -> status.getPhase())
            .filter(ENDS::contains)
            .isPresent());
  }

  Optional<Container> container(String name) {
    return containers.stream().filter(container -> container.name().equals(name)).findFirst();
  }

  private static Optional<String> waiting(Pod pod, String container) {
    var state =
        Optional.ofNullable(pod.getStatus()).stream()
            .flatMap(
                status ->
                    Stream.of(
                        status.getInitContainerStatuses(),
                        status.getContainerStatuses(),
                        status.getEphemeralContainerStatuses()))
            .flatMap(List::stream)
            .filter(status -> status.getName().equals(container))
            .map(ContainerStatus::getState)
            .filter(Objects::nonNull)
            .findFirst();
    if (state.isPresent()
        && (state.get().getRunning() != null || state.get().getTerminated() != null)) {
      return Optional.empty();
    }
    return Optional.of(
        state
            .map(present -> present.getWaiting())
            .map(waiting -> waiting.getReason())
            .filter(reason -> !reason.isEmpty())
            .orElse(ContainerState.Waiting.CREATING));
  }
}
