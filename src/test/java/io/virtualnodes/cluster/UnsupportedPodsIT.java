package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Pods that ask for what cannot be had: nothing of them starts, and every reason is told. */
@Execution(ExecutionMode.CONCURRENT)
class UnsupportedPodsIT {
  /** Of a pod template, from its spec on. */
  private static final String MACHINE_BOUND =
      """
      spec:
        $onThePool
        restartPolicy: %s
        hostNetwork: true
        containers:
        - name: main
          $busybox
          command: [sleep, "600"]
          livenessProbe: { httpGet: { port: nowhere } }
          volumeMounts: [{ name: logs, mountPath: /logs }]
        volumes: [{ name: logs, hostPath: { path: /var/log } }]
      """;

  private static final List<String> REASONS =
      List.of("spec.hostNetwork", "spec.containers[0].livenessProbe", "spec.volumes[0].hostPath");

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(UnsupportedPodsIT.class);
  }

  @Test
  void aDeploymentsPodsStayPendingAndAreNotMadeAgainAndAgain() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: machine-bound }
        spec:
          replicas: 3
          selector: { matchLabels: { app: machine-bound } }
          template:
            metadata: { labels: { app: machine-bound } }
        """
            + MACHINE_BOUND.formatted("Always").indent(4));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(pool.pods("app", "machine-bound"))
                    .hasSize(3)
                    .allSatisfy(pod -> assertRefused(pod, "Pending", REASONS)));
    var made = uids(pool.pods("app", "machine-bound"));

    await()
        .during(Duration.ofMinutes(2))
        .atMost(Duration.ofSeconds(150))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> uids(pool.pods("app", "machine-bound")).equals(made));

    assertThat(pool.pods("app", "machine-bound"))
        .allSatisfy(
            pod -> {
              assertRefused(pod, "Pending", REASONS);
              assertThat(pool.events(pod.getMetadata().getName(), "Unsupported"))
                  .anySatisfy(event -> assertThat(event.getMessage()).contains(REASONS));
            });
    assertThat(pool.history().starts("machine-bound")).isEmpty();
  }

  private static Set<String> uids(Collection<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
  }

  @Test
  void aJobWithTheSamePodsFails() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: machine-job }
        spec:
          backoffLimit: 1
          template:
        """
            + MACHINE_BOUND.formatted("Never").indent(4));
    pool.kubectl().run("wait", "--for=condition=Failed", "job/machine-job", "--timeout=90s");

    assertThat(
            pool.kubectl()
                .run("get", "job/machine-job", "-o=jsonpath={.status.conditions[*].reason}"))
        .contains("BackoffLimitExceeded");
    assertThat(pool.pods("batch.kubernetes.io/job-name", "machine-job"))
        .hasSize(2)
        .allSatisfy(pod -> assertRefused(pod, "Failed", REASONS));
    assertThat(pool.history().starts("machine-job")).isEmpty();
  }

  @Test
  void whatAPodRefersToIsRefusedByItsPath() {
    refuse(
        "volumes",
        """
          containers:
          - name: main
            $busybox
          volumes:
          - { name: data, nfs: { server: files, path: /data } }
          - { name: logs, hostPath: { path: /var/log } }
        """,
        List.of("spec.volumes[0].nfs", "spec.volumes[1].hostPath"));
    refuse(
        "variables",
        """
          containers:
          - name: main
            $busybox
          - name: second
            $busybox
            env:
            - { name: PLAIN, value: "yes" }
            - { name: DISK, valueFrom: { resourceFieldRef: { resource: limits.ephemeral-storage } } }
        """,
        List.of("spec.containers[1].env[1].valueFrom.resourceFieldRef.resource"));
    refuse(
        "security",
        """
          securityContext: { seLinuxOptions: { level: "s0:c123,c456" } }
          initContainers:
          - name: first
            $busybox
            restartPolicy: Always
            startupProbe: { tcpSocket: { port: nowhere } }
          containers:
          - name: main
            $busybox
            readinessProbe: { httpGet: { port: nowhere } }
            ports: [{ containerPort: 80, hostPort: 80 }]
        """,
        List.of(
            "spec.securityContext.seLinuxOptions",
            "spec.initContainers[0].startupProbe",
            "spec.containers[0].readinessProbe",
            "spec.containers[0].ports[0].hostPort"));
  }

  private static void refuse(String name, String spec, List<String> paths) {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: refers-%s }
        spec:
          $onThePool
        """
                .formatted(name)
            + spec);
    var pod = pool.awaitPhase("refers-" + name, "Failed");

    assertRefused(pod, "Failed", paths);
    assertThat(pool.history().starts(pod.getMetadata().getName())).isEmpty();
  }

  @Test
  void whatIsChangedWhileAPodRunsIsToldAndLeftAsItIs() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: changed }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sleep, "600"]
            resources: { requests: { cpu: 10m }, limits: { memory: 32Mi } }
        """);
    var container = VirtualPool.container(pool.awaitPhase("changed", "Running"));
    var before = container.getResources().getLimits().get("memory");
    assertThat(before.toString()).isEqualTo("32Mi");

    patch("resize", "resources: { limits: { memory: 64Mi } }");
    var resized = pool.await("changed", pod -> resize(pod).isPresent());
    assertThat(resize(resized))
        .hasValueSatisfying(
            condition -> {
              assertThat(condition.getStatus()).isEqualTo("True");
              assertThat(condition.getReason()).isEqualTo("Infeasible");
              assertThat(condition.getMessage()).startsWith("spec.containers[0].resources: ");
            });
    patch("", "image: another:1");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(pool.events("changed", "ImageChangeUnsupported"))
                    .singleElement()
                    .satisfies(
                        event ->
                            assertThat(event.getMessage())
                                .startsWith("spec.containers[0].image: ")));

    var now =
        pool.await(
            "changed",
            pod ->
                Objects.equals(
                    pod.getStatus().getObservedGeneration(), pod.getMetadata().getGeneration()));
    assertThat(now.getMetadata().getGeneration()).isGreaterThan(2);
    assertThat(VirtualPool.container(now)).isEqualTo(container);
  }

  private static void patch(String subresource, String container) {
    pool.kubectl()
        .run(
            "patch",
            "pod",
            "changed",
            "--subresource=" + subresource,
            "--patch=spec: { containers: [{ name: main, " + container + " }] }");
  }

  private static Optional<PodCondition> resize(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("PodResizePending"))
        .findFirst();
  }

  @Test
  void aDaemonSetsPodsStayPendingWhateverTheyTolerate() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: everywhere }
        spec:
          selector: { matchLabels: { app: everywhere } }
          template:
            metadata: { labels: { app: everywhere } }
            spec:
              nodeSelector: { virtualnodes.io/pool: %s }
              tolerations: [{ operator: Exists }]
              containers:
              - name: main
                $busybox
                command: [sleep, "600"]
        """
            .formatted(pool.name()));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(pool.pods("app", "everywhere"))
                    .hasSize(2)
                    .allSatisfy(
                        pod ->
                            assertRefused(pod, "Pending", List.of("DaemonSet serves machines"))));
    var made = uids(pool.pods("app", "everywhere"));

    await()
        .during(Duration.ofSeconds(10))
        .atMost(Duration.ofSeconds(20))
        .until(() -> uids(pool.pods("app", "everywhere")).equals(made));
    assertThat(pool.history().starts("everywhere")).isEmpty();
  }

  private static void assertRefused(Pod pod, String phase, List<String> reasons) {
    assertThat(pod.getStatus().getPhase()).isEqualTo(phase);
    assertThat(pod.getStatus().getReason()).isEqualTo("Unsupported");
    assertThat(pod.getStatus().getMessage()).contains(reasons);
  }
}
