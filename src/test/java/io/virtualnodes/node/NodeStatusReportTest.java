package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.node.NodeStatusReport.Facts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeStatusReportTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.900Z");
  private static final NodeShare SHARE = new NodeShare(1500, 1 << 30, 20);
  private static final Node NEW =
      new NodeBuilder().withNewMetadata().withName("burst-0").endMetadata().build();

  @Test
  void aNodeIsReadyAndUnderNoPressure() {
    assertThat(NodeStatusReport.status(facts(Optional.empty()), NEW, NOON).getConditions())
        .extracting(NodeCondition::getType, NodeCondition::getStatus)
        .containsExactly(
            tuple("Ready", "True"),
            tuple("BackendAvailable", "True"),
            tuple("MemoryPressure", "False"),
            tuple("DiskPressure", "False"),
            tuple("PIDPressure", "False"),
            tuple("NetworkUnavailable", "False"));
  }

  @Test
  void anOutageOfTheBackendDoesNotMakeTheNodeUnready() {
    var status = NodeStatusReport.status(facts(Optional.of("timeout")), NEW, NOON);

    assertThat(condition(status, "Ready").getStatus()).isEqualTo("True");
    assertThat(condition(status, "BackendAvailable").getStatus()).isEqualTo("False");
    assertThat(condition(status, "BackendAvailable").getMessage()).endsWith("Last: timeout");
  }

  /** A condition that kept its reason would be merged with it. */
  @Test
  void everyConditionSaysWhy() {
    assertThat(NodeStatusReport.status(facts(Optional.empty()), NEW, NOON).getConditions())
        .allSatisfy(
            condition -> {
              assertThat(condition.getReason()).isNotBlank();
              assertThat(condition.getMessage()).isNotBlank();
            });
  }

  @Test
  void aConditionKeepsItsTimeUntilItsStatusChanges() {
    var before = written(NodeStatusReport.status(facts(Optional.empty()), NEW, NOON));

    var later =
        NodeStatusReport.status(facts(Optional.of("timeout")), before, NOON.plusSeconds(300));

    assertThat(condition(later, "Ready").getLastTransitionTime()).isEqualTo("2026-03-01T12:00:00Z");
    assertThat(condition(later, "Ready").getLastHeartbeatTime()).isEqualTo("2026-03-01T12:05:00Z");
    assertThat(condition(later, "BackendAvailable").getLastTransitionTime())
        .isEqualTo("2026-03-01T12:05:00Z");
  }

  @Test
  void aNodeAdvertisesItsShareAndAllOfItCanBeUsed() {
    var status = NodeStatusReport.status(facts(Optional.empty()), NEW, NOON);

    assertThat(status.getCapacity())
        .isEqualTo(
            Map.of(
                "cpu", new Quantity("1500m"),
                "memory", new Quantity("1048576Ki"),
                "pods", new Quantity("20")));
    assertThat(status.getAllocatable()).isEqualTo(status.getCapacity());
  }

  @Test
  void memoryIsToldInBytesWhereKiWouldLoseSomething() {
    var odd = new NodeShare(1500, 1025, 20);

    var status = NodeStatusReport.status(facts(odd, "28.1", Optional.empty()), NEW, NOON);

    assertThat(status.getCapacity()).containsEntry("memory", new Quantity("1025"));
  }

  @Test
  void theVersionOfTheRuntimeStaysUntilTheBackendTellsIt() {
    var known = written(NodeStatusReport.status(facts(Optional.empty()), NEW, NOON));

    assertThat(runtime("", known)).isEqualTo("docker://28.1");
    assertThat(runtime("29.0", known)).isEqualTo("docker://29.0");
    assertThat(runtime("", NEW)).isEqualTo("docker://");
  }

  @Test
  void aNodeSaysWhereItsKubeletAnswersAndWhatItIs() {
    var status = NodeStatusReport.status(facts(Optional.empty()), NEW, NOON);

    assertThat(status.getAddresses())
        .containsExactly(
            new NodeAddress("10.0.0.9", "InternalIP"), new NodeAddress("burst-0", "Hostname"));
    assertThat(status.getDaemonEndpoints().getKubeletEndpoint().getPort()).isEqualTo(10250);
    assertThat(status.getNodeInfo().getArchitecture()).isEqualTo("arm64");
    assertThat(status.getNodeInfo().getOperatingSystem()).isEqualTo("linux");
    assertThat(status.getNodeInfo().getKubeletVersion()).isEqualTo("v1.36.0");
    assertThat(status.getNodeInfo().getContainerRuntimeVersion()).isEqualTo("docker://28.1");
    assertThat(status.getNodeInfo().getOsImage()).isEqualTo("Virtual node of pool burst");
  }

  @Test
  void thePatchReplacesAddressesAndLeavesOthersConditionsAlone() {
    var foreign =
        new NodeBuilder(NEW)
            .withNewStatus()
            .addNewCondition()
            .withType("example.com/KernelDeadlock")
            .withStatus("False")
            .endCondition()
            .endStatus()
            .build();

    var patch = NodeStatusReport.patch(facts(Optional.empty()), foreign, NOON);

    var status = (Map<?, ?>) patch.get("status");
    assertThat(patch).containsOnlyKeys("status");
    assertThat(((List<?>) status.get("addresses")).getFirst())
        .isEqualTo(Map.of("$patch", "replace"));
    assertThat((List<?>) status.get("addresses")).hasSize(3);
    assertThat(status.get("conditions").toString())
        .contains("Ready")
        .doesNotContain("KernelDeadlock");
    assertThat(status.containsKey("images")).as("not ours").isFalse();
  }

  @Test
  void aFeatureIsDeclaredAndTakenBackAndElseNotSpokenOf() {
    var declaring = declaring("ExtendWebSocketsToKubelet");
    var declared = written(NodeStatusReport.status(declaring, NEW, NOON));

    assertThat(features(declaring, NEW)).isEqualTo(List.of("ExtendWebSocketsToKubelet"));
    assertThat(features(declaring(), declared)).isEqualTo(List.of());
    assertThat(features(declaring(), NEW)).isNull();
  }

  /** Null if the patch does not name them. */
  private static Object features(Facts facts, Node current) {
    var status = (Map<?, ?>) NodeStatusReport.patch(facts, current, NOON).get("status");
    return status.get("declaredFeatures");
  }

  private static Facts facts(Optional<String> outage) {
    return facts(SHARE, "28.1", outage);
  }

  private static Facts facts(NodeShare share, String runtimeVersion, Optional<String> outage) {
    return new Facts(
        "burst",
        "10.0.0.9",
        10250,
        share,
        "linux",
        "arm64",
        "docker",
        runtimeVersion,
        Optional.empty(),
        "v1.36.0",
        List.of(),
        outage);
  }

  private static Facts declaring(String... features) {
    var plain = facts(Optional.empty());
    return new Facts(
        plain.pool(),
        plain.address(),
        plain.kubeletPort(),
        plain.capacity(),
        plain.os(),
        plain.arch(),
        plain.runtime(),
        plain.runtimeVersion(),
        plain.notice(),
        plain.kubeletVersion(),
        List.of(features),
        plain.outage());
  }

  private static String runtime(String version, Node current) {
    return NodeStatusReport.status(facts(SHARE, version, Optional.empty()), current, NOON)
        .getNodeInfo()
        .getContainerRuntimeVersion();
  }

  private static Node written(NodeStatus status) {
    return new NodeBuilder(NEW).withStatus(status).build();
  }

  private static NodeCondition condition(NodeStatus status, String type) {
    return status.getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }
}
