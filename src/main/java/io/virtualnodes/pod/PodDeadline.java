package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Instant;
import java.util.Optional;

/**
 * When {@code activeDeadlineSeconds} ends a pod; it counts from the pod's reported start, as at a
 * kubelet.
 */
final class PodDeadline {
  private PodDeadline() {}

  /** Empty if the pod has no deadline or no reported start. */
  static Optional<Instant> of(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getActiveDeadlineSeconds())
        .flatMap(
            seconds ->
                Optional.ofNullable(pod.getStatus().getStartTime())
                    .map(start -> Instant.parse(start).plusSeconds(seconds)));
  }
}
