package io.virtualnodes.node;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.api.VirtualNodePool;

/** A pool as the API server would hand it over, with the defaults of the CRD filled in. */
final class GivenPool {
  private GivenPool() {}

  /**
   * @param nodes further fields of {@code spec.nodes}, as lines of YAML
   */
  static VirtualNodePool named(String name, String nodes) {
    var pool =
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: {name: %s, uid: pool-uid}
        spec:
          nodes:
            os: linux
            arch: arm64
        """
            .formatted(name);
    return Serialization.unmarshal(pool + nodes.indent(4), VirtualNodePool.class);
  }

  static VirtualNodePool burst(String nodes) {
    return named("burst", "hostnameLabel: Omit\nproviderID: Auto\n" + nodes);
  }
}
