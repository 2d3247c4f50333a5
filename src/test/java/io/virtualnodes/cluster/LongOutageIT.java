package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.condition;
import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.TestPool.taints;
import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.EngineHistory.Happening;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A backend that is away for longer than Kubernetes bears with a node that is not ready: five
 * minutes, after which pods are evicted.
 */
@Tag("chaos")
class LongOutageIT {
  private static final String UNAVAILABLE = "virtualnodes.io/backend-unavailable:NoSchedule";
  private static final Duration OUTAGE = Duration.ofMinutes(6);

  private static Gate proxy;
  private static VirtualPool pool;

  @BeforeAll
  static void aPoolBehindAProxy() {
    proxy = Gate.before(Cluster.of(LongOutageIT.class).engine());
    pool = VirtualPool.behind(proxy, LongOutageIT.class);
  }

  @AfterAll
  static void remove() {
    try {
      if (pool != null) {
        pool.close();
      }
    } finally {
      proxy.close();
    }
  }

  @Test
  void nothingIsLostDoubledOrEvictedAndAllEndsAreToldAfterwards() {
    pool.run("stays", "Always", "sleep 3600");
    pool.run("ends-well", "Never", "sleep 60; exit 0");
    pool.run("ends-badly", "Never", "sleep 120; exit 9");
    pool.run("fails", "OnFailure", "sleep 90; exit 4");
    pool.run("is-deleted", "Always", "sleep 3600");
    pool.run("is-forced", "Always", "sleep 3600");
    startJob();
    startDeployment();
    var names = List.of("stays", "ends-well", "ends-badly", "fails", "is-deleted", "is-forced");
    names.forEach(name -> pool.awaitPhase(name, "Running"));
    pool.kubectl().run("rollout", "status", "deployment/web", "--timeout=60s");
    var kept = List.of(pool.pod("stays"), pool.pod("ends-well"), pool.pod("fails"), web(0), web(1));
    var readiness = pool.readiness();

    proxy.shut();

    eventually(
        () ->
            assertThat(pool.nodes())
                .allSatisfy(
                    node -> {
                      assertThat(taints(node)).contains(UNAVAILABLE);
                      assertThat(condition(node, "BackendAvailable").getStatus())
                          .isEqualTo("False");
                    }));
    pool.kubectl().run("delete", "pod", "is-deleted", "--wait=false");
    pool.kubectl().run("delete", "pod", "is-forced", "--grace-period=0", "--force");
    pool.run("comes", "Never", "exit 5");
    await()
        .during(OUTAGE)
        .atMost(OUTAGE.multipliedBy(2))
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              assertThat(pool.readiness()).isEqualTo(readiness);
              assertThat(pool.nodes())
                  .allSatisfy(node -> assertThat(taints(node)).contains(UNAVAILABLE));
              assertThat(kept).allSatisfy(LongOutageIT::assertUnchanged);
              assertThat(pool.pod("comes").getStatus().getPhase()).isEqualTo("Pending");
              assertThat(pool.pod("is-deleted")).isNotNull();
            });

    proxy.reopen();

    pool.kubectl().run("wait", "--for=condition=Ready", "vnp/" + pool.name(), "--timeout=60s");
    eventually(
        () ->
            assertThat(pool.nodes())
                .allSatisfy(
                    node -> {
                      assertThat(taints(node)).doesNotContain(UNAVAILABLE);
                      assertThat(condition(node, "BackendAvailable").getStatus()).isEqualTo("True");
                    }));
    assertThat(code(pool.awaitPhase("ends-well", "Succeeded"))).isZero();
    assertThat(code(pool.awaitPhase("ends-badly", "Failed"))).isEqualTo(9);
    assertThat(code(pool.awaitPhase("comes", "Failed"))).isEqualTo(5);
    var again = pool.await("fails", pod -> container(pod).getRestartCount() > 0);
    assertThat(container(again).getLastState().getTerminated().getExitCode()).isEqualTo(4);
    pool.kubectl().run("wait", "--for=delete", "pod/is-deleted", "--timeout=60s");
    pool.awaitNothingAtTheEngine("is-");
    pool.kubectl().run("wait", "--for=condition=complete", "job/work", "--timeout=110s");
    assertThat(pool.readiness()).isEqualTo(readiness);
    assertThat(List.of(pool.pod("stays"), web(0), web(1)))
        .extracting(Pod::getStatus)
        .isEqualTo(
            List.of(kept.get(0).getStatus(), kept.get(3).getStatus(), kept.get(4).getStatus()));
    assertNothingRanTwice();
  }

  /** Each group started once, but for the one that is meant to be restarted. */
  private static void assertNothingRanTwice() {
    assertThat(pool.history().starts(""))
        .filteredOn(start -> !start.pod().equals("fails"))
        .extracting(Happening::group)
        .doesNotHaveDuplicates();
    assertThat(pool.history().starts("work-")).hasSize(6);
    assertThat(pool.history().starts("web-")).hasSize(2);
    assertThat(pool.pods("batch.kubernetes.io/job-name", "work"))
        .hasSize(6)
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded"));
  }

  private static void startJob() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: work }
        spec:
          completions: 6
          parallelism: 3
          template:
            spec:
              $onThePool
              restartPolicy: Never
              containers:
              - name: main
                $busybox
                command: [sleep, "20"]
        """);
  }

  private static void startDeployment() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sleep, "3600"]
        """);
  }

  /** By name, of which there are two; what came in one's place would be among them. */
  private static Pod web(int index) {
    var pods =
        pool.pods("app", "web").stream()
            .sorted(Comparator.comparing(pod -> pod.getMetadata().getName()))
            .toList();
    assertThat(pods).hasSize(2);
    return pods.get(index);
  }

  private static void assertUnchanged(Pod before) {
    assertThat(pool.pod(before.getMetadata().getName()))
        .extracting(pod -> pod.getMetadata().getUid(), Pod::getStatus)
        .containsExactly(before.getMetadata().getUid(), before.getStatus());
  }

  private static int code(Pod ended) {
    return container(ended).getState().getTerminated().getExitCode();
  }
}
