package io.virtualnodes.node;

import static io.virtualnodes.node.NodeConditionReason.BACKEND_ANSWERS;
import static io.virtualnodes.node.NodeConditionReason.BACKEND_NETWORK;
import static io.virtualnodes.node.NodeConditionReason.BACKEND_UNAVAILABLE;
import static io.virtualnodes.node.NodeConditionReason.VIRTUAL_NODE;
import static io.virtualnodes.node.NodeConditionReason.VIRTUAL_NODE_READY;
import static io.virtualnodes.node.NodeConditionType.BACKEND_AVAILABLE;
import static io.virtualnodes.node.NodeConditionType.DISK_PRESSURE;
import static io.virtualnodes.node.NodeConditionType.MEMORY_PRESSURE;
import static io.virtualnodes.node.NodeConditionType.NETWORK_UNAVAILABLE;
import static io.virtualnodes.node.NodeConditionType.PID_PRESSURE;
import static io.virtualnodes.node.NodeConditionType.READY;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.NodeSystemInfo;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The status of one Node whose pods are watched, as a kubelet would write it.
 *
 * <p>A backend that does not answer shows in a condition and a taint, and never as {@code
 * Ready=False}: the pods that run there run well, and would be taken out of their Services and
 * evicted.
 */
public final class NodeStatusReport {
  private static final long KI = 1024;

  private NodeStatusReport() {}

  /**
   * What a node's status is made of.
   *
   * @param address InternalIP, at which the API server reaches {@code kubeletPort}
   * @param kubeletPort 0 while there is no kubelet endpoint
   * @param outage what the backend said, if it does not answer
   * @param runtimeVersion empty until the backend has told it
   * @param notice what people must know of what runs the containers
   * @param kubeletVersion a Kubernetes version, which other software compares
   * @param features what the node can do beyond what every node of that version can, by the names
   *     of Kubernetes' feature gates
   */
  public record Facts(
      String pool,
      String address,
      int kubeletPort,
      NodeShare capacity,
      String os,
      String arch,
      String runtime,
      String runtimeVersion,
      Optional<String> notice,
      String kubeletVersion,
      List<String> features,
      Optional<String> outage) {

    public Facts {
      features = List.copyOf(features);
    }
  }

  /**
   * The body of a strategic merge patch of the Node's status: conditions of other types survive.
   *
   * @param current the Node as it is, for the times at which conditions changed
   */
  static Map<String, Object> patch(Facts facts, Node current, Instant now) {
    var status = status(facts, current, now);
    var body = new LinkedHashMap<String, Object>();
    body.put("capacity", status.getCapacity());
    body.put("allocatable", status.getAllocatable());
    body.put("conditions", status.getConditions());
    // Merged by type at the API server, which would keep an address that we no longer have.
    body.put(
        "addresses",
        Stream.concat(Stream.of(Map.of("$patch", "replace")), status.getAddresses().stream())
            .toList());
    body.put("daemonEndpoints", status.getDaemonEndpoints());
    body.put("nodeInfo", status.getNodeInfo());
    // Older API servers do not know the field, so it is named only where it says something.
    if (!facts.features().isEmpty() || !declared(current).isEmpty()) {
      body.put("declaredFeatures", status.getDeclaredFeatures());
    }
    return Map.of("status", body);
  }

  static NodeStatus status(Facts facts, Node current, Instant now) {
    return new NodeStatusBuilder()
        .withCapacity(capacity(facts.capacity()))
        .withAllocatable(capacity(facts.capacity()))
        .withConditions(conditions(facts, current, now))
        .withAddresses(
            new NodeAddress(facts.address(), "InternalIP"),
            new NodeAddress(current.getMetadata().getName(), "Hostname"))
        .withNewDaemonEndpoints()
        .withNewKubeletEndpoint(facts.kubeletPort())
        .endDaemonEndpoints()
        .withNewNodeInfo()
        .withArchitecture(facts.arch())
        .withOperatingSystem(facts.os())
        .withKubeletVersion(facts.kubeletVersion())
        .withContainerRuntimeVersion(runtimeVersion(facts, current))
        .withOsImage(
            "Virtual node of pool "
                + facts.pool()
                + facts.notice().map(notice -> " (" + notice + ")").orElse(""))
        // Not ours to know, and required: a node has no kernel or machine of its own.
        .withKernelVersion("virtual")
        .withMachineID(current.getMetadata().getName())
        .withSystemUUID(current.getMetadata().getName())
        .withBootID(current.getMetadata().getName())
        .withKubeProxyVersion("")
        .endNodeInfo()
        .withDeclaredFeatures(facts.features())
        .build();
  }

  private static List<String> declared(Node node) {
    return Optional.ofNullable(node.getStatus())
        .map(NodeStatus::getDeclaredFeatures)
        .orElse(List.of());
  }

  /** As the Node says it already, until the backend has told its version. */
  private static String runtimeVersion(Facts facts, Node current) {
    return Optional.ofNullable(current.getStatus())
        .map(NodeStatus::getNodeInfo)
        .map(NodeSystemInfo::getContainerRuntimeVersion)
        .filter(_ -> facts.runtimeVersion().isEmpty())
        .filter(known -> known.startsWith(facts.runtime() + "://"))
        .orElseGet(() -> facts.runtime() + "://" + facts.runtimeVersion());
  }

  private static Map<String, Quantity> capacity(NodeShare share) {
    return Map.of(
        "cpu", new Quantity(share.milliCpu() + "m"),
        "memory", memory(share.memoryBytes()),
        "pods", new Quantity(String.valueOf(share.pods())));
  }

  /** In Ki, as a kubelet says it, unless that would lose something. */
  private static Quantity memory(long bytes) {
    return bytes % KI == 0 ? new Quantity(bytes / KI + "Ki") : new Quantity(String.valueOf(bytes));
  }

  private static List<NodeCondition> conditions(Facts facts, Node current, Instant now) {
    return List.of(
        condition(current, READY, VIRTUAL_NODE_READY, "The node takes pods", now),
        facts
            .outage()
            .map(
                outage ->
                    condition(
                        current,
                        BACKEND_AVAILABLE,
                        BACKEND_UNAVAILABLE,
                        "The backend does not answer; what runs there goes on. Last: " + outage,
                        now))
            .orElseGet(
                () ->
                    condition(
                        current, BACKEND_AVAILABLE, BACKEND_ANSWERS, "The backend answers", now)),
        pressure(current, MEMORY_PRESSURE, now),
        pressure(current, DISK_PRESSURE, now),
        pressure(current, PID_PRESSURE, now),
        condition(
            current,
            NETWORK_UNAVAILABLE,
            BACKEND_NETWORK,
            "The backend's network serves pods",
            now));
  }

  private static NodeCondition pressure(Node current, NodeConditionType type, Instant now) {
    return condition(current, type, VIRTUAL_NODE, "A virtual node has no " + type.type(), now);
  }

  private static NodeCondition condition(
      Node current,
      NodeConditionType type,
      NodeConditionReason reason,
      String message,
      Instant now) {
    var status = reason.of(type).status();
    var time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    var since =
        Optional.ofNullable(current.getStatus()).map(NodeStatus::getConditions).stream()
            .flatMap(List::stream)
            .filter(before -> type.is(before.getType()))
            .filter(before -> status.equals(before.getStatus()))
            .map(NodeCondition::getLastTransitionTime)
            .findFirst()
            .orElse(time);
    return new NodeConditionBuilder()
        .withType(type.type())
        .withStatus(status)
        .withReason(reason.reason())
        .withMessage(message)
        .withLastHeartbeatTime(time)
        .withLastTransitionTime(since)
        .build();
  }
}
