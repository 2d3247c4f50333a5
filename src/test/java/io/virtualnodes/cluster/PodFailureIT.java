package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What is told of containers that fail, and when they are started again. */
@Execution(ExecutionMode.CONCURRENT)
class PodFailureIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(PodFailureIT.class);
  }

  @Test
  void aContainerThatEndsWellCompletes() {
    pool.run("ends-well", "Never", "exit 0");
    var pod = pool.awaitPhase("ends-well", "Succeeded");

    var end = container(pod).getState().getTerminated();
    assertThat(end.getExitCode()).isZero();
    assertThat(end.getReason()).isEqualTo("Completed");
  }

  @Test
  void aContainerThatFailsKeepsItsCode() {
    pool.run("ends-with-3", "Never", "exit 3");
    var pod = pool.awaitPhase("ends-with-3", "Failed");

    var end = container(pod).getState().getTerminated();
    assertThat(end.getExitCode()).isEqualTo(3);
    assertThat(end.getReason()).isEqualTo("Error");
    assertThat(container(pod).getRestartCount()).isZero();
    assertThat(pool.history().starts("ends-with-3")).hasSize(1);
  }

  @Test
  void aContainerBeyondItsMemoryIsKilled() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: eats-memory }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            # The engine begins to watch a moment after the start, and has ceased to at the end.
            command: [sh, -c, 'sleep 2; tail /dev/zero; code=$?; sleep 2; exit $code']
            resources: { limits: { memory: 16Mi } }
        """);
    var pod = pool.awaitPhase("eats-memory", "Failed");

    var end = container(pod).getState().getTerminated();
    assertThat(end.getReason()).isEqualTo("OOMKilled");
    assertThat(end.getExitCode()).isEqualTo(137);
  }

  @Test
  void aCommandThatDoesNotExistCannotBeStarted() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: no-command }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [/bin/no-such-command]
        """);
    var pod = pool.awaitPhase("no-command", "Failed");

    var end = container(pod).getState().getTerminated();
    assertThat(end.getReason()).isEqualTo("StartError");
    assertThat(end.getExitCode()).isEqualTo(128);
    assertThat(end.getMessage()).contains("/bin/no-such-command");
  }

  @Test
  void onFailureACompletedContainerStaysAndAFailedOneIsStartedAgain() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: second-try }
        spec:
          $onThePool
          restartPolicy: OnFailure
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'test -e /state/tried || { touch /state/tried; exit 4; }']
            volumeMounts: [{ name: state, mountPath: /state }]
          volumes: [{ name: state, emptyDir: {} }]
        """);
    var pod = pool.awaitPhase("second-try", "Succeeded");

    assertThat(container(pod).getState().getTerminated().getExitCode()).isZero();
    assertThat(container(pod).getRestartCount()).isEqualTo(1);
    assertThat(container(pod).getLastState().getTerminated().getExitCode()).isEqualTo(4);
    assertThat(pool.history().starts("second-try")).hasSize(2);
  }

  @Test
  void aContainerThatAlwaysFailsIsStartedAgainWithABackOff() {
    pool.run("fails-always", "Always", "exit 5");
    var waiting = pool.awaitWaiting("fails-always", "CrashLoopBackOff");

    assertThat(waiting.getStatus().getPhase()).isEqualTo("Running");
    var container = container(waiting);
    assertThat(container.getState().getWaiting().getMessage())
        .startsWith("back-off 10s restarting failed container=main pod=fails-always_");
    assertThat(container.getLastState().getTerminated().getExitCode()).isEqualTo(5);
    assertThat(container.getReady()).isFalse();
    awaitEvent(
        "fails-always",
        "Warning",
        "BackOff",
        "Back-off restarting failed container main in pod fails-always_");

    var later =
        pool.await(
            "fails-always", pod -> container(pod).getRestartCount() > container.getRestartCount());
    assertThat(pool.history().starts("fails-always"))
        .hasSizeGreaterThan(container(later).getRestartCount());
  }

  @Test
  void underAlwaysACompletedContainerIsStartedAgainToo() {
    pool.run("completes-always", "Always", "sleep 1");
    var pod =
        pool.await(
            "completes-always",
            found ->
                !found.getStatus().getContainerStatuses().isEmpty()
                    && container(found).getRestartCount() > 0);

    assertThat(container(pod).getLastState().getTerminated().getReason()).isEqualTo("Completed");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
  }

  @Test
  void anImageThatCannotBePulledIsToldAndWaitedFor() {
    // Nothing listens there.
    withImage("pulls-in-vain", "127.0.0.1:9/nothing:1", "Always");
    var failed = pool.awaitWaiting("pulls-in-vain", "ErrImagePull");
    var backingOff = pool.awaitWaiting("pulls-in-vain", "ImagePullBackOff");

    assertThat(container(failed).getState().getWaiting().getMessage())
        .contains("127.0.0.1:9/nothing:1");
    assertThat(container(backingOff).getState().getWaiting().getMessage())
        .startsWith("Back-off pulling image \"127.0.0.1:9/nothing:1\"");
    assertThat(backingOff.getStatus().getPhase()).isEqualTo("Pending");
    assertThat(pool.history().starts("pulls-in-vain")).isEmpty();
    awaitEvent(
        "pulls-in-vain", "Warning", "Failed", "Failed to pull image \"127.0.0.1:9/nothing:1\"");
    awaitEvent(
        "pulls-in-vain", "Normal", "BackOff", "Back-off pulling image \"127.0.0.1:9/nothing:1\"");
  }

  @Test
  void aPodThatCannotStartIsEndedAtItsDeadline() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: waits-too-long }
        spec:
          $onThePool
          activeDeadlineSeconds: 3
          containers:
          - name: main
            image: 127.0.0.1:9/nothing:1
        """);
    var pod = pool.awaitPhase("waits-too-long", "Failed");

    assertThat(pod.getStatus().getReason()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void aPodWhoseImageIsLongInComingIsEndedAtItsDeadline() throws IOException {
    // Takes connections and never answers.
    try (var registry = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      pool.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: { name: pulls-too-long }
          spec:
            $onThePool
            restartPolicy: Never
            activeDeadlineSeconds: 3
            containers:
            - name: main
              image: 127.0.0.1:%d/slow:1
          """
              .formatted(registry.getLocalPort()));
      var pod = pool.awaitPhase("pulls-too-long", "Failed");

      assertThat(pod.getStatus().getReason()).isEqualTo("DeadlineExceeded");
      // Else kubectl would show for what it waits, for ever.
      assertThat(container(pod).getState().getTerminated().getReason())
          .isEqualTo("ContainerStatusUnknown");
      assertThat(pool.history().starts("pulls-too-long")).isEmpty();
    }
  }

  @Test
  void anImageThatMustNotBePulledHasToBeThere() {
    withImage("never-pulls", "virtualnodes/not-there:1", "Never");
    var pod = pool.awaitWaiting("never-pulls", "ErrImageNeverPull");

    assertThat(container(pod).getState().getWaiting().getMessage())
        .isEqualTo(
            "Container image \"virtualnodes/not-there:1\" is not present with pull policy of"
                + " Never");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
  }

  @Test
  void anImageNameThatIsNoneIsTold() {
    withImage("misnamed", "virtualnodes/BusyBox:latest", "IfNotPresent");
    var pod = pool.awaitWaiting("misnamed", "InvalidImageName");

    assertThat(container(pod).getState().getWaiting().getMessage())
        .contains("virtualnodes/BusyBox:latest");
    assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
  }

  private static void awaitEvent(String pod, String type, String reason, String beginning) {
    Awaitility.await(reason)
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(pool.events(pod, reason))
                    .anySatisfy(
                        event -> {
                          assertThat(event.getType()).isEqualTo(type);
                          assertThat(event.getInvolvedObject().getFieldPath())
                              .isEqualTo("spec.containers{main}");
                          assertThat(event.getMessage()).startsWith(beginning);
                        }));
  }

  private static void withImage(String pod, String image, String pullPolicy) {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          containers:
          - name: main
            image: %s
            imagePullPolicy: %s
        """
            .formatted(pod, image, pullPolicy));
  }
}
