package io.virtualnodes.pool;

import java.util.List;
import java.util.function.Supplier;

/**
 * What all nodes of this process have in common.
 *
 * @param address the InternalIP that nodes publish: where the API server reaches this process
 * @param firstPort the first port that a kubelet endpoint tries; 0 for any
 * @param kubeletVersion what nodes publish as their version; asks the API server the first time
 * @param features what they declare that they can do beyond it
 */
public record NodeSettings(
    String address, int firstPort, Supplier<String> kubeletVersion, List<String> features) {

  public NodeSettings {
    features = List.copyOf(features);
  }
}
