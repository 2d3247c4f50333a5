package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Containers that say themselves when they are to be started again. */
@Execution(ExecutionMode.CONCURRENT)
class RestartRulesIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(RestartRulesIT.class);
  }

  @Test
  void theSampleIsStartedAgainInPlaceAndItsJobSucceeds() throws IOException {
    pool.apply(
        Files.readString(Path.of("deploy/samples/job-with-exit-codes.yaml"))
            .replace("image: busybox:1.37", "$busybox")
            .replace("burst", pool.name()));

    var ended =
        pool.awaitOne(
            "batch.kubernetes.io/job-name",
            "with-exit-codes",
            pod -> pod.getStatus().getPhase().equals("Succeeded"));

    var statuses =
        ended.getStatus().getContainerStatuses().stream()
            .collect(Collectors.toMap(ContainerStatus::getName, status -> status));
    var main = statuses.get("main");
    assertThat(main.getRestartCount()).isEqualTo(1);
    var before = main.getLastState().getTerminated();
    assertThat(before.getExitCode()).isEqualTo(42);
    assertThat(before.getContainerID()).startsWith("docker://").isNotEqualTo(main.getContainerID());
    assertThat(statuses.get("upload").getRestartCount()).isZero();
    assertThat(pool.kubectl().run("logs", ended.getMetadata().getName(), "-c", "main"))
        .isEqualTo("finished what was begun\n");
  }

  @Test
  void aFailedInitContainerIsTriedAgainAsItsOwnRuleSays() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: prepared }
        spec:
          $onThePool
          restartPolicy: Never
          initContainers:
          - name: first
            $busybox
            command: [sh, -c, '[ -e /work/tried ] || { touch /work/tried; exit 3; }']
            restartPolicy: Never
            restartPolicyRules: [{ action: Restart, exitCodes: { operator: In, values: [3] } }]
            volumeMounts: [{ name: work, mountPath: /work }]
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'exit 7']
          volumes: [{ name: work, emptyDir: {} }]
        """);

    var ended = pool.awaitPhase("prepared", "Failed");

    var init = ended.getStatus().getInitContainerStatuses().getFirst();
    assertThat(init.getRestartCount()).isEqualTo(1);
    assertThat(init.getState().getTerminated().getExitCode()).isZero();
    assertThat(VirtualPool.container(ended).getState().getTerminated().getExitCode()).isEqualTo(7);
  }
}
