package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.condition;
import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.TestPool.taints;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the Nodes of a pool are to the rest of the cluster, and that they do it no harm. */
class NodesIT {
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final String PLAIN = "nodes: { count: 2 }";

  private static final Map<String, Node> FIRST_SEEN = new ConcurrentHashMap<>();

  private static Cluster cluster;
  private static KubernetesClient client;
  private static Place place;
  private static TestPool pool;

  @BeforeAll
  static void aPoolOfTwoNodesWatchedFromBeforeTheyAre() {
    cluster = Cluster.of(NodesIT.class);
    client = cluster.client();
    place = cluster.place(NodesIT.class);
    cluster.operator();
    pool = TestPool.of(place, "main");
    var watch = client.nodes().watch(firstSeen());
    pool.apply(PLAIN).awaitReady();
    watch.close();
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      place.kubectl().run("delete", "pods", "--all");
      pool.delete();
      client.namespaces().withName(place.namespace()).delete();
    }
  }

  // What they look like.

  @Test
  void theVeryFirstWriteHoldsLabelsTaintsAndKeepsLoadBalancersAway() {
    assertThat(FIRST_SEEN).containsKeys(pool.nodeName(0), pool.nodeName(1));
    FIRST_SEEN.values().stream()
        .filter(node -> node.getMetadata().getName().startsWith(pool.name()))
        .forEach(
            node -> {
              assertThat(node.getMetadata().getLabels())
                  .containsEntry("node.kubernetes.io/exclude-from-external-load-balancers", "true")
                  .containsEntry("virtualnodes.io/pool", pool.name())
                  .containsEntry("kubernetes.io/os", "linux")
                  .containsEntry("kubernetes.io/arch", "amd64");
              assertThat(taints(node))
                  .contains("virtualnodes.io/pool=" + pool.name() + ":NoSchedule");
            });
  }

  @Test
  void aNodeIsItsOwnHostToTheSchedulerOnlyIfThePoolSaysSo() {
    pool.apply(PLAIN);
    eventually(() -> assertThat(labels(0)).doesNotContainKey("kubernetes.io/hostname"));

    pool.apply("nodes: { count: 2, hostnameLabel: PerNode }");

    eventually(
        () -> {
          assertThat(labels(0)).containsEntry("kubernetes.io/hostname", pool.nodeName(0));
          assertThat(labels(1)).containsEntry("kubernetes.io/hostname", pool.nodeName(1));
        });
    pool.apply(PLAIN);
    eventually(() -> assertThat(labels(0)).doesNotContainKey("kubernetes.io/hostname"));
  }

  @Test
  void zonesAreThoseThatThePoolListsInTurnAndNoOthers() {
    pool.apply("nodes: { count: 3, zones: [east-1, east-2] }");

    eventually(
        () ->
            assertThat(IntStream.range(0, 3).mapToObj(i -> labels(i).get(ZONE)))
                .containsExactly("east-1", "east-2", "east-1"));
    pool.apply(PLAIN);
    eventually(
        () -> {
          assertThat(labels(0)).doesNotContainKeys(ZONE, "topology.kubernetes.io/region");
          assertThat(pool.node(2)).isNull();
        });
  }

  @Test
  void whatTheEngineHasIsSplitOverTheNodesAndAddsUp() {
    var engine = cluster.engine().client().infoCmd().exec();

    pool.apply("nodes: { count: 3 }");

    eventually(
        () -> {
          assertThat(sum("cpu")).isEqualByComparingTo(BigDecimal.valueOf(engine.getNCPU()));
          assertThat(sum("memory")).isEqualByComparingTo(BigDecimal.valueOf(engine.getMemTotal()));
          assertThat(sum("pods")).isEqualByComparingTo(BigDecimal.valueOf(110));
        });
  }

  @Test
  void theCapacityThatThePoolNamesWinsOverTheEngines() {
    pool.apply(
        """
        nodes:
          count: 3
          capacity: { cpu: "100", memory: 100Gi, pods: "1000" }
        """);

    eventually(
        () -> {
          assertThat(sum("cpu")).isEqualByComparingTo("100");
          assertThat(sum("memory")).isEqualByComparingTo(bytes("100Gi"));
          assertThat(sum("pods")).isEqualByComparingTo("1000");
        });
    assertThat(quantity(0, "pods")).isEqualByComparingTo("334");
    assertThat(quantity(2, "pods")).isEqualByComparingTo("333");
  }

  @Test
  void thePoolsTaintsReplaceTheDefaultAndAnEmptyListIsNone() {
    pool.apply(
        """
        nodes:
          count: 2
          taints: [{ key: team.example.com/burst, value: "yes", effect: PreferNoSchedule }]
        """);
    eventually(
        () ->
            assertThat(taints(pool.node(0)))
                .containsExactly("team.example.com/burst=yes:PreferNoSchedule"));

    pool.apply("nodes: { count: 2, taints: [] }");
    eventually(() -> assertThat(taints(pool.node(0))).isEmpty());

    pool.apply(PLAIN);
    eventually(
        () ->
            assertThat(taints(pool.node(0)))
                .containsExactly("virtualnodes.io/pool=" + pool.name() + ":NoSchedule"));
  }

  @Test
  void whatOthersWroteOnANodeSurvivesAllThatWeWrite() {
    String node = pool.nodeName(0);
    var kubectl = place.kubectl();
    kubectl.run("taint", "node", node, "other.example.com/maintenance=soon:NoSchedule");
    kubectl.run("label", "node", node, "other.example.com/rack=r1");
    kubectl.run("annotate", "node", node, "other.example.com/note=hands off");
    patchStatus(
        node,
        """
        {"status":{"conditions":[
          {"type":"other.example.com/Tested","status":"True","reason":"T","message":"by others"}]}}
        """);

    for (String spec :
        List.of(
            "nodes: { count: 2, labels: { tier: one }, zones: [east-1] }",
            "nodes: { count: 2, taints: [{ key: a.example.com/b, effect: NoSchedule }] }",
            "nodes: { count: 2, capacity: { cpu: '7', memory: 7Gi, pods: '7' } }",
            PLAIN)) {
      pool.apply(spec).awaitReady();
      var now = ZonedDateTime.now();
      eventually(() -> assertThat(pool.lease(0).getSpec().getRenewTime()).isAfter(now));

      assertThat(taints(pool.node(0))).contains("other.example.com/maintenance=soon:NoSchedule");
      assertThat(labels(0)).containsEntry("other.example.com/rack", "r1");
      assertThat(pool.node(0).getMetadata().getAnnotations())
          .containsEntry("other.example.com/note", "hands off");
      assertThat(condition(pool.node(0), "other.example.com/Tested").getMessage())
          .isEqualTo("by others");
    }
    assertThat(taints(pool.node(0)))
        .containsExactlyInAnyOrder(
            "other.example.com/maintenance=soon:NoSchedule",
            "virtualnodes.io/pool=" + pool.name() + ":NoSchedule");
    assertThat(labels(0)).doesNotContainKeys("tier", ZONE);
    kubectl.run("taint", "node", node, "other.example.com/maintenance-");
  }

  @Test
  void whatSomebodyTookAwayOfOursComesBack() {
    String node = pool.nodeName(1);
    String uid = pool.node(1).getMetadata().getUid();

    place.kubectl().run("taint", "node", node, "virtualnodes.io/pool-");
    place
        .kubectl()
        .run("label", "node", node, "node.kubernetes.io/exclude-from-external-load-balancers-");
    place.kubectl().run("label", "node", node, "virtualnodes.io/pool-");

    eventually(
        () -> {
          assertThat(taints(pool.node(1)))
              .contains("virtualnodes.io/pool=" + pool.name() + ":NoSchedule");
          assertThat(labels(1))
              .containsEntry("node.kubernetes.io/exclude-from-external-load-balancers", "true")
              .containsEntry("virtualnodes.io/pool", pool.name());
        });
    assertThat(pool.node(1).getMetadata().getUid()).isEqualTo(uid);
    pool.awaitReady();
  }

  @Test
  void aProviderIdKeepsCloudsAwayAndCanBeLeftOut() {
    assertThat(pool.node(0).getSpec().getProviderID())
        .isEqualTo("virtualnodes://" + pool.name() + "/" + pool.nodeName(0));

    var without = TestPool.of(place, "no-id").apply("nodes: { providerID: None }").awaitReady();

    assertThat(without.node(0).getSpec().getProviderID()).isNull();
    without.delete();
  }

  // What they say of themselves.

  @Test
  void aNodeReportsItselfAsAKubeletDoes() {
    eventually(
        () ->
            assertThat(condition(pool.node(0), "Ready").getReason()).isEqualTo("VirtualNodeReady"));

    var status = pool.node(0).getStatus();
    assertThat(status.getConditions())
        .extracting(condition -> condition.getType() + "=" + condition.getStatus())
        .contains(
            "Ready=True",
            "BackendAvailable=True",
            "MemoryPressure=False",
            "DiskPressure=False",
            "PIDPressure=False",
            "NetworkUnavailable=False");
    assertThat(status.getAddresses())
        .contains(
            new NodeAddress(cluster.thisMachine(), "InternalIP"),
            new NodeAddress(pool.nodeName(0), "Hostname"));
    assertThat(status.getDaemonEndpoints().getKubeletEndpoint().getPort()).isPositive();
    var info = status.getNodeInfo();
    assertThat(info.getKubeletVersion())
        .isEqualTo(client.getKubernetesVersion().getGitVersion() + "+virtualnodes");
    assertThat(info.getContainerRuntimeVersion()).matches("docker://[0-9].*");
    assertThat(info.getOperatingSystem()).isEqualTo("linux");
    assertThat(info.getArchitecture()).isEqualTo("amd64");
  }

  @Test
  void kubectlShowsANodeAsOneThatWorks() {
    var wide = place.kubectl().run("get", "node", pool.nodeName(0), "-o", "wide", "--no-headers");
    assertThat(wide.split("\\s{2,}"))
        .startsWith(pool.nodeName(0), "Ready", "virtual")
        .contains(cluster.thisMachine(), "Virtual node of pool " + pool.name());

    var described = place.kubectl().run("describe", "node", pool.nodeName(0));
    assertThat(described)
        .contains("Roles:              virtual")
        .contains("RenewTime:")
        .contains("VirtualNodeReady")
        .contains("Container Runtime Version:  docker://");
  }

  @Test
  void aNodesLeaseIsAKubelets() {
    eventually(() -> assertThat(pool.lease(0)).isNotNull());

    var lease = pool.lease(0);
    assertThat(lease.getSpec().getHolderIdentity()).isEqualTo(pool.nodeName(0));
    assertThat(lease.getSpec().getLeaseDurationSeconds()).isEqualTo(40);
    assertThat(lease.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getKind()).isEqualTo("Node");
              assertThat(owner.getUid()).isEqualTo(pool.node(0).getMetadata().getUid());
            });
  }

  @Test
  void aNodesLeaseIsRenewedFourTimesInItsLife() {
    var seen = new TreeSet<ZonedDateTime>();

    eventually(
        () -> {
          seen.add(pool.lease(0).getSpec().getRenewTime());
          assertThat(seen).hasSizeGreaterThanOrEqualTo(3);
        });

    var renewals = seen.toArray(ZonedDateTime[]::new);
    // The time between two as they are written there; nothing that this test waited for counts.
    assertThat(Duration.between(renewals[1], renewals[2]))
        .isBetween(Duration.ofSeconds(8), Duration.ofSeconds(15));
  }

  // Whose they are.

  @Test
  void aNodeThatSomebodyDeletedComesBackAndItsPodsRunOn() {
    pool.runOn(0, "survivor");
    String uid = pool.node(0).getMetadata().getUid();
    var container = pool.pod("survivor").getStatus().getContainerStatuses().getFirst();

    place.kubectl().run("delete", "node", pool.nodeName(0));

    eventually(
        () -> {
          var node = pool.node(0);
          assertThat(node).isNotNull();
          assertThat(node.getMetadata().getUid()).isNotEqualTo(uid);
          assertThat(condition(node, "Ready").getStatus()).isEqualTo("True");
          assertThat(pool.lease(0).getMetadata().getOwnerReferences().getFirst().getUid())
              .isEqualTo(node.getMetadata().getUid());
        });
    pool.awaitReady();
    assertThat(pool.pod("survivor").getStatus().getContainerStatuses().getFirst())
        .isEqualTo(container);
    assertThat(pool.containers("survivor"))
        .singleElement()
        .satisfies(found -> assertThat(found.getState()).isEqualTo("running"));
    place.kubectl().run("delete", "pod", "survivor");
  }

  @Test
  void aNodeThatCarriesThePoolsLabelIsTakenOver() {
    var adopting = TestPool.of(place, "adopting");
    var made =
        client
            .resource(
                new NodeBuilder()
                    .withNewMetadata()
                    .withName(adopting.nodeName(0))
                    .addToLabels("virtualnodes.io/pool", adopting.name())
                    .addToLabels("other.example.com/rack", "r2")
                    .endMetadata()
                    .build())
            .create();

    adopting.apply("nodes: { count: 1 }").awaitReady();

    var node = adopting.node(0);
    assertThat(node.getMetadata().getUid()).isEqualTo(made.getMetadata().getUid());
    assertThat(node.getMetadata().getLabels())
        .containsEntry("other.example.com/rack", "r2")
        .containsEntry("node.kubernetes.io/exclude-from-external-load-balancers", "true");
    assertThat(node.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getName()).isEqualTo(adopting.name()));
    assertThat(taints(node)).contains("virtualnodes.io/pool=" + adopting.name() + ":NoSchedule");
    adopting.delete();
    assertThat(adopting.node(0)).isNull();
  }

  @Test
  void aNodeOfThatNameThatIsSomebodyElsesIsNeverTouched() {
    var unlucky = TestPool.of(place, "unlucky");
    for (int index : List.of(0, 1)) {
      client
          .resource(
              new NodeBuilder()
                  .withNewMetadata()
                  .withName(unlucky.nodeName(index))
                  .addToLabels("kubernetes.io/hostname", "machine")
                  .endMetadata()
                  .build())
          .create();
    }
    try {
      unlucky.apply("nodes: { count: 3 }").await("Stalled");

      assertThat(unlucky.condition("NodesRegistered"))
          .satisfies(
              condition -> {
                assertThat(condition.getStatus()).isEqualTo("False");
                assertThat(condition.getReason()).isEqualTo("NameTaken");
                assertThat(condition.getMessage())
                    .contains(unlucky.nodeName(0), unlucky.nodeName(1))
                    .doesNotContain(unlucky.nodeName(2));
              });
      eventually(
          () -> assertThat(condition(unlucky.node(2), "Ready").getStatus()).isEqualTo("True"));

      place.kubectl().run("delete", "node", unlucky.nodeName(1));
      eventually(
          () ->
              assertThat(unlucky.node(1).getMetadata().getLabels())
                  .containsEntry("virtualnodes.io/pool", unlucky.name()));

      unlucky.delete();
      assertThat(unlucky.node(1)).isNull();
      assertThat(unlucky.node(0).getMetadata())
          .satisfies(
              metadata -> {
                assertThat(metadata.getLabels())
                    .isEqualTo(Map.of("kubernetes.io/hostname", "machine"));
                assertThat(metadata.getOwnerReferences()).isEmpty();
              });
      assertThat(taints(unlucky.node(0))).noneMatch(taint -> taint.startsWith("virtualnodes.io"));
    } finally {
      client.nodes().withName(unlucky.nodeName(0)).delete();
    }
  }

  private static Map<String, String> labels(int index) {
    return pool.node(index).getMetadata().getLabels();
  }

  private static BigDecimal sum(String resource) {
    return IntStream.range(0, 3)
        .mapToObj(index -> quantity(index, resource))
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal quantity(int index, String resource) {
    var status = pool.node(index).getStatus();
    assertThat(status.getAllocatable()).isEqualTo(status.getCapacity());
    return Quantity.getAmountInBytes(Objects.requireNonNull(status.getCapacity().get(resource)));
  }

  private static BigDecimal bytes(String quantity) {
    return Quantity.getAmountInBytes(new Quantity(quantity));
  }

  private static void patchStatus(String node, String patch) {
    client
        .nodes()
        .withName(node)
        .subresource("status")
        .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), patch);
  }

  private static Watcher<Node> firstSeen() {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, Node node) {
        FIRST_SEEN.putIfAbsent(node.getMetadata().getName(), node);
      }

      @Override
      public void onClose(WatcherException cause) {}
    };
  }
}
