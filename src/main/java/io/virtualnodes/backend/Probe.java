package io.virtualnodes.backend;

import java.time.Duration;
import java.util.Optional;

/**
 * How it is found out again and again how a container is.
 *
 * @param initialDelay from the container's start to the first time
 * @param timeout after which an answer counts as a failure
 * @param successThreshold how many successes in a row it takes to pass
 * @param failureThreshold how many failures in a row it takes to fail
 * @param grace what the container has for its end if it is ended because of this; empty: as ever
 * @see <a
 *     href="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/">
 *     Kubernetes' probes</a>
 */
public record Probe(
    Action action,
    Duration initialDelay,
    Duration period,
    Duration timeout,
    int successThreshold,
    int failureThreshold,
    Optional<Duration> grace) {

  public Probe {
    if (!period.isPositive() || !timeout.isPositive()) {
      throw new IllegalArgumentException("a probe needs a period and a timeout");
    }
    if (successThreshold < 1 || failureThreshold < 1) {
      throw new IllegalArgumentException("a probe's thresholds are at least 1");
    }
  }
}
