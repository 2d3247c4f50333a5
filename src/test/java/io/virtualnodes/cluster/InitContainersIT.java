package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.virtualnodes.cluster.EngineHistory.Happening;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What runs before a pod's own containers, and beside them. */
@Execution(ExecutionMode.CONCURRENT)
class InitContainersIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(InitContainersIT.class);
  }

  @Test
  void initContainersRunInTheirOrderAndShareAVolumeWithWhatFollows() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: chain }
        spec:
          $onThePool
          restartPolicy: Never
          initContainers:
          - name: one
            $busybox
            command: [sh, -c, 'trap "echo -n 1 >>/work/log; exit 0" USR1; while :; do sleep 0.1; done']
            volumeMounts: [{ name: work, mountPath: /work }]
          - name: two
            $busybox
            command: [sh, -c, 'echo -n $(WORD) >>/work/log']
            env: [{ name: WORD, value: "2" }]
            volumeMounts: [{ name: work, mountPath: /work }]
          containers:
          - name: main
            $busybox
            command: [sh, -c, '[ "$(cat log)" = 12 ]']
            workingDir: /work
            volumeMounts: [{ name: work, mountPath: /work, readOnly: true }]
          volumes: [{ name: work, emptyDir: {} }]
        """);

    var during = pool.await("chain", pod -> init(pod, 0).anyMatch(InitContainersIT::runs));

    assertThat(during.getStatus().getPhase()).isEqualTo("Pending");
    assertThat(during.getStatus().getPodIP()).matches("[0-9.]+");
    assertThat(condition(during, "Initialized").getStatus()).isEqualTo("False");
    assertThat(condition(during, "Initialized").getReason()).isEqualTo("ContainersNotInitialized");
    assertThat(condition(during, "Initialized").getMessage())
        .isEqualTo("containers with incomplete status: [one two]");
    assertThat(container(during).getState().getWaiting().getReason()).isEqualTo("PodInitializing");
    assertThat(pool.kubectl().run("get", "pod", "chain", "--no-headers")).contains("Init:0/2");
    go(init(during, 0).findFirst().orElseThrow());
    var ended = pool.awaitPhase("chain", "Succeeded");
    assertThat(ended.getStatus().getInitContainerStatuses())
        .allSatisfy(
            status -> {
              assertThat(status.getReady()).isTrue();
              assertThat(status.getState().getTerminated().getReason()).isEqualTo("Completed");
            });
    assertThat(condition(ended, "Initialized").getStatus()).isEqualTo("True");
    assertThat(pool.history().starts("chain"))
        .extracting(Happening::containerId)
        .containsExactlyElementsOf(containerIds(ended));
    assertThat(pool.kubectl().run("logs", "chain", "-c", "one")).isEmpty();
  }

  @Test
  void aFailedInitContainerFailsAPodThatIsNeverRestarted() {
    pool.apply(failing("never", "Never", "exit 3"));

    var ended = pool.awaitPhase("never", "Failed");

    assertThat(init(ended, 0))
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.getState().getTerminated().getExitCode()).isEqualTo(3);
              assertThat(status.getReady()).isFalse();
            });
    assertThat(container(ended).getState().getWaiting().getReason()).isEqualTo("PodInitializing");
    assertThat(pool.kubectl().run("get", "pod", "never", "--no-headers")).contains("Init:Error");
    assertThat(pool.history().starts("never")).hasSize(1);
  }

  @Test
  void aFailedInitContainerIsTriedAgainUntilItSucceeds() {
    pool.apply(
        failing(
            "retried",
            "OnFailure",
            "[ -e /work/2 ] || { [ -e /work/1 ] && touch /work/2; touch /work/1; exit 3; }"));

    var waiting =
        pool.await(
            "retried",
            pod ->
                init(pod, 0)
                    .map(status -> status.getState().getWaiting())
                    .anyMatch(
                        state -> state != null && "CrashLoopBackOff".equals(state.getReason())));

    assertThat(waiting.getStatus().getPhase()).isEqualTo("Pending");
    var ended = pool.awaitPhase("retried", "Succeeded");
    var retried = init(ended, 0).findFirst().orElseThrow();
    assertThat(retried.getRestartCount()).isEqualTo(2);
    assertThat(retried.getState().getTerminated().getExitCode()).isZero();
    assertThat(retried.getLastState().getTerminated().getExitCode()).isEqualTo(3);
    assertThat(pool.history().starts("retried")).hasSize(4);
  }

  private static String failing(String name, String policy, String script) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: { name: %s }
    spec:
      $onThePool
      restartPolicy: %s
      initContainers:
      - name: first
        $busybox
        command: [sh, -c, '%s']
        volumeMounts: [{ name: work, mountPath: /work }]
      containers:
      - name: main
        $busybox
        command: ["true"]
      volumes: [{ name: work, emptyDir: {} }]
    """
        .formatted(name, policy, script);
  }

  @Test
  void aJobCompletesThoughItsSidecarWouldRunForEver() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: with-sidecar }
        spec:
          backoffLimit: 0
          template:
            spec:
              $onThePool
              restartPolicy: Never
              initContainers:
              - name: side
                $busybox
                restartPolicy: Always
                command: [sh, -c, 'trap "exit 7" TERM; while :; do sleep 0.1; done']
              - name: first
                $busybox
                command: ["true"]
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'trap "exit 0" USR1; while :; do sleep 0.1; done']
        """);

    var running =
        pool.await(podOf("with-sidecar"), pod -> "Running".equals(pod.getStatus().getPhase()));
    assertThat(condition(running, "Ready").getStatus()).isEqualTo("True");
    assertThat(init(running, 0)).allMatch(status -> status.getStarted() && status.getReady());
    go(container(running));
    pool.kubectl().run("wait", "--for=condition=complete", "job/with-sidecar", "--timeout=90s");

    var ended = pool.pod(running.getMetadata().getName());
    assertThat(ended.getStatus().getPhase()).isEqualTo("Succeeded");
    var side = init(ended, 0).findFirst().orElseThrow().getState().getTerminated();
    var main = container(ended).getState().getTerminated();
    assertThat(side.getExitCode()).isEqualTo(7);
    assertThat(main.getExitCode()).isZero();
    assertThat(Instant.parse(side.getFinishedAt()))
        .isAfterOrEqualTo(Instant.parse(main.getFinishedAt()));
    assertThat(pool.history().starts("with-sidecar")).hasSize(3);
    pool.kubectl().run("delete", "job", "with-sidecar");
    pool.awaitNothingAtTheEngine("with-sidecar");
  }

  @Test
  void theSampleWithASidecarWorks() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/job-with-sidecar.yaml"))
            .replace("image: busybox:1.37", "$busybox")
            .replace("name: with-sidecar", "name: sample")
            .replace("burst", pool.name()));

    var ended = pool.await(podOf("sample"), pod -> "Succeeded".equals(pod.getStatus().getPhase()));

    assertThat(pool.kubectl().run("logs", ended.getMetadata().getName(), "-c", "work"))
        .isEqualToIgnoringNewLines("something to work on");
  }

  private static String podOf(String job) {
    return pool.awaitOne("batch.kubernetes.io/job-name", job, _ -> true).getMetadata().getName();
  }

  @Test
  void aDeletedPodsSidecarsEndAfterItsContainersInReverseOrder() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: deleted }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 60
          initContainers:
          - name: one
            $busybox
            restartPolicy: Always
            command: &ends [sh, -c, 'trap "sleep 1; exit 7" TERM; while :; do sleep 0.1; done']
          - name: two
            $busybox
            restartPolicy: Always
            command: *ends
          containers:
          - name: main
            $busybox
            command: *ends
        """);
    var running = pool.awaitPhase("deleted", "Running");

    pool.kubectl().run("delete", "pod", "deleted", "--timeout=60s");

    assertThat(pool.history().ends("deleted"))
        .extracting(Happening::containerId)
        .containsExactlyElementsOf(containerIds(running).reversed());
    assertThat(pool.history().ends("deleted")).extracting(Happening::exitCode).containsOnly("7");
    pool.awaitNothingAtTheEngine("deleted");
  }

  /** Lets a container end that waits for a sign. */
  private static void go(ContainerStatus status) {
    pool.cluster()
        .engine()
        .client()
        .killContainerCmd(status.getContainerID().replace("docker://", ""))
        .withSignal("USR1")
        .exec();
  }

  private static Stream<ContainerStatus> init(Pod pod, int index) {
    return pod.getStatus().getInitContainerStatuses().stream().skip(index).limit(1);
  }

  private static boolean runs(ContainerStatus status) {
    return status.getState().getRunning() != null;
  }

  private static PodCondition condition(Pod pod, String type) {
    return pod.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  /** The engine's ids, in the order in which the containers start. */
  private static List<String> containerIds(Pod pod) {
    return Stream.concat(
            pod.getStatus().getInitContainerStatuses().stream(),
            pod.getStatus().getContainerStatuses().stream())
        .map(status -> status.getContainerID().replace("docker://", ""))
        .toList();
  }
}
