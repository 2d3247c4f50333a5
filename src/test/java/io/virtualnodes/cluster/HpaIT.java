package io.virtualnodes.cluster;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A HorizontalPodAutoscaler scales a Deployment on virtual nodes by what its pods use. */
@Isolated("Others would take the processor time that it counts.")
class HpaIT {
  // Figures take half a minute to come, the autoscaler asks every five seconds.
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static MetricsServer metricsServer;
  private static VirtualPool pool;

  @BeforeAll
  static void makeAnAutoscaledDeployment() {
    metricsServer = MetricsServer.trusting(Cluster.of(HpaIT.class));
    pool = VirtualPool.of(HpaIT.class);
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 1
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 0
              containers:
              - name: web
                $busybox
                command: [sh, -c, 'while :; do if [ ! -e /busy ]; then sleep 0.5; fi; done']
                resources: { requests: { cpu: 50m }, limits: { cpu: 100m, memory: 32Mi } }
        ---
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: web }
        spec:
          scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
          minReplicas: 1
          maxReplicas: 3
          metrics:
          - type: Resource
            resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } }
          behavior:
            scaleUp: { stabilizationWindowSeconds: 0 }
            scaleDown: { stabilizationWindowSeconds: 0 }
        """);
    pool.kubectl().run("wait", "--for=condition=Available", "deployment/web", "--timeout=60s");
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
  void aDeploymentGrowsWithItsLoadAndShrinksWithoutIt() {
    // One pod at its limit uses twice its request, four times the target; of three, with two idle,
    // the average is still above the target, so that three remain.
    pool.execute(status(), "touch", "/busy");
    awaitReplicas(3);

    for (var pod : pods()) {
      pool.execute(VirtualPool.container(pod), "rm", "-f", "/busy");
    }
    awaitReplicas(1);
  }

  private static ContainerStatus status() {
    return VirtualPool.container(pods().getFirst());
  }

  private static List<Pod> pods() {
    return pool.cluster()
        .client()
        .pods()
        .inNamespace(pool.namespace())
        .withLabel("app", "web")
        .list()
        .getItems();
  }

  private static void awaitReplicas(int count) {
    await(count + " replicas")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              var status = deployment().getStatus();
              return status.getReplicas() != null
                  && status.getReplicas() == count
                  && status.getReadyReplicas() != null
                  && status.getReadyReplicas() == count;
            });
  }

  private static Deployment deployment() {
    return pool.cluster()
        .client()
        .apps()
        .deployments()
        .inNamespace(pool.namespace())
        .withName("web")
        .get();
  }
}
