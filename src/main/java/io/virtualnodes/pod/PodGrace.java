package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;

/** How long a pod's containers have to end once they are asked to, when nobody says otherwise. */
final class PodGrace {
  private static final long DEFAULT_SECONDS = 30;
  // Kubernetes sets no limit. A longer one is no different, and its end is no instant any more.
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private PodGrace() {}

  static Duration of(Pod pod) {
    long seconds =
        Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds())
            .orElse(DEFAULT_SECONDS);
    return Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds()));
  }
}
