package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a pool's owner reads about it: its status, its events, and how kubectl shows them. */
class PoolStatusIT {
  private static final String RETENTION = "{\"spec\":{\"retention\":\"10m\"}}";

  private static Cluster cluster;
  private static Place place;
  private static TestPool pool;

  @BeforeAll
  static void aPool() {
    cluster = Cluster.of(PoolStatusIT.class);
    place = cluster.place(PoolStatusIT.class);
    cluster.operator();
    pool = TestPool.of(place, "main").apply("nodes: { count: 2 }").awaitReady();
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      place.kubectl().run("delete", "pods", "--all");
      pool.delete();
      cluster.client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void aPoolThatIsWellSaysSoInEveryCondition() {
    eventually(
        () ->
            assertThat(pool.resource().getStatus().conditions())
                .extracting(condition -> condition.getType() + "=" + condition.getStatus())
                .contains(
                    "Ready=True",
                    "Accepted=True",
                    "BackendReady=True",
                    "NodesRegistered=True",
                    "KubeletServing=True",
                    "Reconciling=False",
                    "Stalled=False"));
    assertThat(pool.resource().getStatus().conditions())
        .allSatisfy(
            condition -> {
              assertThat(condition.getReason()).matches("[A-Z][A-Za-z]+");
              assertThat(condition.getMessage()).isNotBlank();
              assertThat(condition.getLastTransitionTime()).isNotBlank();
            });
  }

  @Test
  void theStatusSpeaksOfTheLatestSpecAndTransitionTimesOfTransitions() {
    var since = pool.condition("Ready").getLastTransitionTime();

    place.kubectl().run("patch", "vnp", pool.name(), "--type=merge", "-p", RETENTION);

    long generation = pool.resource().getMetadata().getGeneration();
    eventually(
        () -> {
          var status = pool.resource().getStatus();
          assertThat(status.observedGeneration()).isEqualTo(generation);
          assertThat(status.conditions())
              .extracting(Condition::getObservedGeneration)
              .containsOnly(generation);
        });
    assertThat(pool.condition("Ready").getLastTransitionTime()).isEqualTo(since);
  }

  @Test
  void nodesPodsAndGroupsAreCounted() {
    pool.run("counted");
    pool.runToItsEnd("ended");
    // Never supported; its ReplicaSet would make the next at once, so that it waits.
    place
        .kubectl()
        .runWith(
            """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: { name: waits }
            spec:
              replicas: 1
              selector: { matchLabels: { app: waits } }
              template:
                metadata: { labels: { app: waits } }
                spec:
                  nodeSelector: { virtualnodes.io/pool: %s }
                  tolerations: [{ operator: Exists }]
                  containers:
                  - name: main
                    image: virtualnodes/busybox:latest
                  volumes: [{ name: machine, hostPath: { path: / } }]
            """
                .formatted(pool.name()),
            "apply",
            "-f",
            "-");

    eventually(
        () -> {
          var status = pool.resource().getStatus();
          assertThat(status.nodes()).isEqualTo(2);
          assertThat(status.readyNodes()).isEqualTo(2);
          assertThat(status.selector()).isEqualTo("virtualnodes.io/pool=" + pool.name());
          assertThat(status.pods().running()).isEqualTo(1);
          assertThat(status.pods().waiting()).isEqualTo(1);
          assertThat(status.pods().failed()).isZero();
          assertThat(status.backends())
              .singleElement()
              .satisfies(
                  backend -> {
                    assertThat(backend.name()).isEqualTo("local");
                    assertThat(backend.state()).isEqualTo("Ready");
                    assertThat(backend.groups()).isEqualTo(2);
                  });
        });
    assertThat(place.kubectl().run("get", "vnp", pool.name(), "--no-headers").split("\\s+"))
        .startsWith(pool.name())
        .contains("2");
    place.kubectl().run("delete", "replicaset", "waits");
    place.kubectl().run("delete", "pod", "counted", "ended");
  }

  @Test
  void aPoolWhoseEngineIsAwayFromTheStartSaysSoAndStartsOnceItIsThere() {
    var proxy = Gate.before(cluster.engine());
    proxy.shut();
    var late =
        TestPool.of(place, "late").apply("nodes: { count: 1 }", proxy.host()).await("Ready=False");

    eventually(
        () -> {
          assertThat(late.condition("Ready").getReason()).isEqualTo("Unavailable");
          assertThat(late.condition("Ready").getMessage()).contains("Connection refused");
          assertThat(late.condition("Accepted").getStatus()).isEqualTo("True");
          // What it would advertise is the engine's to say.
          assertThat(late.condition("NodesRegistered").getReason()).isEqualTo("CapacityUnknown");
        });
    assertThat(late.node(0)).isNull();

    proxy.reopen();

    late.awaitReady();
    late.run("late-pod");
    place.kubectl().run("delete", "pod", "late-pod");
    late.delete();
    proxy.close();
  }

  @Test
  void eventsTellThePoolsOwnerWhatHappened() {
    var proxy = Gate.before(cluster.engine());
    var eventful =
        TestPool.of(place, "eventful").apply("nodes: { count: 2 }", proxy.host()).awaitReady();
    assertEvent(eventful, "NodeCreated", eventful.nodeName(0));

    place.kubectl().run("scale", "vnp/" + eventful.name(), "--replicas=1");
    eventually(() -> assertThat(eventful.node(1)).isNull());
    assertEvent(eventful, "NodeDraining", eventful.nodeName(1));
    assertEvent(eventful, "NodeRemoved", eventful.nodeName(1));

    proxy.shut();
    eventful.await("BackendReady=False");
    assertEvent(eventful, "BackendUnavailable", "what runs there goes on");

    proxy.reopen();
    eventful.awaitReady();
    assertEvent(eventful, "BackendAvailable", "The backend answers");

    eventful.delete();
    proxy.close();
  }

  @Test
  void kubectlDescribeReadsWell() {
    assertThat(place.kubectl().run("describe", "vnp", pool.name()))
        .contains("Observed Generation:")
        .contains("The pool takes pods")
        .contains("2 of 2 nodes take pods")
        .contains("NodeCreated");
  }

  private static void assertEvent(TestPool of, String reason, String message) {
    eventually(
        () ->
            assertThat(place.kubectl().run("events", "-n", "default", "--for=vnp/" + of.name()))
                .containsPattern(reason + " +VirtualNodePool/" + of.name() + " .*" + message));
  }
}
