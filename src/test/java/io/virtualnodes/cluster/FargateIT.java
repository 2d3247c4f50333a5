package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.PATIENCE;
import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.EngineContainers;
import io.virtualnodes.emulator.ecs.Limits;
import java.net.URI;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Pods of a pool at an emulated ECS, whose containers really run. */
@Execution(ExecutionMode.CONCURRENT)
class FargateIT {
  private static VirtualPool pool;
  private static EcsEmulator aws;
  private static EngineContainers containers;

  @BeforeAll
  static void makePool() {
    containers =
        new EngineContainers(
            URI.create(Cluster.of(FargateIT.class).engine().host()), "virtualnodes/pause:latest");
    aws = new EcsEmulator(0, Limits.USUAL, containers, InstantSource.system(), Optional.empty());
    aws.prepare(VirtualPool.ECS_CLUSTER, VirtualPool.LOG_GROUP);
    pool = VirtualPool.at(aws, FargateIT.class);
  }

  /** The pool needs AWS for its end, and AWS needs the engine. */
  @AfterAll
  static void removeAll() {
    try {
      pool.close();
    } finally {
      aws.clear();
      aws.close();
      containers.close();
    }
  }

  @Test
  void aJobEndsWithItsOwnCodeAndLeavesNoSecret() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: words }
        stringData: { first: one, second: two }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: says }
        spec:
          backoffLimit: 0
          template:
            metadata: { labels: { app: says } }
            spec:
              $onThePool
              restartPolicy: Never
              securityContext: { runAsUser: 1000, fsGroup: 2000 }
              volumes:
              - { name: words, secret: { secretName: words, defaultMode: 0440 } }
              - { name: tmp, emptyDir: {} }
              initContainers:
              - name: first
                $busybox
                command: [sh, -c, 'echo before; cat /words/first >/tmp/found']
                volumeMounts: [{ name: words, mountPath: /words }, { name: tmp, mountPath: /tmp }]
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'cat /tmp/found; echo "$FROM_SECRET"; exit 3']
                env:
                - name: FROM_SECRET
                  valueFrom: { secretKeyRef: { name: words, key: second } }
                volumeMounts: [{ name: tmp, mountPath: /tmp }]
        """);

    var ended = awaitOne("says", pod -> "Failed".equals(pod.getStatus().getPhase()));

    assertThat(container(ended).getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(container(ended).getContainerID()).startsWith("fargate://");
    assertThat(ended.getStatus().getInitContainerStatuses().getFirst().getState().getTerminated())
        .satisfies(init -> assertThat(init.getExitCode()).isZero());
    var name = ended.getMetadata().getName();
    assertThat(pool.kubectl().run("logs", name)).isEqualTo("onetwo\n");
    assertThat(pool.kubectl().run("logs", name, "-c", "first")).isEqualTo("before\n");
    assertThat(aws.traffic().counts()).containsKey("CreateSecret 200");
    pool.kubectl().run("delete", "job/says");
    awaitNothingOf(ended);
  }

  @Test
  void aDeploymentIsReadyOnceItsProbePasses() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: runs }
        spec:
          replicas: 2
          selector: { matchLabels: { app: runs } }
          template:
            metadata: { labels: { app: runs } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 2
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'mkdir /www; sleep 5; touch /www/ready; exec httpd -f -p 8080 -h /www']
                readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 }
              - name: beside
                $busybox
                command: [sh, -c, 'sleep 3600']
        """);

    pool.kubectl().run("rollout", "status", "deployment/runs", "--timeout=90s");

    assertThat(pool.pods("app", "runs"))
        .hasSize(2)
        .allSatisfy(
            pod ->
                assertThat(pod.getStatus().getContainerStatuses())
                    .hasSize(2)
                    .allMatch(status -> status.getReady()));
    var gone = pool.pods("app", "runs");
    pool.kubectl().run("delete", "deployment/runs");
    gone.forEach(FargateIT::awaitNothingOf);
  }

  @Test
  void whatFargateLacksIsNamedInThePod() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: asks-too-much }
        spec:
          $onThePool
          restartPolicy: Never
          hostAliases: [{ ip: 10.0.0.1, hostnames: [a] }]
          containers:
          - name: main
            $busybox
            stdin: true
        """);

    var failed = pool.awaitPhase("asks-too-much", "Failed");

    assertThat(failed.getStatus().getReason()).isEqualTo("Unsupported");
    assertThat(failed.getStatus().getMessage())
        .contains("spec.containers[main].stdin: ", "spec.hostAliases: ");
    pool.kubectl().run("delete", "pod/asks-too-much");
  }

  private static Pod awaitOne(String app, Predicate<Pod> wanted) {
    await("a pod of " + app)
        .atMost(PATIENCE)
        .until(() -> pool.pods("app", app).stream().anyMatch(wanted));
    return pool.pods("app", app).stream().filter(wanted).findFirst().orElseThrow();
  }

  private static void awaitNothingOf(Pod pod) {
    await("AWS is rid of " + pod.getMetadata().getName())
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(aws.count("vn/" + pool.uid() + "/" + pod.getMetadata().getUid() + "-0"))
                    .isZero());
  }
}
