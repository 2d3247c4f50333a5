package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.node.NodeKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Whether the scheduler would put a pod on a node, by its rules for one node: taints, selector,
 * required affinity, labels that spreading needs, and room. What other pods there are is not looked
 * at.
 *
 * @param reasons why it never would, each as {@code <path>: <why>}; empty if it would
 * @param passing why it would not at present, though nothing is wrong with the pod
 */
record Placement(List<String> reasons, List<String> passing) {
  // Ours that come and go, and those by which Kubernetes says that a node is not well.
  private static final Set<String> PASSING =
      Set.of(
          NodeKeys.STOPPED,
          NodeKeys.DRAINING,
          NodeKeys.BACKEND_UNAVAILABLE,
          NodeKeys.NO_CAPACITY,
          "node.kubernetes.io/unschedulable",
          "node.kubernetes.io/not-ready",
          "node.kubernetes.io/unreachable");

  Placement {
    reasons = List.copyOf(reasons);
    passing = List.copyOf(passing);
  }

  /**
   * @param requests what the pod requests in all
   */
  static Placement of(Pod pod, Resources requests, NodeView node) {
    var reasons = new ArrayList<String>();
    var passing = new ArrayList<String>();
    if (pod.getSpec().getNodeName() != null) {
      // Nobody schedules it: it is there or it is not.
      return pod.getSpec().getNodeName().equals(node.name())
          ? new Placement(reasons, passing)
          : new Placement(
              List.of(
                  "spec.nodeName: is " + pod.getSpec().getNodeName() + ", no node of this pool"),
              passing);
    }
    node.taints().stream()
        .filter(taint -> !"PreferNoSchedule".equals(taint.getEffect()))
        .filter(taint -> !tolerated(pod, taint))
        .forEach(
            taint ->
                (PASSING.contains(taint.getKey()) ? passing : reasons)
                    .add("spec.tolerations: none for the taint " + text(taint)));
    selector(pod, node).forEach(reasons::add);
    affinity(pod, node).ifPresent(reasons::add);
    spreading(pod, node).forEach(reasons::add);
    room(requests, node).ifPresent(reasons::add);
    if (node.cordoned() && passing.isEmpty()) {
      passing.add("node " + node.name() + " is cordoned");
    }
    return new Placement(reasons, passing);
  }

  private static boolean tolerated(Pod pod, Taint taint) {
    return pod.getSpec().getTolerations().stream()
        .anyMatch(toleration -> tolerates(toleration, taint));
  }

  /**
   * @see <a
   *     href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/">Taints
   *     and tolerations</a>
   */
  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean effect =
        isEmpty(toleration.getEffect()) || toleration.getEffect().equals(taint.getEffect());
    boolean exists = "Exists".equals(toleration.getOperator());
    boolean key =
        isEmpty(toleration.getKey()) ? exists : toleration.getKey().equals(taint.getKey());
    return effect && key && (exists || text(toleration.getValue()).equals(text(taint.getValue())));
  }

  static String text(Taint taint) {
    return taint.getKey()
        + (isEmpty(taint.getValue()) ? "" : "=" + taint.getValue())
        + ":"
        + taint.getEffect();
  }

  private static List<String> selector(Pod pod, NodeView node) {
    return Optional.ofNullable(pod.getSpec().getNodeSelector()).orElse(Map.of()).entrySet().stream()
        .filter(wanted -> !wanted.getValue().equals(node.labels().get(wanted.getKey())))
        .map(
            wanted ->
                "spec.nodeSelector[%s]: wants %s, and node %s has %s"
                    .formatted(
                        wanted.getKey(),
                        wanted.getValue(),
                        node.name(),
                        Optional.ofNullable(node.labels().get(wanted.getKey())).orElse("none")))
        .toList();
  }

  private static Optional<String> affinity(Pod pod, NodeView node) {
    return Optional.ofNullable(pod.getSpec().getAffinity())
        .flatMap(affinity -> Optional.ofNullable(affinity.getNodeAffinity()))
        .flatMap(
            affinity ->
                Optional.ofNullable(affinity.getRequiredDuringSchedulingIgnoredDuringExecution()))
        .filter(
            required ->
                required.getNodeSelectorTerms().stream().noneMatch(term -> matches(term, node)))
        .map(
            _ ->
                "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution: no term"
                    + " matches node "
                    + node.name());
  }

  /** A term that asks for nothing matches no node. */
  private static boolean matches(NodeSelectorTerm term, NodeView node) {
    return !(term.getMatchExpressions().isEmpty() && term.getMatchFields().isEmpty())
        && term.getMatchExpressions().stream().allMatch(one -> holds(one, node.labels()))
        && term.getMatchFields().stream()
            .allMatch(one -> holds(one, Map.of("metadata.name", node.name())));
  }

  private static boolean holds(NodeSelectorRequirement requirement, Map<String, String> labels) {
    var value = labels.get(requirement.getKey());
    return switch (requirement.getOperator()) {
      case "In" -> value != null && requirement.getValues().contains(value);
      case "NotIn" -> value == null || !requirement.getValues().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      case "Gt" -> compares(value, requirement, 1);
      case "Lt" -> compares(value, requirement, -1);
      case null, default ->
          throw new BadInput(
              "spec.affinity.nodeAffinity: there is no operator " + requirement.getOperator());
    };
  }

  private static boolean compares(String value, NodeSelectorRequirement requirement, int sign) {
    try {
      return value != null
          && requirement.getValues().size() == 1
          && Long.compare(Long.parseLong(value), Long.parseLong(requirement.getValues().getFirst()))
              == sign;
    } catch (NumberFormatException e) {
      // So does the scheduler: what is no number is neither more nor less.
      return false;
    }
  }

  /** A node without the label is no place to spread to, and none that is near another pod. */
  private static List<String> spreading(Pod pod, NodeView node) {
    var reasons = new ArrayList<String>();
    var constraints = pod.getSpec().getTopologySpreadConstraints();
    for (int i = 0; i < constraints.size(); i++) {
      var constraint = constraints.get(i);
      if ("DoNotSchedule".equals(constraint.getWhenUnsatisfiable())
          && !node.labels().containsKey(constraint.getTopologyKey())) {
        reasons.add(
            "spec.topologySpreadConstraints[%d].topologyKey: node %s has no label %s, so that"
                    .formatted(i, node.name(), constraint.getTopologyKey())
                + " nothing is spread to it; use ScheduleAnyway or another key");
      }
    }
    Optional.ofNullable(pod.getSpec().getAffinity())
        .flatMap(affinity -> Optional.ofNullable(affinity.getPodAffinity()))
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .orElse(List.of())
        .stream()
        .filter(term -> !node.labels().containsKey(term.getTopologyKey()))
        .forEach(
            term ->
                reasons.add(
                    "spec.affinity.podAffinity: node %s has no label %s, so that it is near no pod"
                        .formatted(node.name(), term.getTopologyKey())));
    return reasons;
  }

  private static Optional<String> room(Resources requests, NodeView node) {
    return node.room()
        .filter(
            room ->
                requests.milliCpu() > room.milliCpu()
                    || requests.memoryBytes() > room.memoryBytes())
        .map(
            room ->
                "spec.containers[].resources.requests: %s in all are more than node %s has, %s"
                    .formatted(
                        Amount.of(requests),
                        node.name(),
                        Amount.of(room.milliCpu(), room.memoryBytes())));
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }

  private static String text(String text) {
    return text == null ? "" : text;
  }
}
