package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Waiting;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a pod's owner is told of one of its containers that cannot be started, in a kubelet's words.
 * Pure: it is what one status has and the one before had not.
 *
 * @param field of the container, as an event names it, such as {@code spec.containers{main}}
 */
record ContainerNews(String field, PodEventReason reason, String message) {
  /** In the order of the status. A pod that waits for something outside itself says so itself. */
  static List<ContainerNews> between(Pod before, PodStatus after) {
    if (after.getReason() != null) {
      return List.of();
    }
    var told = before.getStatus();
    return Stream.of(
            news(
                before,
                "spec.initContainers",
                told.getInitContainerStatuses(),
                after.getInitContainerStatuses()),
            news(
                before,
                "spec.containers",
                told.getContainerStatuses(),
                after.getContainerStatuses()),
            news(
                before,
                "spec.ephemeralContainers",
                told.getEphemeralContainerStatuses(),
                after.getEphemeralContainerStatuses()))
        .flatMap(news -> news)
        .toList();
  }

  private static Stream<ContainerNews> news(
      Pod pod, String list, List<ContainerStatus> before, List<ContainerStatus> after) {
    return after.stream()
        .flatMap(
            status -> {
              var told =
                  before.stream().filter(one -> one.getName().equals(status.getName())).findFirst();
              return Stream.concat(failedStart(list, told, status), wait(pod, list, told, status));
            });
  }

  private static Stream<ContainerNews> failedStart(
      String list, Optional<ContainerStatus> before, ContainerStatus after) {
    var told = before.stream().flatMap(ContainerNews::failedStarts).toList();
    return failedStarts(after)
        .filter(end -> !told.contains(end))
        .map(end -> of(list, after, PodEventReason.FAILED, withMessage("Error", end.getMessage())));
  }

  private static Stream<ContainerStateTerminated> failedStarts(ContainerStatus status) {
    return Stream.of(status.getLastState(), status.getState())
        .filter(Objects::nonNull)
        .map(ContainerState::getTerminated)
        .filter(Objects::nonNull)
        .filter(end -> Exited.START_ERROR.equals(end.getReason()));
  }

  private static Stream<ContainerNews> wait(
      Pod pod, String list, Optional<ContainerStatus> before, ContainerStatus after) {
    var waiting = waiting(after);
    if (waiting.isEmpty()) {
      return Stream.empty();
    }
    var reason = waiting.get().getReason();
    var message = Optional.ofNullable(waiting.get().getMessage()).orElse("");
    boolean told =
        before
            .filter(
                one ->
                    waiting(one).filter(it -> Objects.equals(it.getReason(), reason)).isPresent())
            .filter(one -> Objects.equals(one.getRestartCount(), after.getRestartCount()))
            .isPresent();
    if (told) {
      return Stream.empty();
    }
    var image = after.getImage();
    return switch (reason) { // reasons are open strings, and most say nothing that is wrong
      case Waiting.PULL_FAILED ->
          Stream.of(
              of(
                  list,
                  after,
                  PodEventReason.FAILED,
                  withMessage("Failed to pull image \"%s\"".formatted(image), message)));
      case Waiting.PULL_BACK_OFF ->
          Stream.of(
              of(
                  list,
                  after,
                  PodEventReason.BACK_OFF_OF_IMAGE,
                  "Back-off pulling image \"%s\"".formatted(image)));
      case Waiting.NEVER_PULLED,
          Waiting.INVALID_IMAGE_NAME,
          Waiting.CREATE_ERROR,
          "RunContainerError",
          Waiting.CONFIG_ERROR ->
          Stream.of(
              of(list, after, PodEventReason.FAILED, "Error: " + withMessage(reason, message)));
      case Waiting.CRASH_LOOP ->
          Stream.of(
              of(
                  list,
                  after,
                  PodEventReason.BACK_OFF,
                  "Back-off restarting failed container %s in pod %s_%s(%s)"
                      .formatted(
                          after.getName(),
                          pod.getMetadata().getName(),
                          pod.getMetadata().getNamespace(),
                          pod.getMetadata().getUid())));
      case null, default -> Stream.empty();
    };
  }

  private static Optional<ContainerStateWaiting> waiting(ContainerStatus status) {
    return Optional.ofNullable(status.getState()).map(ContainerState::getWaiting);
  }

  private static String withMessage(String what, String message) {
    return Stream.of(what, Optional.ofNullable(message).orElse(""))
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(": "));
  }

  private static ContainerNews of(
      String list, ContainerStatus status, PodEventReason reason, String message) {
    return new ContainerNews("%s{%s}".formatted(list, status.getName()), reason, message);
  }
}
