package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Who gets what at a node's own port without the API server between, as the cluster itself decides
 * it: holders of tokens with rights that fall short of running commands.
 */
@Execution(ExecutionMode.CONCURRENT)
class NodeAccessIT {
  // As long as the answer to a review is remembered, and then some for a slow machine.
  private static final Duration REVOKED_WITHIN = Duration.ofSeconds(125);

  @AutoClose private static VirtualPool pool;

  private static NodePort port;
  private static String commands;
  private static String reader;
  private static String scraper;

  @BeforeAll
  static void aPodAndTwoThatMayRead() {
    pool = VirtualPool.of(NodeAccessIT.class);
    pool.run("wanted", "Never", "sleep 600");
    reader = holder("reader", "pods,pods/log");
    scraper = holder("scraper", "nodes/proxy");
    var pod = pool.awaitPhase("wanted", "Running");
    port = NodePort.of(pool.cluster().client().nodes().withName(pod.getSpec().getNodeName()).get());
    commands = "/exec/" + pool.namespace() + "/wanted/main?output=1&command=id";
  }

  @AfterAll
  static void takeTheRightsAway() {
    for (var name : new String[] {"reader", "scraper", "leaver"}) {
      pool.kubectl()
          .run("delete", "clusterrolebinding,clusterrole", role(name), "--ignore-not-found");
    }
  }

  /** The token of a new service account that may get these. */
  private static String holder(String name, String resources) {
    pool.kubectl().run("create", "serviceaccount", name);
    pool.kubectl()
        .run("create", "clusterrole", role(name), "--verb=get", "--resource=" + resources);
    pool.kubectl()
        .run(
            "create",
            "clusterrolebinding",
            role(name),
            "--clusterrole=" + role(name),
            "--serviceaccount=" + pool.namespace() + ":" + name);
    return pool.cluster()
        .client()
        .serviceAccounts()
        .inNamespace(pool.namespace())
        .withName(name)
        .tokenRequest(new TokenRequestBuilder().withNewSpec().endSpec().build())
        .getStatus()
        .getToken();
  }

  private static String role(String name) {
    return pool.namespace() + "-" + name;
  }

  @Test
  void whoShowsNothingGetsNothing() {
    for (var path : new String[] {"/pods", "/healthz", "/metrics/resource", commands}) {
      assertThat(port.get(path).statusCode()).as(path).isEqualTo(401);
    }
  }

  @Test
  void whoReadsPodsRunsNothing() {
    assertThat(port.post(commands, reader).statusCode()).isEqualTo(403);
    assertThat(port.webSocket(commands, reader)).isEqualTo(403);
    // Nor does it with the API server between.
    var refused =
        pool.kubectl()
            .attempt(
                "exec",
                "wanted",
                "--as=system:serviceaccount:" + pool.namespace() + ":reader",
                "--",
                "id");
    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.errors()).contains("Forbidden");
  }

  @Test
  void whoReadsThroughTheNodesProxyRunsNothingByAWebSocket() {
    assertThat(port.get("/pods", scraper).statusCode()).isEqualTo(200);
    for (var door : new String[] {"exec", "attach"}) {
      var path = commands.replace("/exec/", "/" + door + "/");
      assertThat(port.webSocket(path, scraper)).as(door).isEqualTo(403);
    }
    var forward = "/portForward/" + pool.namespace() + "/wanted?port=80";
    assertThat(port.webSocket(forward, scraper)).isEqualTo(403);
  }

  @Test
  void aTokenThatIsRevokedStopsWorking() {
    var leaver = holder("leaver", "nodes/proxy");
    assertThat(port.get("/pods", leaver).statusCode()).isEqualTo(200);

    pool.kubectl().run("delete", "serviceaccount", "leaver");

    await()
        .atMost(REVOKED_WITHIN)
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> port.get("/pods", leaver).statusCode() == 401);
  }
}
