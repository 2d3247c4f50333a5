package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Every renewal of some nodes' leases that the API server showed. Thread-safe. */
final class LeaseHistory implements ResourceEventHandler<Lease>, AutoCloseable {
  private static final String LEASES = "kube-node-lease";

  private final SharedIndexInformer<Lease> informer;
  private final Set<String> nodes;
  private final Map<String, List<Instant>> renewals = new HashMap<>();

  /** Of all that happens from now on. */
  LeaseHistory(KubernetesClient client, Set<String> nodes) {
    this.nodes = Set.copyOf(nodes);
    nodes.forEach(node -> renewals.put(node, new ArrayList<>()));
    this.informer = client.leases().inNamespace(LEASES).inform(this);
  }

  @Override
  public void onAdd(Lease lease) {
    add(lease);
  }

  @Override
  public void onUpdate(Lease before, Lease lease) {
    add(lease);
  }

  @Override
  public void onDelete(Lease lease, boolean deletedFinalStateUnknown) {
    // A node that lost its lease is not renewed any more: the gap shows it.
  }

  private synchronized void add(Lease lease) {
    var node = lease.getMetadata().getName();
    if (!nodes.contains(node)) {
      return;
    }
    var renewed = lease.getSpec().getRenewTime().toInstant();
    var seen = renewals.get(node);
    if (seen.isEmpty() || renewed.isAfter(seen.getLast())) {
      seen.add(renewed);
    }
  }

  /** When the first of the nodes was renewed after that; empty if none was yet. */
  synchronized Optional<Instant> firstAfter(Instant time) {
    return renewals.values().stream()
        .flatMap(List::stream)
        .filter(renewed -> renewed.isAfter(time))
        .min(Instant::compareTo);
  }

  /** Whether every node was renewed after that. */
  synchronized boolean allAfter(Instant time) {
    return renewals.values().stream()
        .allMatch(seen -> !seen.isEmpty() && seen.getLast().isAfter(time));
  }

  /**
   * The longest time that passed between two renewals of a node, up to now, counted from the last
   * one before a moment.
   */
  synchronized Duration longestGap(Instant since) {
    var now = Instant.now();
    var longest = Duration.ZERO;
    for (var seen : renewals.values()) {
      for (int i = 0; i < seen.size(); i++) {
        var next = i + 1 < seen.size() ? seen.get(i + 1) : now;
        var gap = Duration.between(seen.get(i), next);
        if (next.isAfter(since) && gap.compareTo(longest) > 0) {
          longest = gap;
        }
      }
    }
    return longest;
  }

  @Override
  public void close() {
    informer.close();
  }
}
