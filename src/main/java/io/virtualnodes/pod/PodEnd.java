package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.Observation;
import java.time.Instant;
import java.util.Optional;

/**
 * Why a pod failed, beyond what its containers say.
 *
 * @param reason of the pod's status
 * @param disrupted whether the pod had no part in it, so that controllers need not count it
 */
record PodEnd(String reason, String message, boolean disrupted) {
  /**
   * What a kubelet gives as the reason of {@code DisruptionTarget} where its machine shuts down.
   *
   * @see <a
   *     href="https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions">
   *     Pod disruption conditions</a>
   */
  static final String BY_KUBELET = "TerminationByKubelet";

  /** And as that of the pod, whatever its containers ended with. */
  private static final String TERMINATED = "Terminated";

  /** Of a pod whose group finished, and not well; empty if its containers say it all. */
  static Optional<PodEnd> of(Pod pod, Observation group, Instant now) {
    if (byDeadline(pod, group, now)) {
      return Optional.of(
          new PodEnd(
              "DeadlineExceeded",
              "Pod was active on the node longer than the specified deadline",
              false));
    }
    return group
        .interruption()
        .map(
            interruption ->
                new PodEnd(
                    TERMINATED,
                    "The pod's containers were stopped at the backend before they had finished. "
                        + interruption.words(),
                    interruption.byService()));
  }

  /** A group of which nothing ran has no end of its own: it was stopped, a moment ago. */
  private static boolean byDeadline(Pod pod, Observation group, Instant now) {
    boolean ran = group.containers().stream().anyMatch(c -> !(c.state() instanceof Waiting));
    var end = ran ? group.finishedAt() : Optional.of(now);
    return PodDeadline.of(pod)
        .flatMap(deadline -> end.map(finished -> !finished.isBefore(deadline)))
        .orElse(false);
  }
}
