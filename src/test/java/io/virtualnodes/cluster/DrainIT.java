package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.TestPool.taints;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How nodes go: their pods first, with the notice that they were promised, and nothing is left. */
class DrainIT {
  private static final String NOWHERE = "unix:///nonexistent.sock";

  private static Place place;
  private static TestPool pool;

  @BeforeAll
  static void aPool() {
    var cluster = Cluster.of(DrainIT.class);
    place = cluster.place(DrainIT.class);
    cluster.operator();
    pool = TestPool.of(place, "main");
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      place.kubectl().run("delete", "pdb,pods", "--all");
      pool.delete();
      place.cluster().client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void kubectlScaleMakesNodesAndTakesTheLastOnesAway() {
    pool.apply("nodes: { count: 1 }").awaitReady();
    pool.runOn(0, "stays");

    scale(3);
    pool.awaitReady();
    assertThat(List.of(pool.node(0), pool.node(1), pool.node(2))).doesNotContainNull();
    pool.runOn(2, "goes");

    scale(1);
    eventually(
        () -> {
          assertThat(pool.node(1)).isNull();
          assertThat(pool.node(2)).isNull();
        });
    eventually(() -> assertThat(pool.lease(1)).isNull());
    eventually(() -> assertThat(pool.lease(2)).isNull());
    assertThat(pool.pod("goes")).isNull();
    assertThat(pool.containers("goes")).isEmpty();
    assertThat(running("stays")).isTrue();
    assertThat(pool.resource().getStatus().nodes()).isEqualTo(1);
    pool.awaitReady();
    eventually(() -> assertThat(pool.resource().getStatus().readyNodes()).isEqualTo(1));
    assertThat(pool.condition("NodesRegistered").getMessage()).isEqualTo("1 of 1 nodes take pods");

    // A node that comes again is as good as new.
    scale(2);
    pool.awaitReady();
    // Kubernetes itself taints a node until it has seen that it is ready.
    eventually(
        () ->
            assertThat(taints(pool.node(1)))
                .containsExactly("virtualnodes.io/pool=" + pool.name() + ":NoSchedule"));
    pool.runOn(1, "again");
    place.kubectl().run("delete", "pod", "again", "stays");
  }

  @Test
  void aDisruptionBudgetIsRespectedUntilTheDeadline() {
    pool.apply(
            """
            nodes: { count: 2 }
            drain: { deadline: 8s }
            """)
        .awaitReady();
    pool.runOn(1, "guarded");
    guard("guarded");

    scale(1);
    eventually(
        () -> assertThat(taints(pool.node(1))).contains("virtualnodes.io/draining:NoSchedule"));
    var started =
        Instant.parse(
            pool.node(1).getMetadata().getAnnotations().get("virtualnodes.io/drain-started"));
    assertThat(pool.pod("guarded").getMetadata().getDeletionTimestamp()).isNull();
    place.kubectl().run("wait", "--for=condition=Reconciling", "vnp/" + pool.name());
    assertThat(pool.condition("Reconciling").getMessage()).isEqualTo("1 node is being emptied");

    var deletion = new Pod[1];
    eventually(
        () -> {
          deletion[0] = pool.pod("guarded");
          assertThat(deletion[0].getMetadata().getDeletionTimestamp()).isNotNull();
        });
    // The API server writes when the grace is over, in whole seconds.
    var asked =
        Instant.parse(deletion[0].getMetadata().getDeletionTimestamp())
            .minusSeconds(deletion[0].getMetadata().getDeletionGracePeriodSeconds());
    assertThat(Duration.between(started, asked)).isGreaterThanOrEqualTo(Duration.ofSeconds(7));
    eventually(() -> assertThat(pool.node(1)).isNull());
    assertThat(pool.containers("guarded")).isEmpty();
    place.kubectl().run("delete", "pdb", "guarded");
  }

  @Test
  void anEvictionThatWasRefusedIsAskedForAgain() {
    pool.apply(
            """
            nodes: { count: 2 }
            drain: { deadline: 1h }
            """)
        .awaitReady();
    pool.runOn(1, "patient");
    guard("patient");
    scale(1);
    eventually(
        () -> assertThat(taints(pool.node(1))).contains("virtualnodes.io/draining:NoSchedule"));
    assertThat(running("patient")).isTrue();

    place.kubectl().run("delete", "pdb", "patient");

    eventually(() -> assertThat(pool.node(1)).isNull());
    assertThat(pool.pod("patient")).isNull();
  }

  @Test
  void aScaleDownThatIsTakenBackLeavesTheNodeAsItWas() {
    pool.apply(
            """
            nodes: { count: 2 }
            drain: { deadline: 1h }
            """)
        .awaitReady();
    pool.runOn(1, "lucky");
    guard("lucky");
    var uid = pool.node(1).getMetadata().getUid();
    scale(1);
    eventually(
        () -> assertThat(taints(pool.node(1))).contains("virtualnodes.io/draining:NoSchedule"));

    scale(2);

    eventually(
        () -> {
          assertThat(taints(pool.node(1))).doesNotContain("virtualnodes.io/draining:NoSchedule");
          assertThat(pool.node(1).getMetadata().getAnnotations())
              .doesNotContainKey("virtualnodes.io/drain-started");
        });
    assertThat(pool.node(1).getMetadata().getUid()).isEqualTo(uid);
    assertThat(running("lucky")).isTrue();
    pool.runOn(1, "newcomer");
    place.kubectl().run("delete", "pdb", "lucky");
    place.kubectl().run("delete", "pod", "lucky", "newcomer");
  }

  @Test
  void aDeletedPoolEmptiesItsNodesAndLeavesNothing() {
    var leaving =
        TestPool.of(place, "leaving")
            .apply(
                """
                nodes: { count: 2 }
                drain: { deadline: 1h }
                """)
            .awaitReady();
    leaving.runOn(0, "runs");
    leaving.runToItsEnd("ended");
    leaving.runOn(1, "held");
    guard("held");
    assertThat(leaving.containers()).isNotEmpty();

    place.kubectl().run("delete", "vnp", leaving.name(), "--wait=false");

    eventually(() -> assertThat(leaving.node(0)).isNull());
    assertThat(leaving.containers("runs")).as("containers of a node that is gone").isEmpty();
    assertThat(leaving.pod("runs")).isNull();
    eventually(() -> assertThat(leaving.lease(0)).isNull());
    // The budget still holds the other node, and the pool waits for it and says so.
    assertThat(running("held")).isTrue();
    assertThat(taints(leaving.node(1))).contains("virtualnodes.io/draining:NoSchedule");
    eventually(
        () -> {
          assertThat(leaving.condition("Reconciling").getReason()).isEqualTo("EmptyingNodes");
          assertThat(leaving.resource().getStatus().nodes()).isEqualTo(1);
        });

    place.kubectl().run("delete", "pdb", "held");
    place.kubectl().run("wait", "--for=delete", "vnp/" + leaving.name(), "--timeout=60s");

    assertThat(leaving.node(1)).isNull();
    eventually(() -> assertThat(leaving.lease(1)).isNull());
    assertThat(leaving.containers()).isEmpty();
  }

  @Test
  void withoutItsBackendADeletedPoolWaitsAndSaysHowToLetItGo() {
    var stuck =
        TestPool.of(place, "stuck")
            .apply(
                """
                nodes: { count: 1, capacity: { cpu: "1", memory: 1Gi, pods: "10" } }
                """,
                NOWHERE)
            .await("BackendReady=False");
    eventually(() -> assertThat(stuck.node(0)).isNotNull());

    place.kubectl().run("delete", "vnp", stuck.name(), "--wait=false");

    eventually(
        () -> {
          assertThat(stuck.condition("Stalled").getStatus()).isEqualTo("True");
          assertThat(stuck.condition("Stalled").getMessage()).contains("spec.drain.forceOrphan");
        });
    assertThat(stuck.node(0)).isNotNull();

    place
        .kubectl()
        .run(
            "patch",
            "vnp",
            stuck.name(),
            "--type=merge",
            "-p",
            "{\"spec\":{\"drain\":{\"deadline\":\"1m\",\"forceOrphan\":true}}}");
    place.kubectl().run("wait", "--for=delete", "vnp/" + stuck.name(), "--timeout=60s");
    assertThat(stuck.node(0)).isNull();
    eventually(() -> assertThat(stuck.lease(0)).isNull());
    assertThat(place.kubectl().run("events", "-n", "default", "--for=vnp/" + stuck.name()))
        .contains("NodeAbandoned");
  }

  private static void scale(int nodes) {
    place.kubectl().run("scale", "vnp/" + pool.name(), "--replicas=" + nodes);
  }

  private static boolean running(String podName) {
    var pod = pool.pod(podName);
    return pod != null
        && pod.getStatus().getPhase().equals("Running")
        && pod.getMetadata().getDeletionTimestamp() == null;
  }

  /** A budget that never lets the pod be evicted. */
  private static void guard(String podName) {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: { name: %s }
            spec:
              minAvailable: 1
              selector: { matchLabels: { app: %s } }
            """
                .formatted(podName, podName),
            "apply",
            "-f",
            "-");
    place
        .kubectl()
        .run(
            "wait", "--for=jsonpath={.status.currentHealthy}=1", "pdb/" + podName, "--timeout=30s");
  }
}
