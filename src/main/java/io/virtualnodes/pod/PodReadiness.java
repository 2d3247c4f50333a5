package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodReadinessGate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The conditions that say how far a pod has come, from its containers: {@code Initialized}, {@code
 * ContainersReady} and {@code Ready}. Pure.
 */
final class PodReadiness {
  private static final Set<String> OUR_CONDITIONS =
      Set.of(
          "PodReadyToStartContainers",
          "Initialized",
          "ContainersReady",
          "Ready",
          "DisruptionTarget",
          PodResize.PENDING);

  private PodReadiness() {}

  static List<PodCondition> of(Pod pod, String phase, ContainerStatuses containers, Instant now) {
    return Stream.concat(
            Stream.of(initialized(pod, phase, containers, now)),
            readiness(pod, phase, containers, now).stream())
        .toList();
  }

  /** As the kubelet: once a main container was started, the pod has been initialized for ever. */
  private static PodCondition initialized(
      Pod pod, String phase, ContainerStatuses containers, Instant now) {
    var sidecars =
        pod.getSpec().getInitContainers().stream()
            .filter(PodContainers::isSidecar)
            .map(Container::getName)
            .collect(Collectors.toSet());
    // A sidecar is done with once it has started up, an init container once it succeeded.
    var passed =
        containers.init().stream()
            .filter(
                status ->
                    Boolean.TRUE.equals(status.getReady())
                        || Boolean.TRUE.equals(status.getStarted())
                            && sidecars.contains(status.getName()))
            .map(ContainerStatus::getName)
            .collect(Collectors.toSet());
    var incomplete =
        pod.getSpec().getInitContainers().stream()
            .map(Container::getName)
            .filter(name -> !passed.contains(name))
            .toList();
    boolean mainStarted = containers.main().stream().anyMatch(ContainerStatuses::hasRun);
    if (incomplete.isEmpty() || mainStarted) {
      var reason = phase.equals(PodStatusReport.SUCCEEDED) ? "PodCompleted" : null;
      return condition(pod, "Initialized", true, reason, null, now);
    }
    var message = "containers with incomplete status: [" + String.join(" ", incomplete) + "]";
    return condition(pod, "Initialized", false, "ContainersNotInitialized", message, now);
  }

  private static List<PodCondition> readiness(
      Pod pod, String phase, ContainerStatuses containers, Instant now) {
    if (PodStatusReport.terminal(phase)) {
      var reason = phase.equals(PodStatusReport.SUCCEEDED) ? "PodCompleted" : "PodFailed";
      return List.of(
          condition(pod, "ContainersReady", false, reason, null, now),
          condition(pod, "Ready", false, reason, null, now));
    }
    var ready =
        containers
            .all()
            .filter(status -> Boolean.TRUE.equals(status.getReady()))
            .map(ContainerStatus::getName)
            .collect(Collectors.toSet());
    var sidecars = pod.getSpec().getInitContainers().stream().filter(PodContainers::isSidecar);
    var unready =
        Stream.concat(sidecars, pod.getSpec().getContainers().stream())
            .map(Container::getName)
            .filter(name -> !ready.contains(name))
            .toList();
    if (!unready.isEmpty()) {
      var message = "containers with unready status: [" + String.join(" ", unready) + "]";
      return List.of(
          condition(pod, "ContainersReady", false, "ContainersNotReady", message, now),
          condition(pod, "Ready", false, "ContainersNotReady", message, now));
    }
    var closedGates =
        pod.getSpec().getReadinessGates().stream()
            .map(PodReadinessGate::getConditionType)
            .filter(type -> current(pod, type).map(c -> !"True".equals(c.getStatus())).orElse(true))
            .toList();
    var containersReady = condition(pod, "ContainersReady", true, null, null, now);
    if (closedGates.isEmpty()) {
      return List.of(containersReady, condition(pod, "Ready", true, null, null, now));
    }
    var message = "corresponding condition of pod readiness gates is not True: " + closedGates;
    return List.of(
        containersReady, condition(pod, "Ready", false, "ReadinessGatesNotReady", message, now));
  }

  /**
   * One of our conditions, which has held since it last changed.
   *
   * @param reason may be null, as the message
   */
  static PodCondition condition(
      Pod pod, String type, boolean holds, String reason, String message, Instant now) {
    assert OUR_CONDITIONS.contains(type) : type;
    var status = holds ? "True" : "False";
    var current = current(pod, type);
    var since =
        current
            .filter(c -> status.equals(c.getStatus()))
            .map(PodCondition::getLastTransitionTime)
            .orElseGet(() -> ContainerStatuses.time(now));
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(status)
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime(since)
        .withObservedGeneration(pod.getMetadata().getGeneration())
        .build();
  }

  private static Optional<PodCondition> current(Pod pod, String type) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst();
  }
}
