package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeTaints.State;
import io.virtualnodes.pool.Fleet.Step;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  private static final Set<State> WELL = EnumSet.noneOf(State.class);

  @Test
  void makesWhatIsMissingAndKeepsWhatIsThere() {
    var steps = Fleet.steps(pool(3, "None"), List.of(ours("burst-1")), WELL, NOW);

    assertThat(steps)
        .extracting(FleetTest::told)
        .containsExactly("Create burst-0", "Keep burst-1", "Create burst-2");
  }

  @Test
  void leavesANodeAloneThatIsSomebodyElses() {
    var steps = Fleet.steps(pool(2, "None"), List.of(others("burst-0")), WELL, NOW);

    assertThat(steps)
        .extracting(FleetTest::told)
        .containsExactly("Taken burst-0", "Create burst-1");
  }

  @Test
  void emptiesAndRemovesWhatIsTooMuch() {
    var nodes = List.of(ours("burst-0"), ours("burst-1"), ours("burst-2"));

    var steps = Fleet.steps(pool(1, "None"), nodes, WELL, NOW);

    assertThat(steps)
        .extracting(FleetTest::told)
        .containsExactly("Keep burst-0", "Remove burst-1", "Remove burst-2");
  }

  @Test
  void neverRemovesANodeThatIsSomebodyElses() {
    var steps =
        Fleet.steps(pool(1, "None"), List.of(ours("burst-0"), others("burst-7")), WELL, NOW);

    assertThat(steps).extracting(FleetTest::told).containsExactly("Keep burst-0");
  }

  @Test
  void removesAllNodesOfAPoolThatIsDeleted() {
    var pool = pool(2, "None");
    pool.getMetadata().setDeletionTimestamp(NOW.toString());

    var steps = Fleet.steps(pool, List.of(ours("burst-0"), ours("burst-1")), WELL, NOW);

    assertThat(steps)
        .extracting(FleetTest::told)
        .containsExactly("Remove burst-0", "Remove burst-1");
  }

  @Test
  void holdKeepsNodesAndHoldAndDrainEmptiesThem() {
    var nodes = List.of(ours("burst-0"));

    assertThat(Fleet.steps(pool(1, "Hold"), nodes, WELL, NOW))
        .extracting(FleetTest::told)
        .containsExactly("Keep burst-0");
    assertThat(Fleet.steps(pool(1, "HoldAndDrain"), nodes, WELL, NOW))
        .extracting(FleetTest::told)
        .containsExactly("Empty burst-0");
  }

  @Test
  void aDrainBeginsOnceAndNotAnewAtEachLook() {
    var draining = ours("burst-1");
    var first = Fleet.steps(pool(1, "None"), List.of(draining), WELL, NOW);
    draining.getMetadata().setAnnotations(Map.of("virtualnodes.io/drain-started", NOW.toString()));

    var again = Fleet.steps(pool(1, "None"), List.of(draining), WELL, NOW.plusSeconds(90));

    assertThat(removed(first).manifest().drainStarted()).contains(NOW);
    assertThat(removed(again).manifest().drainStarted()).contains(NOW);
  }

  private static Step removed(List<Step> steps) {
    return steps.stream().filter(step -> step instanceof Step.Empty).findFirst().orElseThrow();
  }

  private static String told(Step step) {
    var what =
        switch (step) {
          case Step.Create _ -> "Create ";
          case Step.Keep _ -> "Keep ";
          case Step.Empty(_, _, var removed) -> removed ? "Remove " : "Empty ";
          case Step.Taken _ -> "Taken ";
        };
    return what + step.manifest().name();
  }

  private static VirtualNodePool pool(int count, String stopPolicy) {
    return Serialization.unmarshal(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: burst }
        spec:
          stopPolicy: %s
          nodes: { count: %d, hostnameLabel: Omit, os: linux, arch: amd64, providerID: Auto }
          backends:
          - name: local
            docker: {}
        """
            .formatted(stopPolicy, count),
        VirtualNodePool.class);
  }

  private static Node ours(String name) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("virtualnodes.io/pool", "burst")
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }

  private static Node others(String name) {
    return new NodeBuilder().withNewMetadata().withName(name).endMetadata().build();
  }
}
