package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Resources that are changed while a pod runs, which no backend can follow: the pod says so as a
 * kubelet does whose machine has not as much, and a vertical autoscaler then makes the pod anew.
 * Pure.
 *
 * <p>With what a container runs stands in its status, from its first start on, as at a kubelet.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/">Resize
 *     CPU and memory resources assigned to containers</a>
 */
final class PodResize {
  /** The kubelet's type of condition, and its reason where asking again is pointless. */
  static final String PENDING = "PodResizePending";

  private static final String INFEASIBLE = "Infeasible";

  private PodResize() {}

  /**
   * With which resources a container of the pod runs.
   *
   * @param before as its status is now; empty if nothing was told of it yet
   * @param started whether it was started by now
   * @return empty if it has none, or was not started, or nobody took note when it was
   */
  static Optional<ResourceRequirements> told(
      Container container, Optional<ContainerStatus> before, boolean started) {
    var known = before.map(ContainerStatus::getResources);
    // Once only: an API server that does not know the field drops it, and would be told for ever.
    boolean first = started && before.filter(ContainerStatuses::hasRun).isEmpty();
    return known.or(() -> first ? asked(container) : Optional.empty());
  }

  /**
   * Whether the pod asks for other resources than those it runs with; empty if it does not, and did
   * not before.
   */
  static Optional<PodCondition> condition(Pod pod, ContainerStatuses containers, Instant now) {
    var spec = pod.getSpec();
    var paths =
        Stream.concat(
                changed("spec.initContainers", spec.getInitContainers(), containers.init()),
                changed("spec.containers", spec.getContainers(), containers.main()))
            .toList();
    boolean told =
        pod.getStatus().getConditions().stream()
            .anyMatch(condition -> condition.getType().equals(PENDING));
    if (paths.isEmpty()) {
      return told
          ? Optional.of(PodReadiness.condition(pod, PENDING, false, null, null, now))
          : Optional.empty();
    }
    var message =
        String.join(", ", paths)
            + ": cannot be changed while the pod runs on a virtual node; delete the pod to have it"
            + " made anew";
    return Optional.of(PodReadiness.condition(pod, PENDING, true, INFEASIBLE, message, now));
  }

  private static Stream<String> changed(
      String list, List<Container> containers, List<ContainerStatus> statuses) {
    return IntStream.range(0, Math.min(containers.size(), statuses.size()))
        .filter(
            index -> {
              var told = Optional.ofNullable(statuses.get(index).getResources());
              return told.isPresent() && !told.equals(asked(containers.get(index)));
            })
        .mapToObj(index -> "%s[%d].resources".formatted(list, index));
  }

  private static Optional<ResourceRequirements> asked(Container container) {
    return Optional.ofNullable(container.getResources())
        .map(
            resources ->
                new ResourceRequirementsBuilder()
                    .withRequests(resources.getRequests())
                    .withLimits(resources.getLimits())
                    .build())
        .filter(resources -> !isEmpty(resources.getRequests()) || !isEmpty(resources.getLimits()));
  }

  private static boolean isEmpty(Map<?, ?> amounts) {
    return amounts == null || amounts.isEmpty();
  }
}
