package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.ContainerRestartRuleOnExitCodes;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Restarts.ExitCodes;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** When containers of a pod are started again, by what it says for all and each for itself. */
final class PodRestarts {
  private PodRestarts() {}

  /**
   * What a container says itself; rules count only beside a policy of its own, as at a kubelet.
   * That of a sidecar is what makes it one, and says no more.
   */
  static Optional<Restarts> own(Container container, Part part) {
    return Optional.ofNullable(container.getRestartPolicy())
        .filter(_ -> part != Part.SIDECAR)
        .map(
            policy ->
                new Restarts(
                    policy(policy),
                    container.getRestartPolicyRules().stream()
                        .map(ContainerRestartRule::getExitCodes)
                        .filter(Objects::nonNull)
                        .map(PodRestarts::codes)
                        .toList()));
  }

  private static ExitCodes codes(ContainerRestartRuleOnExitCodes rule) {
    return new ExitCodes("NotIn".equals(rule.getOperator()), new TreeSet<>(rule.getValues()));
  }

  /** Whether a container that ended so is never started again. */
  static boolean endedForGood(Pod pod, Container container, ContainerStateTerminated end) {
    var spec = pod.getSpec();
    var part = PodContainers.part(spec, container);
    return !Restarts.of(
            part,
            own(container, part),
            policy(Optional.ofNullable(spec.getRestartPolicy()).orElse("Always")))
        .again(end.getExitCode(), false);
  }

  static RestartPolicy policy(String policy) {
    return switch (policy) {
      case "Always" -> RestartPolicy.ALWAYS;
      case "OnFailure" -> RestartPolicy.ON_FAILURE;
      case "Never" -> RestartPolicy.NEVER;
      // The API server admits nothing else.
      case null, default -> throw new IllegalArgumentException("restartPolicy: " + policy);
    };
  }
}
