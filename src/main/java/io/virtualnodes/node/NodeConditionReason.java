package io.virtualnodes.node;

import java.util.List;

/** Why a Node's conditions are as they are. */
public enum NodeConditionReason implements ConditionReason {
  VIRTUAL_NODE_READY(
      "VirtualNodeReady",
      "the operator looks after the node's pods. When no operator has renewed its lease for 40 s,"
          + " the control plane says `Unknown`, `NodeStatusUnknown`",
      "",
      NodeConditionType.READY.isTrue()),
  BACKEND_ANSWERS(
      "BackendAnswers", "the service answers", "", NodeConditionType.BACKEND_AVAILABLE.isTrue()),
  BACKEND_UNAVAILABLE(
      "BackendUnavailable",
      "the service does not answer; what runs there goes on",
      "as of the pool's `BackendReady`",
      NodeConditionType.BACKEND_AVAILABLE.isFalse()),
  VIRTUAL_NODE(
      "VirtualNode",
      "there is no machine that could be short of it",
      "",
      NodeConditionType.MEMORY_PRESSURE.isFalse(),
      NodeConditionType.DISK_PRESSURE.isFalse(),
      NodeConditionType.PID_PRESSURE.isFalse()),
  BACKEND_NETWORK(
      "BackendNetwork",
      "the service's network serves the pods",
      "",
      NodeConditionType.NETWORK_UNAVAILABLE.isFalse());

  private final Told told;

  NodeConditionReason(String reason, String meaning, String remedy, Said... conditions) {
    this.told = new Told(reason, meaning, remedy, List.of(conditions));
  }

  @Override
  public Told told() {
    return told;
  }
}
