package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What a node itself says of its pods, asked through the API server's proxy: which are bound to it,
 * and which run. The cases are those of virtual-kubelet's end-to-end suite.
 */
@Execution(ExecutionMode.CONCURRENT)
class NodePodsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(NodePodsIT.class);
  }

  @Test
  void everyPodThatIsListedIsBoundToTheNode() {
    pool.run("listed", "Never", "sleep 600");
    var pod = pool.awaitPhase("listed", "Running");

    var items = items(pod.getSpec().getNodeName(), "pods");

    assertThat(items)
        .isNotEmpty()
        .allSatisfy(
            item ->
                assertThat(item.at("/spec/nodeName").asText())
                    .isEqualTo(pod.getSpec().getNodeName()));
    assertThat(uids(items)).contains(pod.getMetadata().getUid());
    assertThat(pod.getStatus().getPodIP()).isNotEmpty();
  }

  @Test
  void aPodThatIsDeletedWithGraceRunsNoMore() {
    // Its shell heeds no TERM, so that it uses its whole grace.
    pool.run("let-go", "Never", "trap : TERM; while true; do sleep 0.2; done");
    var pod = pool.awaitPhase("let-go", "Running");
    awaitRunning(pod, true);

    pool.kubectl().run("delete", "pod", "let-go", "--grace-period=2", "--wait=false");

    assertThat(pool.pod("let-go").getMetadata().getDeletionGracePeriodSeconds()).isPositive();
    awaitRunning(pod, false);
    await().atMost(PATIENCE).until(() -> pool.pod("let-go") == null);
  }

  @Test
  void aPodThatIsDeletedByForceRunsNoMore() {
    pool.run("forced", "Never", "sleep 600");
    var pod = pool.awaitPhase("forced", "Running");
    awaitRunning(pod, true);

    pool.kubectl().run("delete", "pod", "forced", "--force", "--grace-period=0");

    awaitRunning(pod, false);
  }

  @Test
  void aPodRunsWithoutWhatIsOptionalAndNotWithoutWhatIsMandatory() {
    for (var kind : List.of("secret", "configMap")) {
      for (boolean optional : List.of(true, false)) {
        pool.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: %s }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sleep, "600"]
                env:
                - name: WORD
                  valueFrom: { %sKeyRef: { name: never-made, key: word, optional: %s } }
            """
                .formatted(name(kind, optional), kind, optional));
      }
    }
    for (var kind : List.of("secret", "configMap")) {
      awaitRunning(pool.awaitPhase(name(kind, true), "Running"), true);
      var waiting = pool.awaitWaiting(name(kind, false), "CreateContainerConfigError");

      var node = waiting.getSpec().getNodeName();
      assertThat(uids(items(node, "pods"))).contains(waiting.getMetadata().getUid());
      assertThat(uids(items(node, "runningpods/"))).doesNotContain(waiting.getMetadata().getUid());
      awaitEvent(waiting, kind.equals("secret") ? "MandatorySecret" : "MandatoryConfigMap");
      awaitEvent(
          pool.pod(name(kind, true)),
          kind.equals("secret") ? "OptionalSecret" : "OptionalConfigMap");
    }
  }

  /** Both are told in a moment: the outbox writes beside what it tells of. */
  private static void awaitEvent(Pod pod, String beginning) {
    await(beginning)
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(pool.events(pod.getMetadata().getName(), beginning + "NotFound"))
                    .anySatisfy(
                        event ->
                            assertThat(event.getMessage()).contains("\"never-made\" not found")));
  }

  @Test
  void theFiguresOfAPodNameEachOfItsContainers() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: three }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: foo
            $busybox
            command: [sleep, "600"]
          - name: bar
            $busybox
            command: [sleep, "600"]
          - name: baz
            $busybox
            command: [sleep, "600"]
        """);
    var pod = pool.awaitPhase("three", "Running");
    var node = pod.getSpec().getNodeName();

    await("figures")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              var summary = JSON.readTree(raw(node, "stats/summary"));
              assertThat(summary.at("/node/nodeName").asText()).isEqualTo(node);
              assertThat(summary.get("pods"))
                  .filteredOn(
                      one -> one.at("/podRef/uid").asText().equals(pod.getMetadata().getUid()))
                  .singleElement()
                  .satisfies(
                      one -> {
                        assertThat(one.at("/podRef/name").asText()).isEqualTo("three");
                        assertThat(one.at("/podRef/namespace").asText())
                            .isEqualTo(pool.namespace());
                        assertThat(one.get("containers")).hasSize(3);
                      });
              var metrics = raw(node, "metrics/resource");
              assertThat(ofThree(metrics, "pod_cpu_usage_seconds_total")).hasSize(1);
              assertThat(ofThree(metrics, "container_cpu_usage_seconds_total")).hasSize(3);
            });
  }

  /** Series of a family whose second label is the pod's name: that is how the suite finds them. */
  private static List<String> ofThree(String metrics, String family) {
    var series = Pattern.compile(family + "\\{[a-z]+=\"[^\"]*\",[a-z]+=\"three\"[,}].*");
    return metrics.lines().filter(line -> series.matcher(line).matches()).toList();
  }

  private static String name(String kind, boolean optional) {
    return kind.toLowerCase() + (optional ? "-optional" : "-mandatory");
  }

  private static void awaitRunning(Pod pod, boolean listed) {
    var uid = pod.getMetadata().getUid();
    await(pod.getMetadata().getName() + " among the running pods: " + listed)
        .atMost(PATIENCE)
        .until(
            () -> uids(items(pod.getSpec().getNodeName(), "runningpods/")).contains(uid) == listed);
  }

  private static String raw(String node, String path) {
    return pool.cluster().client().raw("/api/v1/nodes/" + node + "/proxy/" + path);
  }

  private static List<JsonNode> items(String node, String list) {
    try {
      var items = JSON.readTree(raw(node, list)).get("items");
      return StreamSupport.stream(items.spliterator(), false).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> uids(List<JsonNode> items) {
    return items.stream().map(item -> item.at("/metadata/uid").asText()).toList();
  }
}
