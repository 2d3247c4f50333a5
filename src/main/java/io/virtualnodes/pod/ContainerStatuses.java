package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a pod's status tells of its containers: a pure function of what was seen of them.
 *
 * @param init of the init containers, sidecars among them; as long as the spec's list, or empty
 * @param main of the others; as long as the spec's list, or empty
 * @param ephemeral of those that were added while the pod ran; nothing else depends on them
 */
record ContainerStatuses(
    List<ContainerStatus> init, List<ContainerStatus> main, List<ContainerStatus> ephemeral) {
  static final ContainerStatuses NONE = new ContainerStatuses(List.of(), List.of(), List.of());

  /** The kubelet's word for what waits in a pod that has init containers. */
  static final String INITIALIZING = "PodInitializing";

  // The kubelet's own words for a container that it can no longer find.
  private static final String UNKNOWN = "ContainerStatusUnknown";
  private static final int KILLED = 137;

  /** Of a pod whose group was seen. */
  static ContainerStatuses of(Pod pod, Observation group, NodeFacts node, Instant now) {
    var seen =
        group.containers().stream().collect(Collectors.toMap(ContainerObservation::name, c -> c));
    var spec = pod.getSpec();
    var share = MessageShare.of(spec);
    return new ContainerStatuses(
        spec.getInitContainers().stream().map(c -> share.of(initStatus(pod, c, seen))).toList(),
        spec.getContainers().stream()
            .map(c -> atTheEnd(pod, group, mainStatus(pod, c, seen)))
            .map(share::of)
            .toList(),
        ephemeral(pod, group, node, now));
  }

  /**
   * Nothing is made before all variables are known: each container that refers to something waits
   * for it, as the kubelet says it of a container, and the others for those.
   */
  static ContainerStatuses withoutVariables(Pod pod, String message) {
    var spec = pod.getSpec();
    return new ContainerStatuses(
        spec.getInitContainers().stream()
            .map(c -> withoutVariables(c, initStatus(pod, c, Map.of()), message))
            .toList(),
        spec.getContainers().stream()
            .map(c -> withoutVariables(c, mainStatus(pod, c, Map.of()), message))
            .toList(),
        List.of());
  }

  private static ContainerStatus withoutVariables(
      Container container, ContainerStatus status, String message) {
    return PodReferences.inVariables(container)
        ? status
            .edit()
            .editState()
            .withNewWaiting()
            .withReason(PodFailure.CONFIG_ERROR)
            .withMessage(message)
            .endWaiting()
            .endState()
            .build()
        : status;
  }

  /**
   * That nothing waits in a pod that ended, as {@link #ended} says why; only where init containers
   * failed it is told that the others were never reached.
   */
  private static ContainerStatus atTheEnd(Pod pod, Observation group, ContainerStatus status) {
    if (group.finishedAt().isEmpty()
        || status.getState().getWaiting() == null
        || !initialized(pod, group)) {
      return status;
    }
    return lastRun(status)
        .orElseGet(
            () ->
                new ContainerStatusBuilder(status)
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(KILLED)
                    .withReason(UNKNOWN)
                    .withMessage("The pod ended while this container waited.")
                    .withFinishedAt(time(group.finishedAt().get()))
                    .endTerminated()
                    .endState()
                    .build());
  }

  private static boolean initialized(Pod pod, Observation group) {
    var ended =
        group.containers().stream()
            .filter(c -> c.state() instanceof Exited exited && exited.code() == 0)
            .map(ContainerObservation::name)
            .collect(Collectors.toSet());
    return pod.getSpec().getInitContainers().stream()
        .filter(c -> !PodContainers.isSidecar(c))
        .map(Container::getName)
        .allMatch(ended::contains);
  }

  private static List<ContainerStatus> ephemeral(
      Pod pod, Observation group, NodeFacts node, Instant now) {
    var statuses =
        pod.getSpec().getEphemeralContainers().stream()
            .map(wanted -> ephemeralStatus(pod, wanted, group, node))
            .toList();
    return group.progress() == Observation.Progress.FINISHED
        ? ended(statuses, "The pod ended before it.", now)
        : statuses;
  }

  /** Of init and main containers. */
  Stream<ContainerStatus> all() {
    return Stream.concat(init.stream(), main.stream());
  }

  /** Whether an init or main container is known to have been started. */
  boolean anyStarted() {
    return all().map(ContainerStatus::getState).anyMatch(ContainerStatuses::wasStarted);
  }

  private static boolean wasStarted(ContainerState state) {
    return state.getRunning() != null
        || state.getTerminated() != null && state.getTerminated().getStartedAt() != null;
  }

  /** Whether a container was ever started, as far as it is told. */
  static boolean hasRun(ContainerStatus status) {
    return status.getState() != null && status.getState().getWaiting() == null
        || status.getRestartCount() != null && status.getRestartCount() > 0;
  }

  private static ContainerStatus mainStatus(
      Pod pod, Container container, Map<String, ContainerObservation> seen) {
    return onward(
        pod.getStatus().getContainerStatuses(),
        end -> PodRestarts.endedForGood(pod, container, end),
        containerStatus(pod, container, seen));
  }

  private static ContainerStatus initStatus(
      Pod pod, Container container, Map<String, ContainerObservation> seen) {
    var status = containerStatus(pod, container, seen);
    if (PodContainers.isSidecar(container)) {
      return status;
    }
    var ended = status.getState().getTerminated();
    var init =
        new ContainerStatusBuilder(status)
            .withReady(ended != null && ended.getExitCode() == 0)
            .build();
    return onward(
        pod.getStatus().getInitContainerStatuses(),
        end -> PodRestarts.endedForGood(pod, container, end),
        init);
  }

  /** As the kubelet's: never ready, and never started again. */
  private static ContainerStatus ephemeralStatus(
      Pod pod, EphemeralContainer wanted, Observation group, NodeFacts node) {
    var container =
        new ContainerBuilder().withName(wanted.getName()).withImage(wanted.getImage()).build();
    var refusals = PodGuests.refusals(pod, wanted.getName(), node);
    var status =
        refusals.isEmpty()
            ? PodGuests.seen(group, wanted.getName())
                .map(seen -> containerStatus(pod, container, seen, Waiting.CREATING))
                .orElseGet(() -> notObserved(container, Waiting.CREATING))
            : refused(container, String.join("; ", refusals));
    return onward(
        pod.getStatus().getEphemeralContainerStatuses(),
        _ -> true,
        new ContainerStatusBuilder(status).withReady(false).withStarted(null).build());
  }

  private static ContainerStatus refused(Container container, String why) {
    return new ContainerStatusBuilder(notObserved(container, "Unsupported"))
        .editState()
        .editWaiting()
        .withMessage(why)
        .endWaiting()
        .endState()
        .build();
  }

  /**
   * What ended for good stays ended, whoever started it again at the backend: the API server
   * refuses a whole status in which such a container runs.
   *
   * @param forGood whether the container is never started again after an end
   */
  private static ContainerStatus onward(
      List<ContainerStatus> current,
      Predicate<ContainerStateTerminated> forGood,
      ContainerStatus status) {
    if (status.getState().getTerminated() != null) {
      return status;
    }
    return current.stream()
        .filter(before -> before.getName().equals(status.getName()))
        .filter(before -> end(before).filter(forGood).isPresent())
        .findFirst()
        .orElse(status);
  }

  private static Optional<ContainerStateTerminated> end(ContainerStatus status) {
    return Optional.ofNullable(status.getState()).map(ContainerState::getTerminated);
  }

  private static ContainerStatus containerStatus(
      Pod pod, Container container, Map<String, ContainerObservation> observed) {
    var creating = pod.getSpec().getInitContainers().isEmpty() ? Waiting.CREATING : INITIALIZING;
    var seen = observed.get(container.getName());
    return seen == null
        ? notObserved(container, creating)
        : containerStatus(pod, container, seen, creating);
  }

  private static ContainerStatus containerStatus(
      Pod pod, Container container, ContainerObservation seen, String creating) {
    boolean running = seen.state() instanceof Running;
    var state = new ContainerStateBuilder();
    switch (seen.state()) {
      case Waiting(var reason, var message) ->
          state
              .withNewWaiting()
              .withReason(reason.equals(Waiting.CREATING) ? creating : reason)
              .withMessage(message.isEmpty() ? null : message)
              .endWaiting();
      case Running(var since) -> state.withNewRunning().withStartedAt(time(since)).endRunning();
      case Exited exited -> terminated(state, exited, seen.containerId());
    }
    var last = new ContainerStateBuilder();
    seen.previous().ifPresent(exited -> terminated(last, exited, seen.previousId()));
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(seen.image().isEmpty() ? container.getImage() : seen.image())
        .withImageID(seen.imageId())
        .withContainerID(seen.containerId().isEmpty() ? null : seen.containerId())
        .withRestartCount(seen.restarts())
        .withReady(running && ready(pod, seen))
        .withStarted(running && seen.health().map(Health::started).orElse(true))
        .withResources(resources(pod, container, seen))
        .withState(state.build())
        .withLastState(last.build())
        .build();
  }

  private static ResourceRequirements resources(
      Pod pod, Container container, ContainerObservation seen) {
    boolean started = !(seen.state() instanceof Waiting) || seen.previous().isPresent();
    return PodResize.told(container, toldOf(pod, container.getName()), started).orElse(null);
  }

  private static Optional<ContainerStatus> toldOf(Pod pod, String name) {
    return Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream())
        .filter(told -> told.getName().equals(name))
        .findFirst();
  }

  private static boolean ready(Pod pod, ContainerObservation seen) {
    return seen.health()
        .map(
            health ->
                switch (health.ready()) {
                  case YES -> true;
                  case NO -> false;
                  case AS_TOLD_BEFORE -> wasReady(pod, seen);
                })
        .orElse(true);
  }

  /** Of this very run of the container, whoever told it. */
  private static boolean wasReady(Pod pod, ContainerObservation seen) {
    return toldOf(pod, seen.name())
        .filter(told -> seen.containerId().equals(told.getContainerID()))
        .filter(told -> Boolean.TRUE.equals(told.getReady()))
        .isPresent();
  }

  private static void terminated(ContainerStateBuilder state, Exited exited, String containerId) {
    state
        .withNewTerminated()
        .withExitCode(exited.code())
        .withReason(exited.reason())
        .withMessage(exited.message().isEmpty() ? null : exited.message())
        .withStartedAt(time(exited.since()))
        .withFinishedAt(time(exited.at()))
        .withContainerID(containerId.isEmpty() ? null : containerId)
        .endTerminated();
  }

  private static ContainerStatus notObserved(Container container, String creating) {
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("")
        .withRestartCount(0)
        .withReady(false)
        .withStarted(false)
        .withNewState()
        .withNewWaiting()
        .withReason(creating)
        .endWaiting()
        .endState()
        .withNewLastState()
        .endLastState()
        .build();
  }

  /**
   * Of a container that waited for its next run when there was none any more: it is as its last one
   * ended. Empty if it never ran, or runs.
   */
  private static Optional<ContainerStatus> lastRun(ContainerStatus status) {
    var last =
        Optional.ofNullable(status.getLastState())
            .filter(state -> state.getTerminated() != null)
            .filter(_ -> status.getState() != null && status.getState().getWaiting() != null);
    return last.map(
        state ->
            new ContainerStatusBuilder(status)
                .withReady(false)
                .withStarted(false)
                .withState(state)
                .withNewLastState()
                .endLastState()
                .build());
  }

  /**
   * The last known container statuses, with what had not ended ended at {@code now}. As the
   * kubelet: a container that waits in a pod that ended would be taken for trouble for ever.
   */
  static ContainerStatuses ended(Pod pod, String message, Instant now) {
    return new ContainerStatuses(
        ended(pod.getStatus().getInitContainerStatuses(), message, now),
        ended(pod.getStatus().getContainerStatuses(), message, now).stream()
            .map(status -> new ContainerStatusBuilder(status).withReady(false).build())
            .toList(),
        ended(pod.getStatus().getEphemeralContainerStatuses(), message, now));
  }

  private static List<ContainerStatus> ended(
      List<ContainerStatus> statuses, String message, Instant now) {
    return statuses.stream()
        .map(
            status -> {
              var state = Optional.ofNullable(status.getState()).orElseGet(ContainerState::new);
              if (state.getTerminated() != null) {
                return status;
              }
              return lastRun(status).orElseGet(() -> cutOff(status, state, message, now));
            })
        .toList();
  }

  private static ContainerStatus cutOff(
      ContainerStatus status, ContainerState state, String message, Instant now) {
    return new ContainerStatusBuilder(status)
        .withReady(false)
        .withStarted(false)
        .withNewState()
        .withNewTerminated()
        .withExitCode(KILLED)
        .withReason(UNKNOWN)
        .withMessage(message)
        .withStartedAt(state.getRunning() == null ? null : state.getRunning().getStartedAt())
        .withFinishedAt(time(now))
        .withContainerID(status.getContainerID())
        .endTerminated()
        .endState()
        .build();
  }

  /** Kubernetes' {@code Time}: whole seconds. */
  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
