package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/**
 * Every state of the pods of a namespace that the API server showed, held against what no crash may
 * do to a pod: what runs stays running and ready, what ended stays as it ended, with the exit code
 * that it was told to end with.
 */
final class PodHistory implements ResourceEventHandler<Pod>, AutoCloseable {
  private final Violations violations;
  private final SharedIndexInformer<Pod> informer;
  private final ConcurrentMap<String, Life> lives = new ConcurrentHashMap<>();

  /**
   * One pod, as it was seen last.
   *
   * @param dismissed whether somebody asked for its end
   * @param gone whether it is not there any more
   */
  record Life(Pod pod, boolean dismissed, boolean gone) {
    boolean ended() {
      return PodHistory.ended(pod);
    }
  }

  /** Of all that happens from now on. */
  PodHistory(KubernetesClient client, String namespace, Violations violations) {
    this.violations = violations;
    this.informer = client.pods().inNamespace(namespace).inform(this);
  }

  /** Pods that are there. */
  Stream<Life> present() {
    return lives.values().stream().filter(life -> !life.gone());
  }

  Optional<Life> life(String uid) {
    return Optional.ofNullable(lives.get(uid));
  }

  @Override
  public void onAdd(Pod pod) {
    lives.put(uid(pod), new Life(pod, dismissed(pod), false));
    judge(pod);
  }

  @Override
  public void onUpdate(Pod before, Pod pod) {
    if (!uid(before).equals(uid(pod))) {
      onDelete(before, false);
      onAdd(pod);
      return;
    }
    lives.put(uid(pod), new Life(pod, dismissed(pod), false));
    judge(pod);
    judge(before, pod);
  }

  @Override
  public void onDelete(Pod pod, boolean deletedFinalStateUnknown) {
    lives.put(uid(pod), new Life(pod, true, true));
  }

  /** What no pod may be. */
  private void judge(Pod pod) {
    if ("GroupLost".equals(pod.getStatus().getReason())) {
      violations.add(name(pod) + " is said to have lost its group, and no backend lost one");
    }
    if (dismissed(pod)) {
      return;
    }
    terminated(pod)
        .filter(end -> end.getExitCode() != Task.exitCode(pod))
        .ifPresent(
            end ->
                violations.add(
                    "%s ended with %d (%s) and is said to have ended with %d: %s"
                        .formatted(
                            name(pod),
                            Task.exitCode(pod),
                            pod.getSpec().getContainers().getFirst().getCommand(),
                            end.getExitCode(),
                            end)));
    if (!Task.restarts(pod) && container(pod).map(ContainerStatus::getRestartCount).orElse(0) > 0) {
      violations.add(name(pod) + " is said to have been restarted, and was to run once");
    }
    boolean failed = "Failed".equals(pod.getStatus().getPhase());
    if (failed && Task.exitCode(pod) == 0) {
      violations.add(
          "%s failed, and nothing of it had: %s"
              .formatted(name(pod), pod.getStatus().getMessage()));
    }
  }

  /** What no pod may become. */
  private void judge(Pod before, Pod pod) {
    if (ended(before) && !before.getStatus().getPhase().equals(pod.getStatus().getPhase())) {
      violations.add(
          "%s had ended as %s and became %s"
              .formatted(name(pod), before.getStatus().getPhase(), pod.getStatus().getPhase()));
    }
    if (ended(before) && !terminated(before).equals(terminated(pod))) {
      violations.add(
          "%s had ended with %s, and now with %s"
              .formatted(name(pod), terminated(before), terminated(pod)));
    }
    int restarts = container(pod).map(ContainerStatus::getRestartCount).orElse(0);
    int restartsBefore = container(before).map(ContainerStatus::getRestartCount).orElse(0);
    if (restarts < restartsBefore) {
      violations.add(
          "%s had %d restarts and now %d".formatted(name(pod), restartsBefore, restarts));
    }
    if (runs(before)
        && runs(pod)
        && restarts == restartsBefore
        && !Objects.equals(
            container(before).map(ContainerStatus::getContainerID),
            container(pod).map(ContainerStatus::getContainerID))) {
      violations.add(name(pod) + " runs in another container than before, without a restart");
    }
    if (!dismissed(pod) && ready(before) && !ready(pod) && runs(pod)) {
      violations.add(name(pod) + " was ready and became unready while it ran");
    }
    if (!dismissed(pod) && runs(before) && container(pod).isEmpty()) {
      violations.add(name(pod) + " ran, and nothing is said of its container any more");
    }
  }

  static boolean ready(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  static boolean ended(Pod pod) {
    return List.of("Succeeded", "Failed").contains(String.valueOf(pod.getStatus().getPhase()));
  }

  static String name(Pod pod) {
    return "pod %s/%s (%s)"
        .formatted(pod.getMetadata().getNamespace(), pod.getMetadata().getName(), uid(pod));
  }

  private static boolean runs(Pod pod) {
    return container(pod).filter(one -> one.getState().getRunning() != null).isPresent();
  }

  /** How its container ended, in its present or its last run. */
  private static Optional<ContainerStateTerminated> terminated(Pod pod) {
    return container(pod)
        .flatMap(
            one ->
                Optional.ofNullable(one.getState().getTerminated())
                    .or(
                        () ->
                            Optional.ofNullable(one.getLastState())
                                .map(state -> state.getTerminated())));
  }

  private static Optional<ContainerStatus> container(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream().findFirst();
  }

  private static boolean dismissed(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  /** Pods of the past, that nobody will ask for. */
  void forget() {
    lives.values().removeIf(Life::gone);
  }

  @Override
  public void close() {
    informer.close();
  }
}
