package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Taint;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.node.NodeShare;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One node as the scheduler sees it.
 *
 * @param room what it has in all; empty if that is not known
 * @param cordoned whether somebody keeps new pods from it
 */
record NodeView(
    String name,
    Map<String, String> labels,
    List<Taint> taints,
    Optional<NodeShare> room,
    boolean cordoned) {

  NodeView {
    labels = Map.copyOf(labels);
    taints = List.copyOf(taints);
  }

  static NodeView of(Node node) {
    var spec = Optional.ofNullable(node.getSpec());
    return new NodeView(
        node.getMetadata().getName(),
        Optional.ofNullable(node.getMetadata().getLabels()).orElse(Map.of()),
        spec.map(one -> one.getTaints()).orElse(List.of()),
        Optional.of(NodeShare.advertised(node)),
        spec.map(one -> Boolean.TRUE.equals(one.getUnschedulable())).orElse(false));
  }

  /** Those that a pool would have. */
  static List<NodeView> planned(VirtualNodePool pool) {
    var nodes = pool.getSpec().nodes();
    var whole = Optional.ofNullable(nodes.capacity()).map(NodeShare::whole);
    return IntStream.range(0, nodes.count())
        .mapToObj(
            index -> {
              var manifest = NodeManifest.of(pool, index, Set.of(), Optional.empty());
              return new NodeView(
                  manifest.name(),
                  manifest.labels(),
                  manifest.taints(),
                  whole.map(all -> all.of(index, nodes.count())),
                  false);
            })
        .toList();
  }
}
