package io.virtualnodes.pool;

import io.virtualnodes.node.ConditionType;

/** What a pool's conditions are about. */
public enum PoolConditionType implements ConditionType {
  READY(
      "Ready",
      "the pool takes pods: `Accepted`, `BackendReady`, `NodesRegistered` and `KubeletServing` are"
          + " true. If it is not, it has the reason of the first of them that is false"),
  ACCEPTED("Accepted", "the settings can be used"),
  BACKEND_READY("BackendReady", "the service that runs the pods answers"),
  NODES_REGISTERED("NodesRegistered", "every node exists and takes pods"),
  KUBELET_SERVING("KubeletServing", "`kubectl logs` reaches the nodes that are started"),
  RECONCILING("Reconciling", "something is being changed; false is well"),
  STALLED(
      "Stalled",
      "the pool needs a person; false is well. `Reconciling` is false then, with the same reason"),
  ORPHANS_HELD(
      "OrphansHeld", "groups of containers that have no pod are kept for now; false is well"),
  DAEMON_SETS_STALLED(
      "DaemonSetsStalled", "DaemonSets have pods on the pool's nodes; false is well"),
  CLUSTER_NETWORK("ClusterNetwork", "pods are told where the cluster's DNS is");

  private final String type;
  private final String meaning;

  PoolConditionType(String type, String meaning) {
    this.type = type;
    this.meaning = meaning;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
