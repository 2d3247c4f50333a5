package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeStatusReportTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final NodeShare SHARE = new NodeShare(1500, 2L << 30, 55);
  private static final Node NEW =
      new NodeBuilder().withNewMetadata().withName("burst-0").endMetadata().build();

  @Test
  void aBackendThatIsAwayLeavesTheNodeReady() {
    var status =
        NodeStatusReport.status(facts(SHARE, "24.0", Optional.of("connection refused")), NEW, NOW);

    assertThat(condition(status, "Ready").getStatus()).isEqualTo("True");
    assertThat(condition(status, "BackendAvailable").getStatus()).isEqualTo("False");
    assertThat(condition(status, "BackendAvailable").getMessage()).endsWith("connection refused");
  }

  @Test
  void theTimeOfAChangeIsKeptUntilTheStatusChanges() {
    var before = report(SHARE, "24.0");
    var later = NOW.plusSeconds(60);

    var after =
        NodeStatusReport.status(
            facts(SHARE, "24.0", Optional.of("down")), withStatus(before), later);

    assertThat(condition(after, "Ready").getLastTransitionTime()).isEqualTo("2026-03-01T10:00:00Z");
    assertThat(condition(after, "Ready").getLastHeartbeatTime()).isEqualTo("2026-03-01T10:01:00Z");
    assertThat(condition(after, "BackendAvailable").getLastTransitionTime())
        .isEqualTo("2026-03-01T10:01:00Z");
  }

  @Test
  void theVersionOfTheRuntimeStaysUntilTheBackendTellsIt() {
    var known = withStatus(report(SHARE, "24.0"));

    var silent = NodeStatusReport.status(facts(SHARE, "", Optional.empty()), known, NOW);
    var told = NodeStatusReport.status(facts(SHARE, "25.0", Optional.empty()), known, NOW);

    assertThat(silent.getNodeInfo().getContainerRuntimeVersion()).isEqualTo("docker://24.0");
    assertThat(told.getNodeInfo().getContainerRuntimeVersion()).isEqualTo("docker://25.0");
    assertThat(report(SHARE, "").getNodeInfo().getContainerRuntimeVersion()).isEqualTo("docker://");
  }

  @Test
  void memoryIsToldInKiUnlessThatWouldLoseSomething() {
    var odd = new NodeShare(1500, 1025, 55);

    assertThat(report(SHARE, "24.0").getCapacity())
        .containsEntry("cpu", new Quantity("1500m"))
        .containsEntry("memory", new Quantity("2097152Ki"))
        .containsEntry("pods", new Quantity("55"));
    assertThat(report(odd, "24.0").getAllocatable()).containsEntry("memory", new Quantity("1025"));
  }

  private static NodeStatus report(NodeShare share, String version) {
    return NodeStatusReport.status(facts(share, version, Optional.empty()), NEW, NOW);
  }

  private static NodeStatusReport.Facts facts(
      NodeShare share, String runtimeVersion, Optional<String> outage) {
    return new NodeStatusReport.Facts(
        "burst",
        "10.0.0.9",
        10250,
        share,
        "linux",
        "amd64",
        "docker",
        runtimeVersion,
        "v1.36.3+virtualnodes",
        outage);
  }

  private static Node withStatus(NodeStatus status) {
    return new NodeBuilder(NEW).withStatus(status).build();
  }

  private static NodeCondition condition(NodeStatus status, String type) {
    return status.getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }
}
