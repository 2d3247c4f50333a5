package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.node.NodeShare;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import io.virtualnodes.pool.PoolConditionType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Whether the nodes of a pool are alive, and do no harm to the cluster. Pure. */
final class NodeChecks {
  private static final String NO_LOAD_BALANCER =
      "node.kubernetes.io/exclude-from-external-load-balancers";
  private static final String HOSTNAME = "kubernetes.io/hostname";
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final String KUBELET_SERVING = "kubernetes.io/kubelet-serving";
  // What makes a scheduler think that there is no end of room.
  private static final long UNBELIEVABLE_CORES = 10_000;
  private static final int MILLI = 1000;

  private final ClusterFacts facts;
  private final PoolFacts pool;
  private final Node node;
  private final String about;
  private final List<Finding> findings = new ArrayList<>();

  private NodeChecks(ClusterFacts facts, PoolFacts pool, Node node) {
    this.facts = facts;
    this.pool = pool;
    this.node = node;
    this.about = "node/" + node.getMetadata().getName();
  }

  static List<Finding> of(ClusterFacts facts) {
    return facts.pools().stream()
        .flatMap(
            pool ->
                pool.nodes().stream()
                    .flatMap(node -> new NodeChecks(facts, pool, node).look().stream()))
        .toList();
  }

  private List<Finding> look() {
    lease();
    port();
    certificate();
    NodeManifest.index(pool.pool(), node.getMetadata().getName())
        .ifPresentOrElse(
            index -> manifest(NodeManifest.of(pool.pool(), index, Set.of(), Optional.empty())),
            () ->
                warn(
                    Check.NODE_LABELS,
                    "has the label of the pool and a name that is none of the pool's",
                    "take the label virtualnodes.io/pool off it, unless it is to be a virtual"
                        + " node"));
    capacity();
    return findings;
  }

  private void lease() {
    switch (facts.nodeLeases()) {
      case Reading.Unreadable<Map<String, Lease>> why ->
          findings.add(Finding.unknown(Check.NODE_LEASE, about, why));
      case Reading.Known<Map<String, Lease>>(var leases) -> {
        var lease = leases.get(node.getMetadata().getName());
        if (lease != null && InstallationChecks.fresh(lease, facts.now())) {
          ok(Check.NODE_LEASE, "its lease is renewed");
        } else {
          fail(
              Check.NODE_LEASE,
              lease == null ? "it has no lease" : "its lease is not renewed any more",
              "see whether the operator runs: without leases Kubernetes evicts the node's pods");
        }
      }
    }
  }

  /** What kubectl logs and exec go by. */
  private void port() {
    switch (pool.answers().get(node.getMetadata().getName())) {
      case Reading.Known<String> _ -> ok(Check.NODE_PORT, "the API server reaches its port");
      case Reading.Unreadable<String> why when why.notAllowed() ->
          findings.add(Finding.unknown(Check.NODE_PORT, about, why));
      case Reading.Unreadable<String>(_, var why) ->
          fail(
              Check.NODE_PORT,
              "the API server does not reach its port, so that kubectl logs and exec fail: " + why,
              "docs/access.md: the address and port of the node, and its certificate");
      case null -> {}
    }
  }

  private void certificate() {
    switch (facts.signing()) {
      case Reading.Unreadable<List<CertificateSigningRequest>> why ->
          findings.add(Finding.unknown(Check.NODE_CERTIFICATE, about, why));
      case Reading.Known<List<CertificateSigningRequest>>(var requests) -> {
        var user = "system:node:" + node.getMetadata().getName();
        var waiting =
            requests.stream()
                .filter(one -> KUBELET_SERVING.equals(one.getSpec().getSignerName()))
                .filter(one -> user.equals(one.getSpec().getUsername()))
                .filter(NodeChecks::waits)
                .map(one -> one.getMetadata().getName())
                .sorted()
                .toList();
        if (waiting.isEmpty()) {
          ok(Check.NODE_CERTIFICATE, "no request for a certificate of it waits");
        } else {
          warn(
              Check.NODE_CERTIFICATE,
              "its request for a certificate waits for approval: " + String.join(", ", waiting),
              "kubectl certificate approve "
                  + String.join(" ", waiting)
                  + " (docs/certificates.md)");
        }
      }
    }
  }

  private static boolean waits(CertificateSigningRequest request) {
    return request.getStatus() == null
        || request.getStatus().getConditions().isEmpty()
            && request.getStatus().getCertificate() == null;
  }

  private void manifest(NodeManifest manifest) {
    var view = NodeView.of(node);
    if ("true".equals(view.labels().get(NO_LOAD_BALANCER))) {
      ok(Check.LOAD_BALANCERS, "load balancers leave it out");
    } else {
      fail(
          Check.LOAD_BALANCERS,
          "it lacks the label " + NO_LOAD_BALANCER + ", so that load balancers send it traffic",
          "see whether the operator runs, which puts it back, and who takes it away");
    }
    hostname(manifest, view);
    zone(manifest, view);
    var missing =
        manifest.taints().stream()
            .filter(taint -> view.taints().stream().noneMatch(there -> same(there, taint)))
            .map(Placement::text)
            .toList();
    if (!missing.isEmpty()) {
      fail(
          Check.TAINTS,
          "it lacks " + String.join(", ", missing) + ", so that pods come that did not ask to",
          "see whether the operator runs, which puts them back, and who takes them away");
    } else if (manifest.taints().isEmpty()) {
      warn(
          Check.TAINTS,
          "spec.nodes.taints of the pool is empty: every pod of the cluster may come",
          "leave spec.nodes.taints out, unless that is what you want");
    } else {
      ok(Check.TAINTS, "pods come that tolerate the pool");
    }
  }

  private static boolean same(Taint one, Taint other) {
    return Placement.text(one).equals(Placement.text(other));
  }

  private void hostname(NodeManifest manifest, NodeView view) {
    boolean there = view.labels().containsKey(HOSTNAME);
    boolean wanted = manifest.labels().containsKey(HOSTNAME);
    if (!there) {
      ok(Check.HOSTNAME_LABEL, "it is no host to pods that are spread by hostname");
    } else if (wanted) {
      warn(
          Check.HOSTNAME_LABEL,
          "spec.nodes.hostnameLabel is PerNode: pods of others that are spread by hostname count"
              + " it",
          "see the check hostname-spread; Omit takes the label away");
    } else {
      fail(
          Check.HOSTNAME_LABEL,
          "somebody has given it the label "
              + HOSTNAME
              + ", so that pods of others that are spread"
              + " by hostname wait for it",
          "kubectl label node " + view.name() + " " + HOSTNAME + "-");
    }
  }

  /** Pods that are spread over zones, and volumes that are in one, go by it. */
  private void zone(NodeManifest manifest, NodeView view) {
    var there = view.labels().get(ZONE);
    var wanted = manifest.labels().get(ZONE);
    if (Objects.equals(there, wanted)) {
      ok(
          Check.ZONE_LABEL,
          wanted == null ? "it is in no zone" : "it is in the zone that the pool says: " + wanted);
    } else if (wanted == null) {
      fail(
          Check.ZONE_LABEL,
          "somebody has given it the label %s=%s, and spec.nodes.zones of the pool is empty"
              .formatted(ZONE, there),
          "kubectl label node " + view.name() + " " + ZONE + "-, or list the zone in the pool");
    } else {
      fail(
          Check.ZONE_LABEL,
          "its label %s is %s; by spec.nodes.zones of the pool it is %s"
              .formatted(ZONE, there == null ? "not there" : there, wanted),
          "see whether the operator runs, which puts it back, and who changes it");
    }
  }

  private void capacity() {
    var share = NodeShare.advertised(node);
    var text = Amount.of(share.milliCpu(), share.memoryBytes()) + ", " + share.pods() + " pods";
    if (share.pods() == 0 || share.milliCpu() == 0) {
      warn(
          Check.CAPACITY,
          "it advertises no room: " + text,
          "read the condition "
              + PoolConditionType.NODES_REGISTERED.type()
              + " of the pool, and spec.nodes.capacity");
    } else if (share.milliCpu() > UNBELIEVABLE_CORES * MILLI) {
      warn(
          Check.CAPACITY,
          "it advertises " + text + ", more than any account has: pods wait there, not elsewhere",
          "set spec.nodes.capacity to what the backend gives");
    } else {
      ok(Check.CAPACITY, "it advertises " + text);
    }
  }

  /** Pods that wait on the pool's nodes with a reason, or containers of theirs. */
  static Finding waitingPods(PoolFacts pool) {
    var waiting =
        pool.pods().values().stream()
            .flatMap(List::stream)
            .filter(pod -> !PodRow.ended(pod))
            .map(pod -> Map.entry(pod, WaitingReasons.of(pod)))
            .filter(entry -> !entry.getValue().isEmpty())
            .map(
                entry ->
                    "%s/%s (%s)"
                        .formatted(
                            entry.getKey().getMetadata().getNamespace(),
                            entry.getKey().getMetadata().getName(),
                            String.join(", ", entry.getValue())))
            .sorted()
            .toList();
    return waiting.isEmpty()
        ? Finding.ok(Check.WAITING_PODS, pool.about(), "no pod waits there with a reason")
        : Finding.warn(
            Check.WAITING_PODS,
            pool.about(),
            waiting.size() + " with a reason: " + Names.some(waiting),
            "kubectl describe pod tells the reason; kubectl vnode explain tells all of them");
  }

  private void ok(Check check, String message) {
    findings.add(Finding.ok(check, about, message));
  }

  private void warn(Check check, String message, String next) {
    findings.add(Finding.warn(check, about, message, next));
  }

  private void fail(Check check, String message, String next) {
    findings.add(Finding.fail(check, about, message, next));
  }
}
