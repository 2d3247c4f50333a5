package io.virtualnodes.pod;

import io.virtualnodes.backend.Capabilities.Feature;
import java.util.Optional;
import java.util.Set;

/**
 * What the rules about pods need to know of the node.
 *
 * @param address the node's InternalIP, which becomes the pods' {@code hostIP}
 * @param backend the name of the rung that runs its pods
 * @param notice what people must know of that backend
 * @param features what that backend can do that not every one can
 * @param network what its pods are told of the cluster's network
 */
public record NodeFacts(
    String pool,
    String node,
    String address,
    String backend,
    Optional<String> notice,
    Set<Feature> features,
    PodNetwork network) {

  public NodeFacts {
    features = Set.copyOf(features);
  }

  /** Of a node whose pool says nothing of the cluster's network. */
  public NodeFacts(
      String pool,
      String node,
      String address,
      String backend,
      Optional<String> notice,
      Set<Feature> features) {
    this(pool, node, address, backend, notice, features, PodNetwork.UNTOLD);
  }

  NodeFacts with(PodNetwork network) {
    return new NodeFacts(pool, node, address, backend, notice, features, network);
  }
}
