package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.virtualnodes.api.VirtualNodePoolStatus;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.node.NodeShare;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import io.virtualnodes.pod.PodIsolation;
import io.virtualnodes.pool.PoolConditionType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** How a pool is, and how it gets along with the rest of the cluster. Pure. */
final class PoolChecks {
  private static final String HOSTNAME = "kubernetes.io/hostname";

  // What is bad about a condition that holds, and what to do.
  private static final Map<PoolConditionType, String> BAD_IF_TRUE =
      Map.of(
          PoolConditionType.STALLED,
          "do what its message says",
          PoolConditionType.ORPHANS_HELD,
          "nothing, if it goes away within minutes; otherwise see whether another cluster has a"
              + " pool of this name at the same engine or account",
          PoolConditionType.DAEMON_SETS_STALLED,
          "kubectl apply -k deploy/policies/daemonsets, then kubectl rollout restart of the"
              + " DaemonSets (docs/pools.md)");

  private PoolChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    if (facts.pools().isEmpty()) {
      findings.add(
          Finding.warn(
              Check.POOLS,
              "cluster",
              "there is no pool",
              "make one: deploy/samples has some to begin with"));
    }
    for (var pool : facts.pools()) {
      findings.addAll(conditions(pool));
      findings.add(capacity(pool));
      findings.add(NodeChecks.waitingPods(pool));
      findings.add(policies(pool));
      findings.add(daemonSets(facts, pool));
      findings.add(spread(facts, pool));
    }
    return findings;
  }

  private static List<Finding> conditions(PoolFacts pool) {
    var status = Optional.ofNullable(pool.pool().getStatus());
    var conditions = status.map(VirtualNodePoolStatus::conditions).orElse(List.of());
    if (conditions.isEmpty()) {
      return List.of(
          Finding.fail(
              Check.CONDITIONS,
              pool.about(),
              "no operator has said anything of it",
              "see the check of the operator"));
    }
    var findings = new ArrayList<Finding>();
    var generation = pool.pool().getMetadata().getGeneration();
    if (generation != null && !generation.equals(status.get().observedGeneration())) {
      findings.add(
          Finding.warn(
              Check.CONDITIONS,
              pool.about(),
              "what it says is about an earlier version of its spec",
              "wait a moment; if it stays so, see the check of the operator"));
    }
    for (var condition : conditions) {
      finding(pool, condition).ifPresent(findings::add);
    }
    if (findings.isEmpty()) {
      findings.add(Finding.ok(Check.CONDITIONS, pool.about(), "it is ready"));
    }
    return findings;
  }

  private static Optional<Finding> finding(PoolFacts pool, Condition condition) {
    var message =
        "%s is %s (%s): %s"
            .formatted(
                condition.getType(),
                condition.getStatus(),
                condition.getReason(),
                condition.getMessage());
    boolean holds = "True".equals(condition.getStatus());
    if (PoolConditionType.READY.is(condition.getType()) && !holds) {
      return Optional.of(
          Finding.fail(
              Check.CONDITIONS, pool.about(), message, "do what the message says; docs/pools.md"));
    }
    return BAD_IF_TRUE.entrySet().stream()
        .filter(bad -> holds && bad.getKey().is(condition.getType()))
        .findFirst()
        .map(
            bad ->
                bad.getKey() == PoolConditionType.STALLED
                    ? Finding.fail(Check.CONDITIONS, pool.about(), message, bad.getValue())
                    : Finding.warn(Check.CONDITIONS, pool.about(), message, bad.getValue()));
  }

  private static Finding capacity(PoolFacts pool) {
    var shares = pool.nodes().stream().map(NodeShare::advertised).toList();
    long milliCpu = shares.stream().mapToLong(NodeShare::milliCpu).sum();
    long memory = shares.stream().mapToLong(NodeShare::memoryBytes).sum();
    long pods = shares.stream().mapToLong(NodeShare::pods).sum();
    var text = Amount.of(milliCpu, memory) + ", " + pods + " pods";
    return Optional.ofNullable(pool.pool().getSpec().nodes().capacity())
        .map(NodeShare::whole)
        .filter(
            whole ->
                milliCpu > whole.milliCpu() || memory > whole.memoryBytes() || pods > whole.pods())
        .map(
            whole ->
                Finding.warn(
                    Check.POOL_CAPACITY,
                    pool.about(),
                    "its nodes advertise %s, more than spec.nodes.capacity, %s, %d pods"
                        .formatted(
                            text, Amount.of(whole.milliCpu(), whole.memoryBytes()), whole.pods()),
                    "wait until nodes that drain are gone; if it stays so, see the operator's"
                        + " logs"))
        .orElseGet(
            () -> Finding.ok(Check.POOL_CAPACITY, pool.about(), "its nodes advertise " + text));
  }

  private static Finding policies(PoolFacts pool) {
    return switch (pool.policies()) {
      case Reading.Unreadable<List<NetworkPolicy>> why ->
          Finding.unknown(Check.NETWORK_POLICIES, pool.about(), why);
      case Reading.Known<List<NetworkPolicy>>(var policies) -> {
        var selecting = new TreeSet<String>();
        pool.pods().values().stream()
            .flatMap(List::stream)
            .filter(pod -> !PodRow.ended(pod))
            .forEach(pod -> selecting.addAll(selecting(pod, policies)));
        yield selecting.isEmpty()
            ? Finding.ok(Check.NETWORK_POLICIES, pool.about(), "none selects a pod there")
            : Finding.warn(
                Check.NETWORK_POLICIES,
                pool.about(),
                "these select pods there, where nothing enforces them: " + Names.some(selecting),
                "keep such pods off the pool, or do the same by the backend's own network"
                    + " (docs/network.md)");
      }
    };
  }

  private static List<String> selecting(Pod pod, List<NetworkPolicy> policies) {
    var namespace = pod.getMetadata().getNamespace();
    var ofNamespace =
        policies.stream()
            .filter(policy -> namespace.equals(policy.getMetadata().getNamespace()))
            .toList();
    return PodIsolation.selecting(pod, ofNamespace).stream()
        .map(name -> namespace + "/" + name)
        .toList();
  }

  /** DaemonSets that have pods there, or would as soon as there is another node. */
  private static Finding daemonSets(ClusterFacts facts, PoolFacts pool) {
    return switch (facts.daemonSets()) {
      case Reading.Unreadable<List<DaemonSet>> why ->
          Finding.unknown(Check.DAEMONSETS, pool.about(), why);
      case Reading.Known<List<DaemonSet>>(var daemonSets) -> {
        var coming =
            daemonSets.stream()
                .filter(one -> comes(one.getSpec().getTemplate(), pool))
                .map(one -> one.getMetadata().getNamespace() + "/" + one.getMetadata().getName())
                .sorted()
                .toList();
        yield coming.isEmpty()
            ? Finding.ok(Check.DAEMONSETS, pool.about(), "none tolerates the pool")
            : stalled(pool, coming, facts.daemonSetPolicy());
      }
    };
  }

  private static Finding stalled(PoolFacts pool, List<String> coming, Reading<Boolean> policy) {
    var message =
        "these tolerate the pool, where their pods cannot run, so that their rollouts wait: "
            + Names.some(coming);
    return policy.or(false)
        ? Finding.warn(
            Check.DAEMONSETS,
            pool.about(),
            message,
            "the policy that keeps them off is there and changes a template with its next change:"
                + " kubectl rollout restart of each")
        : Finding.warn(
            Check.DAEMONSETS,
            pool.about(),
            message,
            "kubectl apply -k deploy/policies/daemonsets, then kubectl rollout restart of each"
                + " (docs/pools.md)");
  }

  private static boolean comes(PodTemplateSpec template, PoolFacts pool) {
    var pod = new PodBuilder().withNewMetadata().endMetadata().withSpec(template.getSpec()).build();
    return pool.nodes().stream()
        .map(NodeView::of)
        .anyMatch(node -> Placement.of(pod, Resources.UNNAMED, node).reasons().isEmpty());
  }

  /** Nodes that count as hosts make pods of others wait that are spread over hosts. */
  private static Finding spread(ClusterFacts facts, PoolFacts pool) {
    boolean hosts =
        pool.nodes().stream()
            .map(NodeView::of)
            .anyMatch(node -> node.labels().containsKey(HOSTNAME));
    if (!hosts) {
      return Finding.ok(
          Check.HOSTNAME_SPREAD, pool.about(), "its nodes are no hosts to others' pods");
    }
    return switch (facts.workloads()) {
      case Reading.Unreadable<Map<String, PodTemplateSpec>> why ->
          Finding.unknown(Check.HOSTNAME_SPREAD, pool.about(), why);
      case Reading.Known<Map<String, PodTemplateSpec>>(var workloads) -> {
        var waiting =
            workloads.entrySet().stream()
                .filter(entry -> isSpreadByHostname(entry.getValue()))
                .filter(entry -> !comes(entry.getValue(), pool))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        yield waiting.isEmpty()
            ? Finding.ok(
                Check.HOSTNAME_SPREAD, pool.about(), "no pods of others are spread by hostname")
            : Finding.warn(
                Check.HOSTNAME_SPREAD,
                pool.about(),
                "these are spread by hostname, count the pool's nodes and cannot go there, so that"
                    + " their pods may wait for ever: "
                    + Names.some(waiting),
                "set spec.nodes.hostnameLabel of the pool to Omit");
      }
    };
  }

  private static boolean isSpreadByHostname(PodTemplateSpec template) {
    return template.getSpec().getTopologySpreadConstraints().stream()
        .anyMatch(
            constraint ->
                HOSTNAME.equals(constraint.getTopologyKey())
                    && "DoNotSchedule".equals(constraint.getWhenUnsatisfiable()));
  }
}
