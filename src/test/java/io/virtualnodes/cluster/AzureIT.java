package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.PATIENCE;
import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.emulator.arm.ArmEmulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Pods of a pool at an emulated Azure, whose containers really run. */
@Execution(ExecutionMode.CONCURRENT)
class AzureIT {
  private static VirtualPool pool;
  private static EmulatedAzure azure;

  @BeforeAll
  static void makePool() {
    azure = EmulatedAzure.of(AzureIT.class);
    pool = VirtualPool.at(azure.service(), AzureIT.class);
  }

  @AfterAll
  static void removeAll() {
    try {
      pool.close();
    } finally {
      // What still mounts the share would keep it.
      azure.service().clear();
      azure
          .containers()
          .volumes()
          .orElseThrow()
          .delete(ArmEmulator.share("examplestore", "reports"));
      azure.close();
    }
  }

  @Test
  void aJobComputesAndEndsWithItsOwnCode() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: words }
        stringData: { first: one, second: two }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: reads }
        spec:
          backoffLimit: 0
          template:
            metadata: { labels: { app: reads } }
            spec:
              $onThePool
              restartPolicy: Never
              volumes: [{ name: tmp, secret: { secretName: words } }]
              initContainers:
              - name: first
                $busybox
                command: [sh, -c, 'test -e /words/first']
                volumeMounts: [{ name: tmp, mountPath: /words }]
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'cat /words/first /words/second; echo; echo "$FROM_SECRET"; exit 3']
                env:
                - name: FROM_SECRET
                  valueFrom: { secretKeyRef: { name: words, key: second } }
                volumeMounts: [{ name: tmp, mountPath: /words }]
        """);

    var ended = pool.awaitOne("app", "reads", pod -> "Failed".equals(pod.getStatus().getPhase()));

    assertThat(container(ended).getState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(container(ended).getContainerID()).startsWith("aci://vn-");
    assertThat(ended.getStatus().getInitContainerStatuses().getFirst().getState().getTerminated())
        .satisfies(init -> assertThat(init.getExitCode()).isZero());
    assertThat(pool.kubectl().run("logs", ended.getMetadata().getName()))
        .isEqualTo("onetwo\ntwo\n");
    pool.kubectl().run("delete", "job/reads");
    awaitNothingOf(ended);
  }

  @Test
  void aDeploymentIsReadyOnceItsProbePasses() {
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
                command: [sh, -c, 'mkdir /www; sleep 5; touch /www/ready; exec httpd -f -p 8080 -h /www']
                readinessProbe: { httpGet: { path: /ready, port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 }
        """);

    pool.kubectl().run("rollout", "status", "deployment/web", "--timeout=90s");

    assertThat(pool.pods("app", "web"))
        .hasSize(2)
        .allSatisfy(pod -> assertThat(container(pod).getReady()).isTrue());
    pool.kubectl().run("delete", "deployment/web");
  }

  @Test
  void aShareOfAzureFilesOutlivesThePodsThatMountIt() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/job-with-azure-share.yaml"))
            .replace("image: busybox:1.37", "$busybox")
            .replace("namespace: default", "namespace: " + pool.namespace())
            .replace("burst", pool.name()));
    var wrote = pool.awaitOne("job-name", "writes-report", AzureIT::succeeded);
    assertThat(pool.kubectl().run("logs", wrote.getMetadata().getName())).isNotBlank();

    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: reads-report }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'cat /reports/days; touch /reports/mine 2>/dev/null || echo read-only']
            volumeMounts: [{ name: reports, mountPath: /reports }]
          volumes:
          - name: reports
            azureFile: { secretName: storage-account, shareName: reports, readOnly: true }
        """);
    pool.awaitPhase("reads-report", "Succeeded");

    assertThat(pool.kubectl().run("logs", "reads-report"))
        .isEqualTo(pool.kubectl().run("logs", wrote.getMetadata().getName()) + "read-only\n");
    pool.kubectl().run("delete", "job/writes-report", "pod/reads-report");
    pool.kubectl().run("delete", "pvc/share", "pv/" + pool.name() + "-share");
  }

  @Test
  void whatAzureLacksIsNamedInThePod() {
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
            args: [only]
        """);

    var failed = pool.awaitPhase("asks-too-much", "Failed");

    assertThat(failed.getStatus().getReason()).isEqualTo("Unsupported");
    assertThat(failed.getStatus().getMessage())
        .contains("spec.containers[main].args: ", "spec.hostAliases: ");
    pool.kubectl().run("delete", "pod/asks-too-much");
  }

  private static boolean succeeded(Pod pod) {
    return "Succeeded".equals(pod.getStatus().getPhase());
  }

  private static void awaitNothingOf(Pod pod) {
    var tags = Map.of("virtualnodes-group", pod.getMetadata().getUid() + "-0");
    await("Azure is rid of " + pod.getMetadata().getName())
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(azure.service().count(tags)).isZero());
  }
}
