package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which NetworkPolicies mean a pod, as Kubernetes selects pods: pure. */
public final class PodIsolation {
  private PodIsolation() {}

  /**
   * The names of those that select the pod, in their order by name.
   *
   * @param policies of the pod's namespace
   */
  public static List<String> selecting(Pod pod, List<NetworkPolicy> policies) {
    var labels = Optional.ofNullable(pod.getMetadata().getLabels()).orElse(Map.of());
    return policies.stream()
        .filter(policy -> selects(policy.getSpec().getPodSelector(), labels))
        .map(policy -> policy.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** A selector that asks for nothing, or is not there, selects all pods of its namespace. */
  private static boolean selects(LabelSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return true;
    }
    var wanted = Optional.ofNullable(selector.getMatchLabels()).orElse(Map.of());
    return labels.entrySet().containsAll(wanted.entrySet())
        && selector.getMatchExpressions().stream()
            .allMatch(requirement -> holds(requirement, labels));
  }

  private static boolean holds(LabelSelectorRequirement requirement, Map<String, String> labels) {
    var value = labels.get(requirement.getKey());
    return switch (requirement.getOperator()) {
      case "In" -> value != null && requirement.getValues().contains(value);
      case "NotIn" -> value == null || !requirement.getValues().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      // An operator of a later Kubernetes: rather one warning too many than one too few.
      case null, default -> true;
    };
  }
}
