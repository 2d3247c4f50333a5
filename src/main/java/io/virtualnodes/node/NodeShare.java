package io.virtualnodes.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.api.Capacity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;

/**
 * What one node advertises.
 *
 * @param milliCpu thousandths of a core
 * @param memoryBytes bytes
 * @param pods how many pods
 */
public record NodeShare(long milliCpu, long memoryBytes, long pods) {

  /** What a pool's owner says it has in all. */
  public static NodeShare whole(Capacity capacity) {
    return new NodeShare(
        whole(capacity.cpu(), 1000), whole(capacity.memory(), 1), whole(capacity.pods(), 1));
  }

  /** What a Node advertises at present; nothing if it never said. */
  public static NodeShare advertised(Node node) {
    var capacity =
        Optional.ofNullable(node.getStatus()).map(NodeStatus::getCapacity).orElse(Map.of());
    var none = new Quantity("0");
    return new NodeShare(
        whole(capacity.getOrDefault("cpu", none), 1000),
        whole(capacity.getOrDefault("memory", none), 1),
        whole(capacity.getOrDefault("pods", none), 1));
  }

  /**
   * The part of one node. Parts add up to the whole, and the first nodes have what cannot be
   * divided.
   *
   * @param index which node, from 0
   * @param count how many nodes
   */
  public NodeShare of(int index, int count) {
    return new NodeShare(
        part(milliCpu, index, count), part(memoryBytes, index, count), part(pods, index, count));
  }

  private static long part(long whole, int index, int count) {
    return whole / count + (index < whole % count ? 1 : 0);
  }

  private static long whole(Quantity quantity, long factor) {
    return quantity
        .getNumericalAmount()
        .multiply(BigDecimal.valueOf(factor))
        .setScale(0, RoundingMode.FLOOR)
        .longValueExact();
  }
}
