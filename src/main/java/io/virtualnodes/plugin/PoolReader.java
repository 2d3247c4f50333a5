package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeKeys;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads pools, their nodes and the pods on these. Each method is a request or a few. */
final class PoolReader {
  private static final int NOT_FOUND = 404;

  private final KubernetesClient client;

  PoolReader(KubernetesClient client) {
    this.client = client;
  }

  /**
   * By name, or all in the order of their names.
   *
   * @param name null means all
   * @throws BadInput if there is none of that name, or the CRD is not installed
   */
  List<VirtualNodePool> pools(String name) {
    try {
      var resources = client.resources(VirtualNodePool.class);
      if (name == null) {
        return sorted(resources.list().getItems());
      }
      return List.of(
          Optional.ofNullable(resources.withName(name).get())
              .orElseThrow(() -> new BadInput("there is no pool " + name)));
    } catch (KubernetesClientException e) {
      if (e.getCode() == NOT_FOUND) {
        throw new BadInput(
            "the cluster has no VirtualNodePools: install the operator, which brings their CRD", e);
      }
      throw e;
    }
  }

  /** In the order of their numbers. */
  List<Node> nodes(VirtualNodePool pool) {
    return client
        .nodes()
        .withLabel(NodeKeys.POOL, pool.getMetadata().getName())
        .list()
        .getItems()
        .stream()
        .sorted(
            Comparator.comparing((Node node) -> node.getMetadata().getName().length())
                .thenComparing(node -> node.getMetadata().getName()))
        .toList();
  }

  /** All that are bound to a node, the ended ones included. */
  List<Pod> pods(String node) {
    return client.pods().inAnyNamespace().withField("spec.nodeName", node).list().getItems();
  }

  /** A pool with the nodes that it has, or those that it would have while it has none. */
  PoolView view(VirtualNodePool pool) {
    var nodes = nodes(pool);
    return nodes.isEmpty()
        ? PoolView.planned(pool)
        : new PoolView(pool, nodes.stream().map(NodeView::of).toList());
  }

  private static <T extends HasMetadata> List<T> sorted(List<T> objects) {
    return Stream.of(objects)
        .flatMap(List::stream)
        .sorted(Comparator.comparing(object -> object.getMetadata().getName()))
        .toList();
  }
}
