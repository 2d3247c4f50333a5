package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What containers say of their end, in the pod's status. */
@Execution(ExecutionMode.CONCURRENT)
class LastWordsIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(LastWordsIT.class);
  }

  private static void run(String name, String restartPolicy, String more, String script) {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          restartPolicy: %s
          volumes: [{ name: work, emptyDir: {} }]
          containers:
          - name: main
            $busybox
            %s
            command:
            - sh
            - -c
            - |
              %s
            volumeMounts: [{ name: work, mountPath: /work }]
        """
            .formatted(name, restartPolicy, more, script));
  }

  private static String message(String pod, String phase) {
    return message(container(pool.awaitPhase(pod, phase)));
  }

  private static String message(ContainerStatus status) {
    return status.getState().getTerminated().getMessage();
  }

  @Test
  void whatAContainerWroteIsInItsStatus() {
    run(
        "written",
        "Never",
        "securityContext: { runAsUser: 1000, readOnlyRootFilesystem: true }",
        "echo said to the log; printf done >/dev/termination-log");
    run(
        "elsewhere",
        "Never",
        "terminationMessagePath: /work/words",
        "printf 'from elsewhere' >/work/words; exit 3");
    run("silent", "Never", "terminationMessagePolicy: File", "echo said to the log; exit 1");
    run(
        "long",
        "Never",
        "terminationMessagePolicy: File",
        "head -c 5000 /dev/zero | tr '\\0' x >/dev/termination-log; printf end"
            + " >>/dev/termination-log");

    run(
        "huge",
        "Never",
        "terminationMessagePolicy: File",
        "dd if=/dev/zero of=/dev/termination-log bs=1M count=0 seek=100000");

    assertThat(message("huge", "Succeeded"))
        .isEqualTo(
            "Error on reading termination log /dev/termination-log: it has 104857600000 bytes");
    assertThat(message("written", "Succeeded")).isEqualTo("done");
    assertThat(message("elsewhere", "Failed")).isEqualTo("from elsewhere");
    assertThat(message("silent", "Failed")).isNull();
    assertThat(message("long", "Succeeded")).hasSize(4096).endsWith("xxxend");
  }

  @Test
  void whoFailsWithoutAWordIsQuotedFromItsLog() {
    var policy = "terminationMessagePolicy: FallbackToLogsOnError";
    run("failed", "Never", policy, "seq 100; exit 1");
    run("spoke", "Never", policy, "seq 100; printf mine >/dev/termination-log; exit 1");
    run("well", "Never", policy, "seq 100");
    run("wide", "Never", policy, "head -c 9000 /dev/zero | tr '\\0' x; exit 1");

    assertThat(message("failed", "Failed"))
        .isEqualTo(
            java.util.stream.IntStream.rangeClosed(21, 100)
                .mapToObj(number -> number + "\n")
                .collect(Collectors.joining()));
    assertThat(message("spoke", "Failed")).isEqualTo("mine");
    assertThat(message("well", "Succeeded")).isNull();
    assertThat(message("wide", "Failed")).hasSize(2048);
  }

  @Test
  void eachInstanceHasItsOwnWords() {
    run(
        "again",
        "OnFailure",
        "terminationMessagePath: /dev/words",
        "test ! -s /dev/words && test -e /work/been && { printf second >/dev/words; exit 0; };"
            + " touch /work/been; printf first >/dev/words; exit 1");

    var status = container(pool.awaitPhase("again", "Succeeded"));

    assertThat(status.getRestartCount()).isEqualTo(1);
    assertThat(message(status)).isEqualTo("second");
    assertThat(status.getLastState().getTerminated().getMessage()).isEqualTo("first");
    pool.kubectl().run("delete", "pod", "again");
    pool.awaitNothingAtTheEngine("again");
  }
}
