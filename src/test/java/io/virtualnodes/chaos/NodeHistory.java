package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Every state of the virtual nodes that the API server showed: one that was ready stays ready. */
final class NodeHistory implements ResourceEventHandler<Node>, AutoCloseable {
  private static final String POOL = "virtualnodes.io/pool";

  private final Violations violations;
  private final SharedIndexInformer<Node> informer;
  private final Map<String, Node> present = new ConcurrentHashMap<>();

  NodeHistory(KubernetesClient client, Violations violations) {
    this.violations = violations;
    this.informer = client.nodes().withLabel(POOL).inform(this);
  }

  /** Names of a pool's nodes that are ready. */
  Set<String> ready(String pool) {
    var names = new TreeSet<String>();
    present.values().stream()
        .filter(node -> pool.equals(node.getMetadata().getLabels().get(POOL)))
        .filter(NodeHistory::ready)
        .forEach(node -> names.add(node.getMetadata().getName()));
    return names;
  }

  /** Names of a pool's nodes, ready or not. */
  Set<String> all(String pool) {
    var names = new TreeSet<String>();
    present.values().stream()
        .filter(node -> pool.equals(node.getMetadata().getLabels().get(POOL)))
        .forEach(node -> names.add(node.getMetadata().getName()));
    return names;
  }

  @Override
  public void onAdd(Node node) {
    present.put(node.getMetadata().getName(), node);
  }

  @Override
  public void onUpdate(Node before, Node node) {
    present.put(node.getMetadata().getName(), node);
    boolean same = before.getMetadata().getUid().equals(node.getMetadata().getUid());
    if (same && ready(before) && !ready(node)) {
      violations.add(
          "node %s was ready and became unready: %s"
              .formatted(node.getMetadata().getName(), node.getStatus().getConditions()));
    }
  }

  @Override
  public void onDelete(Node node, boolean deletedFinalStateUnknown) {
    present.remove(node.getMetadata().getName());
  }

  private static boolean ready(Node node) {
    return node.getStatus().getConditions().stream()
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  @Override
  public void close() {
    informer.close();
  }
}
