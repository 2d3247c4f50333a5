package io.virtualnodes.pod;

import java.util.Optional;

/**
 * What the rules about pods need to know of the node.
 *
 * @param address the node's InternalIP, which becomes the pods' {@code hostIP}
 * @param backend the name of the rung that runs its pods
 * @param notice what people must know of that backend
 * @param network what its pods are told of the cluster's network
 */
public record NodeFacts(
    String pool,
    String node,
    String address,
    String backend,
    Optional<String> notice,
    PodNetwork network) {

  /** Of a node whose pool says nothing of the cluster's network. */
  public NodeFacts(
      String pool, String node, String address, String backend, Optional<String> notice) {
    this(pool, node, address, backend, notice, PodNetwork.UNTOLD);
  }

  NodeFacts with(PodNetwork network) {
    return new NodeFacts(pool, node, address, backend, notice, network);
  }
}
