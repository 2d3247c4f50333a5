package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** DaemonSets beside virtual nodes, without the policy that keeps them away and with it. */
@Disruptive(
    "Its policy changes the DaemonSets of all, and its DaemonSets want pods on the nodes of all.")
class DaemonSetsIT {
  private static final String POLICY = "deploy/policies/daemonsets";
  private static final String LABEL = "virtualnodes.io/pool";

  private static Place place;
  private static TestPool pool;
  private static Machine machine;

  @BeforeAll
  static void threeVirtualNodesAndAMachine() {
    var cluster = Cluster.of(DaemonSetsIT.class);
    place = cluster.place(DaemonSetsIT.class);
    cluster.operator();
    pool = TestPool.of(place, "main").apply("nodes: { count: 3 }");
    machine = Machine.in(place);
    pool.awaitReady();
  }

  @AfterEach
  void removePolicy() {
    place.kubectl().run("delete", "-k", POLICY, "--ignore-not-found");
    eventually(() -> assertThat(admitted("probe", "").getNodeAffinity()).isNull());
  }

  @AfterAll
  static void remove() {
    if (machine != null) {
      place.kubectl().run("delete", "daemonsets", "--all", "--cascade=foreground");
      pool.delete();
      machine.close();
      place.cluster().client().namespaces().withName(place.namespace()).delete();
    }
  }

  @Test
  void aRolloutThatWaitsForVirtualNodesCompletesOnceThePolicyIsThere() {
    place.kubectl().runWith(manifest("everywhere", ""), "apply", "-f", "-");
    eventually(
        () -> {
          assertThat(nodesOf("everywhere"))
              .contains(machine.name(), pool.nodeName(0), pool.nodeName(1), pool.nodeName(2));
          assertThat(pods("everywhere"))
              .filteredOn(pod -> !pod.getSpec().getNodeName().equals(machine.name()))
              .allSatisfy(
                  pod -> {
                    assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
                    assertThat(pod.getStatus().getReason()).isEqualTo("Unsupported");
                  });
          assertThat(daemonSet("everywhere").getStatus().getNumberAvailable()).isEqualTo(1);
        });
    assertThat(rollout("everywhere", "3s").succeeded()).isFalse();
    eventually(
        () -> {
          var stalled = pool.condition("DaemonSetsStalled");
          assertThat(stalled.getStatus()).isEqualTo("True");
          assertThat(stalled.getMessage())
              .contains(place.namespace() + "/everywhere")
              .contains(POLICY);
        });

    installPolicy();
    var before = pods("everywhere").stream().map(pod -> pod.getMetadata().getUid()).toList();
    place.kubectl().run("label", "daemonset", "everywhere", "team=anybody");

    // Nobody's pods are replaced for the sake of the policy alone.
    assertThat(daemonSet("everywhere").getMetadata().getGeneration()).isEqualTo(1);
    assertThat(pods("everywhere"))
        .extracting(pod -> pod.getMetadata().getUid())
        .containsExactlyInAnyOrderElementsOf(before);

    place.kubectl().run("rollout", "restart", "daemonset/everywhere");
    place.kubectl().runWith(manifest("new", ""), "apply", "-f", "-");

    for (var name : List.of("everywhere", "new")) {
      assertThat(rollout(name, "60s")).matches(Kubectl.Outcome::succeeded);
      eventually(() -> assertThat(nodesOf(name)).containsExactly(machine.name()));
      var status = daemonSet(name).getStatus();
      assertThat(status.getDesiredNumberScheduled()).isEqualTo(1);
      assertThat(status.getNumberMisscheduled()).isZero();
    }
    eventually(
        () -> assertThat(pool.condition("DaemonSetsStalled").getStatus()).isEqualTo("False"));
    // Neither the controller nor the next apply of the same file goes on changing it.
    place.kubectl().runWith(manifest("new", ""), "apply", "-f", "-");
    assertThat(daemonSet("new").getMetadata().getGeneration()).isEqualTo(1);
    assertThat(daemonSet("everywhere").getMetadata().getGeneration()).isEqualTo(2);
    assertThat(pool.containers()).isEmpty();
  }

  @Test
  void thePolicyAddsToWhatADaemonSetAsksForAndLeavesThoseAloneThatNamePools() {
    installPolicy();

    var preferring =
        admitted(
            "preferring",
            """
            affinity:
              podAntiAffinity: {}
              nodeAffinity:
                preferredDuringSchedulingIgnoredDuringExecution:
                - { weight: 1, preference: { matchExpressions: [{ key: disk, operator: Exists }] } }
            """);
    assertThat(terms(preferring)).containsExactly(LABEL + " DoesNotExist");
    assertThat(preferring.getPodAntiAffinity()).isNotNull();
    assertThat(preferring.getNodeAffinity().getPreferredDuringSchedulingIgnoredDuringExecution())
        .hasSize(1);

    // The terms are alternatives; an empty one matches no node.
    assertThat(
            terms(
                admitted(
                    "requiring",
                    """
                    affinity:
                      nodeAffinity:
                        requiredDuringSchedulingIgnoredDuringExecution:
                          nodeSelectorTerms:
                          - matchExpressions: [{ key: disk, operator: Exists }]
                          - matchFields: [{ key: metadata.name, operator: In, values: [one] }]
                          - {}
                          - matchExpressions: [{ key: virtualnodes.io/pool, operator: Exists }]
                    """)))
        .containsExactly(
            "disk Exists, " + LABEL + " DoesNotExist",
            LABEL + " DoesNotExist, metadata.name In",
            "",
            LABEL + " Exists");

    assertThat(admitted("selecting", "nodeSelector: { virtualnodes.io/pool: burst }"))
        .isEqualTo(new Affinity());
  }

  private static void installPolicy() {
    place.kubectl().run("apply", "-k", POLICY);
    // The API server takes a moment to know of it.
    eventually(
        () -> assertThat(terms(admitted("probe", ""))).containsExactly(LABEL + " DoesNotExist"));
  }

  /** The affinity that pods of this DaemonSet would have; nothing is made. */
  private static Affinity admitted(String name, String further) {
    var made =
        place
            .kubectl()
            .runWith(manifest(name, further), "create", "--dry-run=server", "-o=yaml", "-f", "-");
    var affinity =
        Serialization.unmarshal(made, DaemonSet.class)
            .getSpec()
            .getTemplate()
            .getSpec()
            .getAffinity();
    return affinity == null ? new Affinity() : affinity;
  }

  /** What each alternative asks of nodes. */
  private static List<String> terms(Affinity affinity) {
    return affinity
        .getNodeAffinity()
        .getRequiredDuringSchedulingIgnoredDuringExecution()
        .getNodeSelectorTerms()
        .stream()
        .map(
            term ->
                String.join(
                    ", ",
                    Stream.concat(
                            term.getMatchExpressions().stream(), term.getMatchFields().stream())
                        .map(DaemonSetsIT::text)
                        .toList()))
        .toList();
  }

  private static String text(NodeSelectorRequirement requirement) {
    return requirement.getKey() + " " + requirement.getOperator();
  }

  /**
   * A DaemonSet that wants to be on every node, as agents do.
   *
   * @param further of its pods' spec
   */
  private static String manifest(String name, String further) {
    return """
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: { name: %1$s }
    spec:
      selector: { matchLabels: { app: %1$s } }
      template:
        metadata: { labels: { app: %1$s } }
        spec:
          tolerations: [{ operator: Exists }]
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: virtualnodes/busybox:latest
            command: [sleep, "600"]
    """
            .formatted(name)
        + further.indent(6);
  }

  private static Kubectl.Outcome rollout(String name, String timeout) {
    return place
        .kubectl()
        .attempt("rollout", "status", "daemonset/" + name, "--timeout=" + timeout);
  }

  private static DaemonSet daemonSet(String name) {
    return place
        .cluster()
        .client()
        .apps()
        .daemonSets()
        .inNamespace(place.namespace())
        .withName(name)
        .get();
  }

  private static List<String> nodesOf(String name) {
    return pods(name).stream().map(pod -> pod.getSpec().getNodeName()).toList();
  }

  private static List<Pod> pods(String name) {
    return place
        .cluster()
        .client()
        .pods()
        .inNamespace(place.namespace())
        .withLabel("app", name)
        .list()
        .getItems();
  }
}
