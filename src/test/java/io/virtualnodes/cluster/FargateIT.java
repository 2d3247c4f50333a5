package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.PATIENCE;
import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.EngineContainers;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Recording;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Pods of a pool at an emulated ECS, whose containers really run. */
@Execution(ExecutionMode.CONCURRENT)
class FargateIT {
  private static VirtualPool pool;
  private static EcsEmulator aws;
  private static EngineContainers containers;

  @TempDir private static Path folder;
  private static Path record;

  @BeforeAll
  static void makePool() {
    containers =
        new EngineContainers(
            URI.create(Cluster.of(FargateIT.class).engine().host()), "virtualnodes/pause:latest");
    record = folder.resolve("traffic.jsonl");
    aws = new EcsEmulator(0, Limits.USUAL, containers, InstantSource.system(), Optional.of(record));
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

    var ended = pool.awaitOne("app", "says", pod -> "Failed".equals(pod.getStatus().getPhase()));

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
  void aFileSystemOfEfsOutlivesThePodsThatMountIt() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/job-with-efs.yaml"))
            .replace("image: public.ecr.aws/docker/library/busybox:1.37.0", "$busybox")
            .replace("namespace: default", "namespace: " + pool.namespace())
            .replace("burst", pool.name()));
    var wrote = pool.awaitOne("job-name", "writes-report", FargateIT::succeeded);
    var written = pool.kubectl().run("logs", wrote.getMetadata().getName());
    assertThat(written).isNotBlank();

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
            persistentVolumeClaim: { claimName: files, readOnly: true }
        """);
    pool.awaitPhase("reads-report", "Succeeded");

    assertThat(pool.kubectl().run("logs", "reads-report")).isEqualTo(written + "read-only\n");
    pool.kubectl().run("delete", "job/writes-report", "pod/reads-report");
    pool.kubectl().run("delete", "pvc/files", "pv/" + pool.name() + "-files");
  }

  /** With a real token, and a login for an image that is there. */
  @Test
  void whatAPodMustNotShowIsInNoRequestButThoseOfSecretsManager() {
    pool.apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: { name: canaries }
        stringData: { variable: canary-of-a-variable, file: canary-of-a-file }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: login }
        type: kubernetes.io/dockerconfigjson
        stringData:
          .dockerconfigjson: |
            {"auths": {"docker.io": {"username": "canary-of-a-user", "password": "canary-of-a-password"}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: hides }
        spec:
          $onThePool
          restartPolicy: Never
          imagePullSecrets: [{ name: login }]
          volumes:
          - { name: files, secret: { secretName: canaries, items: [{ key: file, path: file }] } }
          containers:
          - name: main
            $busybox
            command:
            - sh
            - -c
            - |
              echo "$CANARY" | grep -q -e -variable && grep -q -e -file /files/file &&
              grep -q ^eyJ /var/run/secrets/kubernetes.io/serviceaccount/token && echo all there
            env: [{ name: CANARY, valueFrom: { secretKeyRef: { name: canaries, key: variable } } }]
            volumeMounts: [{ name: files, mountPath: /files }]
        """);
    pool.awaitPhase("hides", "Succeeded");

    assertThat(pool.kubectl().run("logs", "hides")).isEqualTo("all there\n");
    pool.kubectl().run("delete", "pod/hides");
    var recorded = Recording.of(record);
    assertThat(recorded.ofOthers())
        .anySatisfy(line -> assertThat(line).contains("repositoryCredentials"))
        .allSatisfy(
            line ->
                assertThat(line)
                    .doesNotContain(
                        "canary-of-a-variable",
                        "canary-of-a-file",
                        "canary-of-a-user",
                        "canary-of-a-password",
                        // How a token begins, and an archive of files, once it is text.
                        "eyJhbGciOi",
                        "H4sI"));
    assertThat(recorded.ofSecrets())
        .anySatisfy(line -> assertThat(line).contains("CreateSecret", "\"hidden\""));
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

  private static boolean succeeded(Pod pod) {
    return "Succeeded".equals(pod.getStatus().getPhase());
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
