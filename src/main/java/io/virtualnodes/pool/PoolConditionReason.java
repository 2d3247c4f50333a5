package io.virtualnodes.pool;

import static io.virtualnodes.pool.PoolConditionType.ACCEPTED;
import static io.virtualnodes.pool.PoolConditionType.BACKEND_READY;
import static io.virtualnodes.pool.PoolConditionType.CLUSTER_NETWORK;
import static io.virtualnodes.pool.PoolConditionType.DAEMON_SETS_STALLED;
import static io.virtualnodes.pool.PoolConditionType.KUBELET_SERVING;
import static io.virtualnodes.pool.PoolConditionType.NODES_REGISTERED;
import static io.virtualnodes.pool.PoolConditionType.ORPHANS_HELD;
import static io.virtualnodes.pool.PoolConditionType.READY;
import static io.virtualnodes.pool.PoolConditionType.RECONCILING;
import static io.virtualnodes.pool.PoolConditionType.STALLED;

import io.virtualnodes.node.ConditionReason;
import java.util.List;

/** Why a pool's conditions are as they are. */
public enum PoolConditionReason implements ConditionReason {
  POOL_READY("PoolReady", "pods that are bound to the nodes can start", "", READY.isTrue()),
  STOPPED(
      "Stopped",
      "all is well, and `spec.stopPolicy` lets no new pods start",
      "set it to `None` to go on",
      READY.isTrue()),
  SETTINGS_VALID("SettingsValid", "the settings can be used", "", ACCEPTED.isTrue()),
  INVALID_SETTINGS(
      "InvalidSettings",
      "the settings contradict each other, or something that they name is not there",
      "change what the message names",
      ACCEPTED.isFalse(),
      READY.isFalse(),
      BACKEND_READY.isFalse(),
      STALLED.isTrue(),
      RECONCILING.isFalse()),
  ANSWERS("Answers", "the service answers", "", BACKEND_READY.isTrue()),
  CONNECTING(
      "Connecting",
      "the service has not answered yet",
      "wait some seconds",
      BACKEND_READY.isFalse(),
      READY.isFalse()),
  UNAVAILABLE(
      "Unavailable",
      "the service does not answer; what runs there goes on",
      "what its last words in the message say",
      BACKEND_READY.isFalse(),
      READY.isFalse()),
  DENIED(
      "Denied",
      "the service refuses the pool's settings or credentials",
      "mend what its words in the message name; pods try again each minute",
      BACKEND_READY.isFalse(),
      READY.isFalse(),
      STALLED.isTrue(),
      RECONCILING.isFalse()),
  ALL_READY("AllReady", "all nodes exist and take pods", "", NODES_REGISTERED.isTrue()),
  STARTING(
      "Starting",
      "some nodes are not there yet, or their pods are not watched yet",
      "wait; if it stays, read the operator's log",
      NODES_REGISTERED.isFalse(),
      READY.isFalse()),
  NAME_TAKEN(
      "NameTaken",
      "Nodes of these names exist and do not belong to the pool",
      "remove them, or name the pool differently",
      NODES_REGISTERED.isFalse(),
      READY.isFalse(),
      STALLED.isTrue(),
      RECONCILING.isFalse()),
  CAPACITY_UNKNOWN(
      "CapacityUnknown",
      "the service has not said what it has",
      "wait, or set `spec.nodes.capacity`",
      NODES_REGISTERED.isFalse(),
      READY.isFalse()),
  SERVING("Serving", "the nodes' HTTPS ports are open", "", KUBELET_SERVING.isTrue()),
  PORT_NOT_OPENED(
      "PortNotOpened",
      "a port could not be opened: no `kubectl logs` or `exec` on the nodes that are named",
      "what the message says of the port or the certificate",
      KUBELET_SERVING.isFalse(),
      READY.isFalse()),
  STARTING_NODES("StartingNodes", "nodes are being started", "", RECONCILING.isTrue()),
  EMPTYING_NODES("EmptyingNodes", "nodes are being emptied", "", RECONCILING.isTrue()),
  SETTLED("Settled", "nothing is being changed", "", RECONCILING.isFalse()),
  BACKEND_UNAVAILABLE(
      "BackendUnavailable",
      "nodes cannot be emptied while the service does not answer",
      "mend it; `spec.drain.forceOrphan` lets a deleted pool go without it",
      STALLED.isTrue(),
      RECONCILING.isFalse()),
  NOT_STALLED("NotStalled", "nothing stands in the way", "", STALLED.isFalse()),
  MANY_ORPHANS(
      "ManyOrphans",
      "many groups at once have no pod: they stay for two minutes, and the API server is asked"
          + " again before they are removed",
      "",
      ORPHANS_HELD.isTrue()),
  NO_ORPHANS("None", "no group without a pod is kept", "", ORPHANS_HELD.isFalse()),
  PODS_REFUSED(
      "PodsRefused",
      "DaemonSets, of which the message names up to five, have pods here, which cannot run and hold"
          + " up their rollouts",
      "[keep them off](../pools.md#daemonsets) with node affinity, or all of them with the policy"
          + " in `deploy/policies/daemonsets`",
      DAEMON_SETS_STALLED.isTrue()),
  NO_DAEMON_SETS(
      "None", "no DaemonSet has a pod on the pool's nodes", "", DAEMON_SETS_STALLED.isFalse()),
  DECLARED(
      "Declared",
      "pods are told where the cluster's DNS is, as `spec.network` says; nobody tries it",
      "",
      CLUSTER_NETWORK.isTrue()),
  NO_CLUSTER_DNS(
      "NoClusterDNS",
      "pods use the DNS of their backend, where names of Services do not resolve",
      "if they can reach the cluster's, say where in [spec.network.dnsServers](../network.md)",
      CLUSTER_NETWORK.isFalse());

  private final Told told;

  PoolConditionReason(String reason, String meaning, String remedy, Said... conditions) {
    this.told = new Told(reason, meaning, remedy, List.of(conditions));
  }

  @Override
  public Told told() {
    return told;
  }
}
