package io.virtualnodes.plugin;

import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.VirtualNodePool;
import java.util.List;

/**
 * A pool with its nodes, those that are there or those that it would have.
 *
 * @param pool with the defaults of the CRD
 */
record PoolView(VirtualNodePool pool, List<NodeView> nodes) {
  PoolView {
    nodes = List.copyOf(nodes);
  }

  /** Of a file: nothing of it is in a cluster. */
  static PoolView planned(VirtualNodePool pool) {
    return new PoolView(pool, NodeView.planned(pool));
  }

  String name() {
    return pool.getMetadata().getName();
  }

  /** The kind of a rung, as the field of the spec is called. */
  static String kind(BackendRung rung) {
    if (rung.aci() != null) {
      return "aci";
    }
    if (rung.docker() != null) {
      return "docker";
    }
    if (rung.fargate() != null) {
      return "fargate";
    }
    return rung.simulated() != null ? "simulated" : "unknown";
  }
}
