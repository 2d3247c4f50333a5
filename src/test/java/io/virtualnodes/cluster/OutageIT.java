package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.condition;
import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.TestPool.taints;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What runs goes on while the engine, or the operator, is away. */
@Disruptive("It ends the operator.")
class OutageIT {
  private static final String UNAVAILABLE = "virtualnodes.io/backend-unavailable:NoSchedule";

  private static Cluster cluster;
  private static Place place;
  private static Gate proxy;
  private static TestPool pool;

  @BeforeAll
  static void aPoolBehindAProxy() {
    cluster = Cluster.of(OutageIT.class);
    place = cluster.place(OutageIT.class);
    cluster.operator();
    proxy = Gate.before(cluster.engine());
    pool = TestPool.of(place, "main").apply("nodes: { count: 2 }", proxy.host()).awaitReady();
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      cluster.operator();
      place.kubectl().run("delete", "pods", "--all");
      pool.delete();
      proxy.close();
      cluster.client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void aBackendThatIsAwayLeavesNodesReadyAndPodsRunning() {
    var running = pool.runOn(0, "runs");
    var container = pool.containers("runs").getFirst().getId();
    var history = watchNodes();

    proxy.shut();

    pool.await("BackendReady=False");
    assertThat(pool.condition("Ready").getStatus()).isEqualTo("False");
    assertThat(pool.condition("BackendReady").getReason()).isEqualTo("Unavailable");
    assertThat(pool.condition("BackendReady").getMessage()).contains("what runs there goes on");
    assertThat(pool.resource().getStatus().backends())
        .singleElement()
        .satisfies(
            backend -> {
              assertThat(backend.state()).isEqualTo("Unavailable");
              assertThat(backend.message()).isNotBlank();
            });
    for (int index : List.of(0, 1)) {
      eventually(
          () -> {
            assertThat(taints(pool.node(index))).contains(UNAVAILABLE);
            assertThat(condition(pool.node(index), "BackendAvailable").getStatus())
                .isEqualTo("False");
          });
    }
    assertThat(pool.pod("runs").getStatus()).isEqualTo(running.getStatus());

    proxy.reopen();

    pool.awaitReady();
    for (int index : List.of(0, 1)) {
      eventually(
          () -> {
            assertThat(taints(pool.node(index))).doesNotContain(UNAVAILABLE);
            assertThat(condition(pool.node(index), "BackendAvailable").getStatus())
                .isEqualTo("True");
          });
    }
    assertThat(pool.pod("runs").getStatus()).isEqualTo(running.getStatus());
    assertThat(pool.containers("runs"))
        .singleElement()
        .satisfies(found -> assertThat(found.getId()).isEqualTo(container));
    assertThat(history.unready()).isEmpty();
    history.close();
    pool.run("afterwards");
    place.kubectl().run("delete", "pod", "runs", "afterwards");
  }

  @Test
  void aKilledOperatorIsBackBeforeItsNodesAreMissed() {
    pool.apply("nodes: { count: 2 }", proxy.host()).awaitReady();
    var running = pool.runOn(1, "unattended");
    var capacity = pool.node(1).getStatus().getCapacity();
    var history = watchNodes();
    var operator = cluster.operator();

    operator.kill();
    pause(Duration.ofSeconds(25));
    var renewed = pool.lease(1).getSpec().getRenewTime();
    operator.ensureReady();

    eventually(() -> assertThat(pool.lease(1).getSpec().getRenewTime()).isAfter(renewed));
    pool.run("afterwards-too");
    assertThat(history.unready()).isEmpty();
    assertThat(history.nodes())
        .filteredOn(node -> node.getMetadata().getName().equals(pool.nodeName(1)))
        .allSatisfy(node -> assertThat(node.getStatus().getCapacity()).isEqualTo(capacity));
    history.close();
    assertThat(pool.pod("unattended").getStatus()).isEqualTo(running.getStatus());
    place.kubectl().run("delete", "pod", "unattended", "afterwards-too");
  }

  @Test
  void anOperatorThatStartsDuringAnOutageTakesNothingAway() {
    var running = pool.runOn(0, "kept");
    var capacity = pool.node(0).getStatus().getCapacity();
    var history = watchNodes();
    var operator = cluster.operator();
    operator.kill();
    proxy.shut();

    operator.ensureReady();

    pool.await("BackendReady=False");
    eventually(() -> assertThat(taints(pool.node(0))).contains(UNAVAILABLE));
    assertThat(pool.node(0).getStatus().getCapacity()).isEqualTo(capacity);
    assertThat(pool.pod("kept").getStatus()).isEqualTo(running.getStatus());

    proxy.reopen();
    pool.awaitReady();
    assertThat(pool.pod("kept").getStatus()).isEqualTo(running.getStatus());
    assertThat(pool.node(0).getStatus().getCapacity()).isEqualTo(capacity);
    assertThat(history.unready()).isEmpty();
    history.close();
    place.kubectl().run("delete", "pod", "kept");
  }

  @Test
  void settingsOfTheBackendThatChangeLeaveNodesAndPodsAlone() {
    var running = pool.runOn(1, "unmoved");
    var history = watchNodes();

    place
        .kubectl()
        .run(
            "patch",
            "vnp",
            pool.name(),
            "--type=json",
            "-p",
            "[{\"op\":\"replace\",\"path\":\"/spec/backends/0/docker/sandboxImage\","
                + "\"value\":\"virtualnodes/busybox:latest\"}]");

    var renewed = pool.lease(1).getSpec().getRenewTime();
    eventually(() -> assertThat(pool.lease(1).getSpec().getRenewTime()).isAfter(renewed));
    pool.awaitReady();
    pool.runOn(1, "with-new-settings");
    assertThat(pool.pod("unmoved").getStatus()).isEqualTo(running.getStatus());
    assertThat(history.unready()).isEmpty();
    history.close();
    place.kubectl().run("delete", "pod", "unmoved", "with-new-settings");
  }

  /** Every state of the pool's nodes that the API server showed. */
  private record History(List<Node> nodes, AutoCloseable watch) {

    List<String> unready() {
      return nodes.stream()
          .map(node -> condition(node, "Ready"))
          .filter(ready -> !ready.getStatus().equals("True"))
          .map(ready -> ready.getStatus() + " " + ready.getReason() + ": " + ready.getMessage())
          .toList();
    }

    void close() {
      try {
        watch.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static History watchNodes() {
    var nodes = new CopyOnWriteArrayList<Node>();
    var watch =
        cluster
            .client()
            .nodes()
            .withLabel("virtualnodes.io/pool", pool.name())
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, Node node) {
                    nodes.add(node);
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                });
    return new History(nodes, watch);
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
