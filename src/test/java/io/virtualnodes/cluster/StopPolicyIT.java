package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.TestPool.taints;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pool can be told to take no more pods, and to let go of those that it has. */
class StopPolicyIT {
  private static final String STOPPED = "virtualnodes.io/stopped:NoSchedule";

  private static Place place;
  private static TestPool pool;

  @BeforeAll
  static void aPool() {
    var cluster = Cluster.of(StopPolicyIT.class);
    place = cluster.place(StopPolicyIT.class);
    cluster.operator();
    pool = TestPool.of(place, "main").apply("nodes: { count: 1 }").awaitReady();
  }

  @BeforeEach
  void thatTakesPods() {
    policy("None");
    eventually(() -> assertThat(taints(pool.node(0))).doesNotContain(STOPPED));
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      place.kubectl().run("delete", "pods", "--all");
      pool.delete();
      place.cluster().client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void holdStartsNoNewPodsLeavesRunningOnesAloneAndNoneStartsThoseThatWait() {
    var before = pool.run("before");

    policy("Hold");
    eventually(() -> assertThat(taints(pool.node(0))).contains(STOPPED));

    // The scheduler keeps one away, and the node does not start one that is bound to it anyway.
    pool.start(
        "unbound", "nodeSelector: { virtualnodes.io/pool: " + pool.name() + " }", "sleep 60");
    pool.start("bound", "nodeName: " + pool.nodeName(0), "sleep 60");
    place.kubectl().run("wait", "--for=condition=PodScheduled=False", "pod/unbound");
    eventually(
        () -> {
          assertThat(pool.pod("bound").getStatus().getPhase()).isEqualTo("Pending");
          assertThat(pool.pod("bound").getStatus().getReason()).isEqualTo("Held");
          assertThat(pool.pod("bound").getStatus().getMessage()).contains("stopPolicy Hold");
        });
    assertThat(pool.containers("bound")).isEmpty();
    assertThat(pool.pod("before").getStatus().getContainerStatuses())
        .isEqualTo(before.getStatus().getContainerStatuses());
    pool.await("Ready");
    assertThat(pool.condition("Ready").getMessage()).contains("Hold");

    policy("None");

    place
        .kubectl()
        .run("wait", "--for=condition=Ready", "pod/bound", "pod/unbound", "--timeout=60s");
    assertThat(taints(pool.node(0))).doesNotContain(STOPPED);
    assertThat(pool.pod("bound").getStatus().getReason()).isNull();
    place.kubectl().run("delete", "pod", "before", "bound", "unbound");
  }

  @Test
  void holdAndDrainAlsoEvictsWhatRunsAndKeepsTheNode() {
    pool.run("evicted");
    var uid = pool.node(0).getMetadata().getUid();

    policy("HoldAndDrain");

    place.kubectl().run("wait", "--for=delete", "pod/evicted", "--timeout=60s");
    eventually(() -> assertThat(pool.containers("evicted")).isEmpty());
    assertThat(taints(pool.node(0))).contains(STOPPED);
    eventually(() -> assertThat(pool.condition("Reconciling").getStatus()).isEqualTo("False"));
    assertThat(pool.node(0).getMetadata().getUid()).isEqualTo(uid);

    policy("None");
    eventually(
        () ->
            assertThat(pool.node(0).getMetadata().getAnnotations())
                .doesNotContainKey("virtualnodes.io/drain-started"));
    pool.run("after");
    place.kubectl().run("delete", "pod", "after");
  }

  private static void policy(String stopPolicy) {
    pool.apply(
        """
        nodes: { count: 1 }
        stopPolicy: %s
        """
            .formatted(stopPolicy));
  }
}
