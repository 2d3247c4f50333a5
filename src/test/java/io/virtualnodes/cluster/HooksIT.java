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

/** What is done after a container's start and before its end. */
@Execution(ExecutionMode.CONCURRENT)
class HooksIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(HooksIT.class);
  }

  @Test
  void aContainerIsBeingCreatedUntilItsHookIsDone() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: warms-up }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'until [ -e /warm ]; do sleep 0.1; done; sleep 2; cat /warm']
            lifecycle: { postStart: { exec: { command: [sh, -c, "sleep 3; echo -n warm >>/warm"] } } }
        """);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> !pool.history().starts("warms-up").isEmpty());

    assertThat(pool.pod("warms-up").getStatus().getPhase()).isEqualTo("Pending");
    var running = pool.awaitPhase("warms-up", "Running");
    assertThat(container(running).getReady()).isTrue();
    pool.awaitPhase("warms-up", "Succeeded");

    assertThat(pool.kubectl().run("logs", "warms-up")).isEqualTo("warm");
  }

  @Test
  void aContainerWhoseHookFailsIsEndedAndStartedAgain() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: stays-cold }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'trap "exit 5" TERM; while :; do sleep 0.1; done']
            lifecycle: { postStart: { exec: { command: [sh, -c, "echo too cold; exit 3"] } } }
        """);

    var crashing = pool.awaitWaiting("stays-cold", "CrashLoopBackOff");

    assertThat(container(crashing).getRestartCount()).isPositive();
    assertThat(pool.kubectl().run("get", "events", "-o=jsonpath={.items[*].message}"))
        .contains("PostStartHook failed: exited with 3: too cold");
  }

  @Test
  void aHookDelaysTheEndWithinTheGrace() {
    pool.apply(ending("drains", "exec: { command: [sh, -c, \"sleep 4; touch /drained\"] }", 60));
    var running = pool.awaitPhase("drains", "Running");

    var took = delete(running);

    // Its trap ends with 7 only if the hook came first.
    assertThat(pool.history().ends("drains")).extracting(Happening::exitCode).containsExactly("7");
    assertThat(took).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(40));
    pool.awaitNothingAtTheEngine("drains");
  }

  @Test
  void theGraceCutsAHookOff() {
    pool.apply(ending("overdue", "sleep: { seconds: 3 }", 4));
    pool.apply(ending("hangs", "exec: { command: [sleep, \"300\"] }", 4));
    var hangs = pool.awaitPhase("hangs", "Running");
    var overdue = pool.awaitPhase("overdue", "Running");

    var took = delete(hangs);
    delete(overdue);

    assertThat(took).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(30));
    // Asked to end all the same, and not only killed.
    assertThat(pool.history().ends("hangs")).extracting(Happening::exitCode).containsExactly("6");
    assertThat(pool.history().ends("overdue")).extracting(Happening::exitCode).containsExactly("6");
    pool.awaitNothingAtTheEngine("hangs");
  }

  private static String ending(String name, String hook, int grace) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: { name: %s }
    spec:
      $onThePool
      restartPolicy: Never
      terminationGracePeriodSeconds: %d
      containers:
      - name: main
        $busybox
        command: [sh, -c, 'trap "[ -e /drained ] && exit 7; exit 6" TERM; while :; do sleep 0.1; done']
        lifecycle: { preStop: { %s } }
    """
        .formatted(name, grace, hook);
  }

  private static Duration delete(Pod pod) {
    var began = Instant.now();
    pool.kubectl().run("delete", "pod", pod.getMetadata().getName(), "--timeout=80s");
    return Duration.between(began, Instant.now());
  }
}
