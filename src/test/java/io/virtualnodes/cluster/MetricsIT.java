package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code kubectl top}, through the real metrics-server, and who may read a node's figures. */
class MetricsIT {
  // Two readings, at most ten seconds late each, and as much again for a busy machine.
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static MetricsServer metricsServer;
  private static VirtualPool pool;

  @BeforeAll
  static void makePods() {
    metricsServer = MetricsServer.trusting(Cluster.of(MetricsIT.class));
    pool = VirtualPool.of(MetricsIT.class);
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: busy }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 0
          containers:
          - name: works
            $busybox
            command: [sh, -c, 'while :; do :; done']
            resources: { limits: { cpu: 200m, memory: 64Mi } }
          - name: holds
            $busybox
            command: [sh, -c, 'held=$(head -c 20000000 /dev/zero | tr "\\\\0" x); while :; do sleep 60; done']
            resources: { limits: { cpu: 200m, memory: 128Mi } }
        """);
    pool.awaitPhase("busy", "Running");
  }

  @AfterAll
  static void remove() {
    try {
      if (pool != null) {
        pool.close();
      }
    } finally {
      if (metricsServer != null) {
        metricsServer.close();
      }
    }
  }

  @Test
  void kubectlTopShowsWhatAPodUses() {
    await("kubectl top pod")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              var works = top("pod", "busy", "--containers").row("busy", "works");
              var holds = top("pod", "busy", "--containers").row("busy", "holds");
              // As much as it is let, and less on a machine that has no more just now.
              assertThat(milliCpu(works.get(2))).isBetween(40, 240);
              assertThat(milliCpu(holds.get(2))).isLessThan(20);
              assertThat(mebibytes(works.get(3))).isLessThan(10);
              assertThat(mebibytes(holds.get(3))).isBetween(19, 80);
            });
  }

  @Test
  void kubectlTopShowsWhatANodeUses() {
    var node = pool.pod("busy").getSpec().getNodeName();

    await("kubectl top node")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              var row = top("node").row(node);
              assertThat(milliCpu(row.get(1))).isBetween(40, 300);
              assertThat(mebibytes(row.get(3))).isBetween(19, 100);
            });
  }

  @Test
  void theSummaryOfANodeTellsItsPods() throws IOException {
    var pod = pool.pod("busy");
    var path = "/api/v1/nodes/" + pod.getSpec().getNodeName() + "/proxy/stats/summary";
    var summary = new AtomicReference<JsonNode>();
    await("a rate")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () -> {
              summary.set(JSON.readTree(pool.cluster().client().raw(path)));
              return summary.get().at("/pods/0/cpu").has("usageNanoCores");
            });

    assertThat(summary.get().at("/node/nodeName").asText()).isEqualTo(pod.getSpec().getNodeName());
    var told = summary.get().at("/pods/0");
    assertThat(told.at("/podRef/uid").asText()).isEqualTo(pod.getMetadata().getUid());
    assertThat(told.at("/containers/1/name").asText()).isEqualTo("works");
    assertThat(told.at("/containers/1/cpu/usageNanoCores").asLong())
        .isBetween(40_000_000L, 240_000_000L);
    assertThat(told.at("/containers/0/memory/workingSetBytes").asLong()).isGreaterThan(20_000_000);
    assertThat(
            JSON.readTree(pool.cluster().client().raw(path + "?only_cpu_and_memory=true"))
                .at("/pods/0")
                .has("network"))
        .isFalse();
  }

  @Test
  void theApiServerReadsTheNodesPods() throws IOException {
    var path = "/api/v1/nodes/" + pool.pod("busy").getSpec().getNodeName() + "/proxy";
    var client = pool.cluster().client();

    assertThat(names(client.raw(path + "/pods"))).containsExactly("busy");
    assertThat(names(client.raw(path + "/runningpods/"))).containsExactly("busy");
    assertThat(client.raw(path + "/healthz/ping")).isEqualTo("ok");
    assertThat(client.raw(path + "/configz")).contains("kubeletconfig");
    assertThat(client.raw(path + "/metrics/probes")).isEmpty();
    assertThat(client.raw(path + "/metrics")).contains("jvm_");
    assertThat(client.raw(path + "/metrics/cadvisor"))
        .contains("container_cpu_usage_seconds_total{container=\"works\"");
  }

  @Test
  void aTokenReadsWhatItsHolderMayReadAndNothingElse() {
    var kubectl = pool.kubectl();
    kubectl.run("create", "serviceaccount", "scraper");
    kubectl.run("create", "serviceaccount", "stranger");
    var role = pool.namespace() + "-scraper";
    kubectl.run("create", "clusterrole", role, "--verb=get", "--resource=nodes/metrics");
    kubectl.run(
        "create",
        "clusterrolebinding",
        role,
        "--clusterrole=" + role,
        "--serviceaccount=" + pool.namespace() + ":scraper");
    try {
      var port = NodePort.of(node());
      var scraper = token("scraper");

      assertThat(port.get("/metrics/resource", scraper).statusCode()).isEqualTo(200);
      assertThat(port.get("/metrics/resource", scraper).body())
          .contains("node_cpu_usage_seconds_total ", "\nresource_scrape_error 0\n");
      assertThat(port.get("/pods", scraper).statusCode()).isEqualTo(403);
      assertThat(port.get("/stats/summary", scraper).statusCode()).isEqualTo(403);
      assertThat(port.get("/metrics/resource", token("stranger")).statusCode()).isEqualTo(403);
      assertThat(port.get("/metrics/resource", scraper + "x").statusCode()).isEqualTo(401);
    } finally {
      kubectl.run("delete", "clusterrolebinding,clusterrole", role);
    }
  }

  private static Node node() {
    return pool.cluster().client().nodes().withName(pool.pod("busy").getSpec().getNodeName()).get();
  }

  private static String token(String serviceAccount) {
    return pool.cluster()
        .client()
        .serviceAccounts()
        .inNamespace(pool.namespace())
        .withName(serviceAccount)
        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
        .getStatus()
        .getToken();
  }

  private static List<String> names(String podList) {
    try {
      return JSON.readTree(podList).get("items").findValues("metadata").stream()
          .map(metadata -> metadata.get("name").asText())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Table top(String... arguments) {
    var command = new ArrayList<>(List.of("top"));
    command.addAll(List.of(arguments));
    return new Table(pool.kubectl().run(command.toArray(String[]::new)));
  }

  /** What kubectl prints. */
  private record Table(String text) {
    /** The words of the line that begins with these. */
    List<String> row(String... first) {
      return text.lines()
          .map(line -> Arrays.asList(line.strip().split(" +")))
          .filter(words -> words.size() > first.length)
          .filter(words -> words.subList(0, first.length).equals(List.of(first)))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no such line in:\n" + text));
    }
  }

  private static int milliCpu(String quantity) {
    assertThat(quantity).endsWith("m");
    return Integer.parseInt(quantity.replace("m", ""));
  }

  private static int mebibytes(String quantity) {
    assertThat(quantity).endsWith("Mi");
    return Integer.parseInt(quantity.replace("Mi", ""));
  }
}
