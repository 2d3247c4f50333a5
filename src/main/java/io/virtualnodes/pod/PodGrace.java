package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;

/** How long a pod's containers have to end once they are asked to, when nobody says otherwise. */
final class PodGrace {
  private static final long DEFAULT_SECONDS = 30;
  // Kubernetes sets no limit. A longer one is no different, and its end is no instant any more.
  private static final Duration LONGEST = Duration.ofDays(36_500);

  // The API server admits a negative one, and takes it for this wherever a pod is deleted.
  private static final long INSTEAD_OF_NEGATIVE_SECONDS = 1;

  private PodGrace() {}

  static Duration of(Pod pod) {
    long seconds =
        Optional.ofNullable(pod.getSpec().getTerminationGracePeriodSeconds())
            .orElse(DEFAULT_SECONDS);
    return seconds < 0
        ? Duration.ofSeconds(INSTEAD_OF_NEGATIVE_SECONDS)
        : Duration.ofSeconds(Math.min(seconds, LONGEST.toSeconds()));
  }
}
