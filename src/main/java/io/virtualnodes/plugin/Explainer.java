package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.GroupSize;
import io.virtualnodes.plugin.Explanation.AtPool;
import io.virtualnodes.plugin.Explanation.HourlyPrice;
import io.virtualnodes.plugin.Explanation.Size;
import io.virtualnodes.plugin.Manifests.Candidate;
import io.virtualnodes.pod.NodeFacts;
import io.virtualnodes.pod.PodIsolation;
import io.virtualnodes.pod.PodPreview;
import io.virtualnodes.pool.BackendSettings;
import io.virtualnodes.pool.PoolNetwork;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Says what would become of a pod at a pool: by the scheduler's rules, the operator's and the
 * backend's. Pure.
 */
final class Explainer {
  private static final String NO_UID = "00000000-0000-0000-0000-000000000000";
  private static final String HOSTNAME = "kubernetes.io/hostname";

  private final Candidate candidate;
  private final PoolView pool;
  private final BackendRung rung;
  private final GroupRules rules;
  private final Reading<List<NetworkPolicy>> policies;

  private Explainer(Candidate candidate, PoolView pool, Reading<List<NetworkPolicy>> policies) {
    this.candidate = candidate;
    this.pool = pool;
    this.rung = pool.pool().getSpec().backends().getFirst();
    this.rules = rules(pool, rung);
    this.policies = policies;
  }

  /**
   * @param policies of the pod's namespace
   * @throws BadInput if the pool cannot be used
   */
  static Explanation explain(
      Candidate candidate, List<PoolView> pools, Reading<List<NetworkPolicy>> policies) {
    var answers =
        pools.stream().map(pool -> new Explainer(candidate, pool, policies).explain()).toList();
    return new Explanation(candidate.title(), answers.stream().anyMatch(AtPool::runs), answers);
  }

  private static GroupRules rules(PoolView pool, BackendRung rung) {
    var metadata = pool.pool().getMetadata();
    try {
      return BackendSettings.rules(
          pool.name(),
          Optional.ofNullable(metadata.getUid()).orElse(NO_UID),
          pool.pool().getSpec().nodes().arch(),
          rung);
    } catch (Unsupported | IllegalArgumentException e) {
      // Quantities and addresses of a file have not been before an API server.
      throw new BadInput(
          "pool %s: spec.backends[%s]: %s".formatted(pool.name(), rung.name(), e.getMessage()), e);
    }
  }

  private AtPool explain() {
    var pod = candidate.pod();
    var preview = PodPreview.of(pod, facts());
    var group = group(preview);
    var placed = place(group.map(ContainerGroup::requests).orElse(Resources.UNNAMED));
    var refusals = refusals(preview, group);
    var waits =
        preview instanceof PodPreview.Waits(var reason)
            ? Optional.of(reason)
            : Optional.<String>empty();
    var fitting = group.filter(_ -> refusals.isEmpty());
    var size = fitting.map(rules::size);
    var warnings = new ArrayList<>(placed.passing());
    warnings.addAll(warnings(fitting, size));
    return new AtPool(
        pool.name(),
        rung.name(),
        PoolView.kind(rung),
        placed.reasons().isEmpty() && refusals.isEmpty() && waits.isEmpty(),
        placed.reasons().stream().map(this::at).toList(),
        refusals.stream().map(this::at).toList(),
        waits,
        Optional.of(PodPreview.failsIfRefused(pod) ? "Failed" : "Pending")
            .filter(_ -> !refusals.isEmpty()),
        group.map(ContainerGroup::requests).map(Amount::of),
        size.map(Explainer::size),
        fitting
            .flatMap(rules::price)
            .map(price -> new HourlyPrice(price.perHour().toPlainString(), price.currency())),
        preview instanceof PodPreview.Translated translated ? translated.assumed() : List.of(),
        warnings.stream().distinct().toList());
  }

  private NodeFacts facts() {
    return new NodeFacts(
        pool.name(),
        // Which node it will be, and at which address, makes no difference to what is refused.
        pool.name() + "-0",
        "",
        rung.name(),
        Optional.empty(),
        rules.features(),
        PoolNetwork.of(pool.pool()));
  }

  private static Optional<ContainerGroup> group(PodPreview preview) {
    return preview instanceof PodPreview.Translated translated
        ? Optional.of(translated.group())
        : Optional.empty();
  }

  private List<String> refusals(PodPreview preview, Optional<ContainerGroup> group) {
    return preview instanceof PodPreview.Refused(var reasons)
        ? reasons
        : group.map(rules::refusals).orElse(List.of());
  }

  /** At the node that is most likely to take it. */
  private Placement place(Resources requests) {
    return pool.nodes().stream()
        .map(node -> Placement.of(candidate.pod(), requests, node))
        .min(
            Comparator.comparingInt((Placement placement) -> placement.reasons().size())
                .thenComparingInt(placement -> placement.passing().size()))
        .orElseGet(() -> new Placement(List.of("the pool has no nodes"), List.of()));
  }

  /** The path in the manifest that its author wrote. */
  private String at(String reason) {
    return reason.startsWith("spec.") || reason.startsWith("metadata.")
        ? candidate.path() + reason
        : reason;
  }

  private static Size size(GroupSize size) {
    var amount = Amount.of(size.resources());
    return new Size(amount.cpu(), amount.memory(), size.text());
  }

  private List<String> warnings(Optional<ContainerGroup> group, Optional<GroupSize> size) {
    var warnings = new ArrayList<String>();
    var pod = candidate.pod();
    var spec = pool.pool().getSpec();
    if (spec.stopPolicy() != StopPolicy.None) {
      warnings.add("spec.stopPolicy of the pool is " + spec.stopPolicy() + ": no new pods start");
    }
    group.ifPresent(
        one ->
            size.filter(given -> isMore(given.resources(), one.requests()))
                .ifPresent(
                    _ ->
                        warnings.add(
                            "the backend has no smaller size: what is rounded up is paid for")));
    if (rung.simulated() != null) {
      warnings.add("the pool is a simulation: no container really runs there");
    }
    if (policies instanceof Reading.Unreadable(_, var why)) {
      warnings.add("whether a NetworkPolicy selects it is not known: " + why);
    }
    var selecting = PodIsolation.selecting(pod, policies.or(List.of()));
    if (!selecting.isEmpty()) {
      warnings.add(
          "NetworkPolicies that select it are not enforced there: " + String.join(", ", selecting));
    }
    if ("ClusterFirst".equals(pod.getSpec().getDnsPolicy())
        && PoolNetwork.of(pool.pool()).dnsServers().isEmpty()) {
      warnings.add(
          "names of Services do not resolve there: spec.network.dnsServers of the pool is empty");
    }
    if (pool.nodes().stream().noneMatch(node -> node.labels().containsKey(HOSTNAME))) {
      spreadByHostname(pod).forEach(warnings::add);
    }
    return warnings;
  }

  private static boolean isMore(Resources one, Resources other) {
    return one.milliCpu() > other.milliCpu() || one.memoryBytes() > other.memoryBytes();
  }

  /** Rules that keep pods on different machines, at nodes that are none. */
  private List<String> spreadByHostname(Pod pod) {
    var warnings = new ArrayList<String>();
    pod.getSpec().getTopologySpreadConstraints().stream()
        .filter(constraint -> HOSTNAME.equals(constraint.getTopologyKey()))
        .filter(constraint -> "ScheduleAnyway".equals(constraint.getWhenUnsatisfiable()))
        .forEach(
            _ ->
                warnings.add(
                    "spreading by %s has no effect there: nodes of the pool are no hosts"
                        .formatted(HOSTNAME)));
    Optional.ofNullable(pod.getSpec().getAffinity())
        .flatMap(affinity -> Optional.ofNullable(affinity.getPodAntiAffinity()))
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .orElse(List.of())
        .stream()
        .filter(term -> HOSTNAME.equals(term.getTopologyKey()))
        .forEach(
            _ ->
                warnings.add(
                    "anti-affinity by %s always holds there: each pod is its own host"
                        .formatted(HOSTNAME)));
    return warnings;
  }
}
