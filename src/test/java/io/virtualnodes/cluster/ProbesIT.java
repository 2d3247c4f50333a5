package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Probes of containers that really run, and what follows from them. */
@Execution(ExecutionMode.CONCURRENT)
class ProbesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(ProbesIT.class);
  }

  @Test
  void aReadinessProbeTakesAPodOutOfAServiceAndBack() {
    pool.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: { name: web }
        spec: { selector: { app: web }, ports: [{ port: 80, targetPort: http }] }
        """);
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: web, labels: { app: web } }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'mkdir /www && touch /www/ready && exec httpd -f -p 8080 -h /www']
            ports: [{ name: http, containerPort: 8080 }]
            readinessProbe: { httpGet: { path: /ready, port: http }, periodSeconds: 1, failureThreshold: 2, timeoutSeconds: 5 }
        """);
    var ready = pool.await("web", pod -> is(pod, "Ready", "True"));
    awaitEndpoint(true);

    pool.execute(container(ready), "rm", "/www/ready");
    var unready = pool.await("web", pod -> is(pod, "Ready", "False"));
    awaitEndpoint(false);
    pool.execute(container(ready), "touch", "/www/ready");
    pool.await("web", pod -> is(pod, "Ready", "True"));
    awaitEndpoint(true);

    assertThat(container(unready).getReady()).isFalse();
    assertThat(container(unready).getStarted()).isTrue();
    assertThat(condition(unready, "ContainersReady").getMessage())
        .isEqualTo("containers with unready status: [main]");
    assertThat(pool.history().starts("web")).hasSize(1);
    assertThat(pool.events("web", "Unhealthy"))
        .extracting(Event::getMessage)
        .contains("Readiness probe failed: HTTP probe failed with statuscode: 404");
  }

  private static void awaitEndpoint(boolean ready) {
    await("web is ready: " + ready)
        .atMost(PATIENCE)
        .until(
            () ->
                pool
                    .cluster()
                    .client()
                    .discovery()
                    .v1()
                    .endpointSlices()
                    .inNamespace(pool.namespace())
                    .withLabel("kubernetes.io/service-name", "web")
                    .list()
                    .getItems()
                    .stream()
                    .flatMap(slice -> slice.getEndpoints().stream())
                    .map(Endpoint::getConditions)
                    .anyMatch(conditions -> conditions.getReady() == ready));
  }

  @Test
  void aLivenessFailureRestartsOneContainerAndLeavesTheOtherAlone() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: lively }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 60
          containers:
          - name: sick
            $busybox
            command: [sh, -c, 'trap "exit 7" TERM; touch /alive; while :; do sleep 0.1; done']
            livenessProbe:
              exec: { command: [cat, /alive] }
              periodSeconds: 1
              timeoutSeconds: 10
              failureThreshold: 2
              terminationGracePeriodSeconds: 5
          - name: well
            $busybox
            command: [sleep, "600"]
            livenessProbe: { exec: { command: ["true"] }, periodSeconds: 1, timeoutSeconds: 10 }
        """);
    var running = pool.await("lively", pod -> is(pod, "Ready", "True"));

    pool.execute(status(running, "sick"), "rm", "/alive");
    var restarted =
        pool.await(
            "lively",
            pod -> status(pod, "sick").getRestartCount() == 1 && is(pod, "Ready", "True"));

    assertThat(status(restarted, "sick").getLastState().getTerminated().getExitCode()).isEqualTo(7);
    assertThat(status(restarted, "well")).isEqualTo(status(running, "well"));
    assertThat(pool.history().ends("lively")).hasSize(1);
    assertThat(pool.events("lively", "Unhealthy"))
        .extracting(Event::getMessage)
        .anyMatch(message -> message.startsWith("Liveness probe failed: cat: can't open '/alive'"));
    assertThat(pool.events("lively", "Killing"))
        .extracting(Event::getMessage)
        .containsExactly("Container sick failed liveness probe, will be restarted");
    assertThat(pool.events("lively", "Killing").getFirst().getInvolvedObject().getFieldPath())
        .isEqualTo("spec.containers{sick}");
    assertThat(
            pool.cluster()
                .client()
                .raw(
                    "/api/v1/nodes/%s/proxy/metrics/probes"
                        .formatted(restarted.getSpec().getNodeName()))
                .lines())
        .filteredOn(line -> line.contains("pod=\"lively\"") && line.contains("Liveness"))
        .anyMatch(line -> line.matches(".*container=\"sick\".*result=\"failed\"} [2-9].*"))
        .anyMatch(line -> line.matches(".*container=\"well\".*result=\"successful\"} .*"));
  }

  /** A program that obeys ends with 0, which would be taken for its success. */
  @Test
  void aJobsContainerThatIsEndedAsUnhealthyHasNotSucceeded() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: obeys }
        spec:
          $onThePool
          restartPolicy: OnFailure
          containers:
          - name: main
            $busybox
            command: [sh, -c, '[ -e /work/1 ] && exit 0; touch /work/1; trap "exit 0" TERM; while :; do sleep 0.1; done']
            volumeMounts: [{ name: work, mountPath: /work }]
            livenessProbe: { exec: { command: ["false"] }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1 }
          volumes: [{ name: work, emptyDir: {} }]
        """);

    var ended = pool.awaitPhase("obeys", "Succeeded");

    assertThat(container(ended).getRestartCount()).isEqualTo(1);
    assertThat(container(ended).getLastState().getTerminated().getExitCode()).isZero();
    assertThat(pool.history().starts("obeys")).hasSize(2);
  }

  @Test
  void aStartupProbeHoldsTheOthersBack() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: slow }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'sleep 5; touch /alive; exec nc -ll -p 7000 -e /bin/true']
            startupProbe: { tcpSocket: { port: 7000 }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60 }
            livenessProbe: { exec: { command: [cat, /alive] }, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 1 }
        """);

    var starting = pool.awaitPhase("slow", "Running");
    assertThat(container(starting).getStarted()).isFalse();
    assertThat(container(starting).getReady()).isFalse();
    var started = pool.await("slow", pod -> is(pod, "Ready", "True"));

    assertThat(container(started).getStarted()).isTrue();
    assertThat(
            Duration.between(
                Instant.parse(container(started).getState().getRunning().getStartedAt()),
                Instant.parse(condition(started, "Ready").getLastTransitionTime())))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(4));
    assertThat(pool.history().ends("slow")).isEmpty();
    assertThat(pool.events("slow", "Killing")).isEmpty();
  }

  @Test
  void whatComesAfterASidecarWaitsUntilItStartedUp() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: waits }
        spec:
          $onThePool
          restartPolicy: Never
          initContainers:
          - name: side
            $busybox
            restartPolicy: Always
            command: [sh, -c, 'sleep 3; mkdir /www; echo hello >/www/index.html; exec httpd -f -p 8080 -h /www']
            startupProbe: { httpGet: { port: 8080 }, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60 }
          containers:
          - name: main
            $busybox
            command: [wget, -q, -O, "-", "http://localhost:8080/"]
        """);

    pool.awaitPhase("waits", "Succeeded");

    assertThat(pool.kubectl().run("logs", "waits", "-c", "main"))
        .isEqualToIgnoringNewLines("hello");
  }

  @Test
  void aCommandThatTakesTooLongFailsAndDoesNotPileUp() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: hangs }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sleep, "600"]
            readinessProbe: { exec: { command: [sh, -c, "echo x >>/asked; sleep 300"] }, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 3 }
        """);

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(pool.events("hangs", "Unhealthy"))
                    .extracting(Event::getMessage)
                    .anyMatch(message -> message.endsWith("sleep 300\" timed out")));
    var pod = pool.awaitPhase("hangs", "Running");
    await().during(Duration.ofSeconds(4)).until(() -> true);

    assertThat(pool.execute(container(pod), "cat", "/asked")).isEqualTo("x\n");
    assertThat(is(pool.pod("hangs"), "Ready", "False")).isTrue();
  }

  @Test
  void theSampleWithProbesWorks() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/deployment-with-probes.yaml"))
            .replace("image: busybox:1.37", "$busybox")
            .replace("burst", pool.name()));

    pool.kubectl().run("wait", "--for=condition=available", "deployment/probed", "--timeout=90s");

    assertThat(pool.history().starts("probed")).hasSize(2);
    assertThat(pool.history().ends("probed")).isEmpty();
  }

  private static ContainerStatus status(Pod pod, String container) {
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(container))
        .findFirst()
        .orElseThrow();
  }

  private static boolean is(Pod pod, String type, String status) {
    return conditions(pod, type).anyMatch(condition -> condition.getStatus().equals(status));
  }

  private static PodCondition condition(Pod pod, String type) {
    return conditions(pod, type).findFirst().orElseThrow();
  }

  private static Stream<PodCondition> conditions(Pod pod, String type) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type));
  }
}
