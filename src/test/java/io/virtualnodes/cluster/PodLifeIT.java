package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.EngineHistory.Happening;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** How pods begin and end. */
@Execution(ExecutionMode.CONCURRENT)
class PodLifeIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(PodLifeIT.class);
  }

  @Test
  void aJobRunsEachOfItsPodsOnceAndLeavesNothingBehindWhenDeleted() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: ten }
        spec:
          completions: 10
          parallelism: 5
          template:
            spec:
              $onThePool
              restartPolicy: Never
              containers:
              - name: work
                $busybox
                command: [sh, -c, 'echo done >/scratch/result; sleep 2']
                volumeMounts: [{ name: scratch, mountPath: /scratch }]
              volumes: [{ name: scratch, emptyDir: {} }]
        """);
    pool.kubectl().run("wait", "--for=condition=complete", "job/ten", "--timeout=110s");

    var pods = pool.pods("batch.kubernetes.io/job-name", "ten");
    assertThat(pods).hasSize(10).allSatisfy(PodLifeIT::assertRanWell);
    assertThat(pool.history().starts("ten-"))
        .extracting(start -> "docker://" + start.containerId())
        .containsExactlyInAnyOrderElementsOf(
            pods.stream().map(pod -> container(pod).getContainerID()).toList());
    assertThat(pool.atTheEngine("ten-")).hasSize(10);

    pool.kubectl().run("delete", "job", "ten");

    pool.awaitNothingAtTheEngine("ten-");
  }

  private static void assertRanWell(Pod pod) {
    var status = pod.getStatus();
    assertThat(status.getPhase()).isEqualTo("Succeeded");
    assertThat(status.getPodIP()).matches("[0-9.]+");
    assertThat(status.getPodIPs()).extracting(ip -> ip.getIp()).containsExactly(status.getPodIP());
    assertThat(status.getHostIP()).isEqualTo(pool.cluster().thisMachine());
    assertThat(Instant.parse(status.getStartTime()))
        .isAfterOrEqualTo(Instant.parse(pod.getMetadata().getCreationTimestamp()));
    assertThat(status.getConditions())
        .filteredOn(condition -> condition.getType().equals("Ready"))
        .extracting(condition -> condition.getStatus() + " " + condition.getReason())
        .containsExactly("False PodCompleted");
    var container = container(pod);
    assertThat(container.getImage()).isEqualTo("virtualnodes/busybox:latest");
    assertThat(container.getImageID()).contains("sha256:");
    assertThat(container.getRestartCount()).isZero();
    var end = container.getState().getTerminated();
    assertThat(end.getExitCode()).isZero();
    assertThat(end.getReason()).isEqualTo("Completed");
    assertThat(Instant.parse(end.getFinishedAt())).isAfter(Instant.parse(end.getStartedAt()));
  }

  @Test
  void aDeploymentIsScaledUpAndDown() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          replicas: 3
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: web
                $busybox
                command: [sleep, "600"]
        """);
    pool.kubectl().run("rollout", "status", "deployment/web", "--timeout=90s");
    assertThat(pool.history().starts("web-")).hasSize(3);

    pool.kubectl().run("scale", "deployment/web", "--replicas=6");
    pool.kubectl().run("rollout", "status", "deployment/web", "--timeout=90s");
    assertThat(pool.history().starts("web-")).hasSize(6);

    pool.kubectl().run("scale", "deployment/web", "--replicas=2");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              var left = pool.pods("app", "web");
              assertThat(left).hasSize(2);
              assertThat(pool.atTheEngine("web-"))
                  .extracting(found -> found.getLabels().get("virtualnodes.io/pod"))
                  .hasSameElementsAs(
                      left.stream().map(pod -> pod.getMetadata().getName()).toList());
            });
    assertThat(pool.pods("app", "web"))
        .allSatisfy(pod -> assertThat(container(pod).getReady()).isTrue());
    assertThat(pool.history().starts("web-")).hasSize(6);
  }

  @Test
  void aStatefulPodsSuccessorStartsAfterItsEnd() {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: data }
        spec:
          serviceName: data
          selector: { matchLabels: { app: data } }
          template:
            metadata: { labels: { app: data } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 2
              containers:
              - name: data
                $busybox
                command: [sleep, "600"]
        """);
    var first = pool.awaitPhase("data-0", "Running");

    pool.kubectl().run("delete", "pod", "data-0");
    var second =
        pool.await(
            "data-0",
            pod ->
                !pod.getMetadata().getUid().equals(first.getMetadata().getUid())
                    && "Running".equals(pod.getStatus().getPhase()));

    assertThat(container(second).getContainerID()).isNotEqualTo(container(first).getContainerID());
    assertThat(container(second).getRestartCount()).isZero();
    var starts = pool.history().starts("data-0");
    var ends = pool.history().ends("data-0");
    assertThat(starts).extracting(Happening::group).hasSize(2).doesNotHaveDuplicates();
    assertThat(ends).extracting(Happening::group).containsExactly(starts.getFirst().group());
    assertThat(ends.getFirst().at()).isBefore(starts.getLast().at());
  }

  @Test
  void aContainerThatHandlesTermEndsWithItsOwnCode() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: handles-term
          # Keeps the object, so that the end can be read.
          finalizers: [example.com/kept]
        spec:
          $onThePool
          terminationGracePeriodSeconds: 60
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'trap "exit 7" TERM; while :; do sleep 0.1; done']
        """);
    pool.awaitPhase("handles-term", "Running");

    pool.kubectl().run("delete", "pod", "handles-term", "--wait=false");
    var ended = pool.awaitPhase("handles-term", "Failed");

    var end = container(ended).getState().getTerminated();
    assertThat(end.getExitCode()).isEqualTo(7);
    assertThat(end.getReason()).isEqualTo("Error");
    assertThat(ended.getMetadata().getDeletionTimestamp()).isNotNull();
    // Its policy is to be restarted always, but not once it is to go.
    assertThat(pool.history().starts("handles-term")).hasSize(1);

    pool.kubectl()
        .run(
            "patch",
            "pod",
            "handles-term",
            "--type=merge",
            "-p={\"metadata\":{\"finalizers\":[]}}");
    pool.kubectl().run("wait", "--for=delete", "pod/handles-term", "--timeout=60s");
    pool.awaitNothingAtTheEngine("handles-term");
  }

  @Test
  void aContainerThatIgnoresTermIsKilledAfterTheGraceAndThePodStaysUntilThen() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: ignores-term }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 5
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'trap "" TERM; while :; do sleep 0.1; done']
        """);
    pool.awaitPhase("ignores-term", "Running");
    var asked = Instant.now();

    // Returns when the object is gone.
    pool.kubectl().run("delete", "pod", "ignores-term");

    assertThat(pool.running("ignores-term")).isEmpty();
    assertThat(pool.history().ends("ignores-term"))
        .singleElement()
        .satisfies(
            end -> {
              assertThat(end.exitCode()).isEqualTo("137");
              // The API server writes the grace period's end in whole seconds.
              assertThat(end.at()).isAfter(asked.plusSeconds(4));
            });
    pool.awaitNothingAtTheEngine("ignores-term");
  }

  @Test
  void aPodDeletedByForceLeavesNoContainer() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: forced }
        spec:
          $onThePool
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'trap "" TERM; while :; do sleep 0.1; done']
            volumeMounts: [{ name: scratch, mountPath: /scratch }]
          volumes: [{ name: scratch, emptyDir: {} }]
        """);
    pool.awaitPhase("forced", "Running");

    pool.kubectl().run("delete", "pod", "forced", "--grace-period=0", "--force");

    pool.awaitNothingAtTheEngine("forced");
  }

  @Test
  void aPodIsEndedAtItsDeadline() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: too-long }
        spec:
          $onThePool
          activeDeadlineSeconds: 4
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sleep, "600"]
        """);
    var ended = pool.awaitPhase("too-long", "Failed");

    assertThat(ended.getStatus().getReason()).isEqualTo("DeadlineExceeded");
    assertThat(ended.getStatus().getMessage()).contains("longer than the specified deadline");
    assertThat(container(ended).getState().getTerminated().getExitCode()).isEqualTo(137);
    assertThat(pool.running("too-long")).isEmpty();
    assertThat(pool.history().starts("too-long")).hasSize(1);
  }
}
