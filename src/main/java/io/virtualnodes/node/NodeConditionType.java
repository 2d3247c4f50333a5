package io.virtualnodes.node;

/** What a Node's conditions are about. All but one are Kubernetes' own. */
public enum NodeConditionType implements ConditionType {
  READY("Ready", "the node takes pods, and they are looked after"),
  BACKEND_AVAILABLE("BackendAvailable", "the service that runs the pods answers"),
  MEMORY_PRESSURE("MemoryPressure", "the node is short of memory, which a virtual node never is"),
  DISK_PRESSURE("DiskPressure", "likewise of disk"),
  PID_PRESSURE("PIDPressure", "likewise of process ids"),
  NETWORK_UNAVAILABLE(
      "NetworkUnavailable", "nobody has set up a network for the pods, which the service does");

  private final String type;
  private final String meaning;

  NodeConditionType(String type, String meaning) {
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
