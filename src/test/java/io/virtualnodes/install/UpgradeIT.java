package io.virtualnodes.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.github.dockerjava.api.model.Container;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.virtualnodes.cluster.Cluster;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** That pods do not notice when the operator is replaced by its next version. */
@Tag("install")
class UpgradeIT {
  private static final String NEXT = "virtual-nodes-operator:next";
  private static final int PODS = 4;

  private static InstalledOperator operator;

  @BeforeAll
  static void aClusterWithAMachine() {
    var cluster = Cluster.of(UpgradeIT.class);
    operator = InstalledOperator.on(cluster, UpgradeIT.class);
    cluster
        .engine()
        .client()
        .tagImageCmd(InstalledOperator.IMAGE, "virtual-nodes-operator", "next")
        .exec();
  }

  @AfterAll
  static void remove() {
    if (operator != null) {
      operator.close();
      operator.cluster().engine().client().removeImageCmd(NEXT).withNoPrune(true).exec();
    }
  }

  static Stream<Arguments> upgrades() {
    return Stream.of(
        arguments(Kustomization.ofOneReplica(InstalledOperator.IMAGE), Kustomization.current(NEXT)),
        arguments(new Release(InstalledOperator.IMAGE), new Release(NEXT)));
  }

  /**
   * The image is the same by another name: there is no older one to fetch. The manifests of one
   * replica differ in most of what they hold, the definition of the pools among it; those of the
   * chart in the image's name alone.
   */
  @ParameterizedTest
  @MethodSource("upgrades")
  void podsAndNodesGoOnWhileOneVersionReplacesTheOther(Installation former, Installation current) {
    var cluster = operator.cluster();
    former.install(cluster);
    operator.awaitRollout();
    var pool = operator.applyPool();
    pool.runDeployment("web", PODS);
    var podsBefore = pods();
    var containersBefore = containers(pool);
    assertThat(containersBefore).hasSizeGreaterThanOrEqualTo(PODS);

    var seen = new CopyOnWriteArrayList<String>();
    try (var _ = watchPods(seen);
        var _ = watchNodes(pool.name(), seen)) {
      current.install(cluster);
      operator.awaitRollout();
      pool.runJob("after", 2);
      pool.kubectl().run("logs", "job/after");
    }

    assertThat(operator.pods())
        .allSatisfy(
            pod -> assertThat(pod.getSpec().getContainers().getFirst().getImage()).isEqualTo(NEXT));
    assertThat(operator.machine().pods()).allSatisfy(pod -> assertThat(pod.restarts()).isZero());
    assertThat(seen).contains("web Ready=True").noneMatch(line -> line.endsWith("=False"));
    assertThat(pods()).isEqualTo(podsBefore);
    assertThat(containers(pool)).containsAll(containersBefore);

    pool.delete();
    current.uninstall(cluster);
  }

  /** Their statuses by name, but for the address of their node: that is the operator's own. */
  private static Map<String, PodStatus> pods() {
    return operator
        .cluster()
        .client()
        .pods()
        .inNamespace(operator.place().namespace())
        .withLabel("app", "web")
        .list()
        .getItems()
        .stream()
        .collect(
            Collectors.toMap(
                pod -> pod.getMetadata().getName(),
                pod ->
                    new PodStatusBuilder(pod.getStatus())
                        .withHostIP(null)
                        .withHostIPs(List.of())
                        .build()));
  }

  private static List<String> containers(InstalledOperator.Pool pool) {
    return operator
        .cluster()
        .engine()
        .runningContainers(Map.of("virtualnodes.io/pool", pool.name()))
        .stream()
        .map(Container::getId)
        .toList();
  }

  private static Watch watchPods(List<String> seen) {
    return operator
        .cluster()
        .client()
        .pods()
        .inNamespace(operator.place().namespace())
        .withLabel("app", "web")
        .watch(
            new Notes<Pod>(
                seen,
                pod ->
                    pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals("Ready"))
                        .map(condition -> "web Ready=" + condition.getStatus())
                        .toList()));
  }

  private static Watch watchNodes(String pool, List<String> seen) {
    return operator
        .cluster()
        .client()
        .nodes()
        .withLabel("virtualnodes.io/pool", pool)
        .watch(
            new Notes<Node>(
                seen,
                node ->
                    node.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals("Ready"))
                        .map(NodeCondition::getStatus)
                        // Unknown is what the node lifecycle controller says of a node without a
                        // sign of life.
                        .map(status -> status.equals("True") ? "node Ready" : "node Ready=False")
                        .toList()));
  }

  /** Notes what is said of each object whenever it changes. */
  private record Notes<T>(List<String> seen, Function<T, List<String>> about)
      implements Watcher<T> {
    @Override
    public void eventReceived(Action action, T object) {
      seen.addAll(about.apply(object));
    }

    @Override
    public void onClose(WatcherException cause) {
      seen.add("the watch broke: " + cause.getMessage() + "=False");
    }
  }
}
