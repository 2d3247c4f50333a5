package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** That {@code kubectl debug} adds containers to pods that run. */
@Execution(ExecutionMode.CONCURRENT)
class EphemeralContainersIT {
  private static final String IMAGE = "--image=virtualnodes/busybox:latest";

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(EphemeralContainersIT.class);
  }

  private static void debug(String podName, String container, String target, String script) {
    debug("general", podName, container, target, script);
  }

  private static void debug(
      String profile, String podName, String container, String target, String script) {
    pool.kubectl()
        .run(
            "debug",
            podName,
            IMAGE,
            "--image-pull-policy=IfNotPresent",
            "--profile=" + profile,
            "--attach=false",
            "--container=" + container,
            "--target=" + target,
            "--",
            "sh",
            "-c",
            script);
  }

  private static Optional<ContainerStatus> status(Pod pod, String name) {
    return pool
        .pod(pod.getMetadata().getName())
        .getStatus()
        .getEphemeralContainerStatuses()
        .stream()
        .filter(status -> status.getName().equals(name))
        .findFirst();
  }

  private static ContainerStatus await(Pod pod, String name, Predicate<ContainerStatus> wanted) {
    pool.await(pod.getMetadata().getName(), _ -> status(pod, name).filter(wanted).isPresent());
    return status(pod, name).orElseThrow();
  }

  private static boolean runs(ContainerStatus status) {
    return status.getState().getRunning() != null;
  }

  private static boolean ended(ContainerStatus status) {
    return status.getState().getTerminated() != null;
  }

  /** Of groups that hold their network with a sandbox, and those that need none. */
  @Test
  void aContainerSeesTheNetworkAndTheProcessesOfItsTargetAndEndsWithoutBeingMissed() {
    for (String policy : List.of("Always", "Never")) {
      var name = "debugged-" + policy.toLowerCase();
      pool.run(name, policy, "sleep 600");
      var before = pool.awaitPhase(name, "Running");

      debug(
          name,
          "looker",
          "main",
          "ps | grep -c [s]leep; ip addr show eth0 | grep -c "
              + before.getStatus().getPodIP()
              + "/; exit 7");

      var ended = await(before, "looker", EphemeralContainersIT::ended);
      assertThat(ended.getState().getTerminated().getExitCode()).isEqualTo(7);
      assertThat(ended.getRestartCount()).isZero();
      assertThat(pool.kubectl().run("logs", name, "--container=looker")).isEqualTo("1\n1\n");
      var after = pool.pod(name);
      assertThat(after.getStatus().getPhase()).isEqualTo("Running");
      assertThat(container(after)).isEqualTo(container(before));
      assertThat(after.getStatus().getConditions())
          .filteredOn(condition -> condition.getType().equals("Ready"))
          .extracting(condition -> condition.getStatus())
          .containsExactly("True");
    }
  }

  @Test
  void whatThePodAndItsOwnProfileSayOfItsRightsIsKept() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: guarded }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          securityContext: { runAsUser: 1000, runAsGroup: 2000 }
          containers:
          - name: main
            $busybox
            command: [sleep, "600"]
        """);
    var pod = pool.awaitPhase("guarded", "Running");
    var rights = "id -u; id -g; grep -E 'CapEff|NoNewPrivs' /proc/self/status | tr -d '\\t'";

    debug("restricted", "guarded", "restricted", "main", rights);
    debug("netadmin", "guarded", "netadmin", "main", rights);

    await(pod, "restricted", EphemeralContainersIT::ended);
    assertThat(pool.kubectl().run("logs", "guarded", "--container=restricted").lines())
        .containsExactly("1000", "2000", "CapEff:0000000000000000", "NoNewPrivs:1");
    await(pod, "netadmin", EphemeralContainersIT::ended);
    assertThat(pool.kubectl().run("logs", "guarded", "--container=netadmin").lines())
        .startsWith("1000", "2000")
        .endsWith("NoNewPrivs:0");
  }

  @Test
  void oneThatMustNotBeRootWaitsWithThatAndThePodRunsOn() {
    pool.run("of-root", "Always", "sleep 600");
    var pod = pool.awaitPhase("of-root", "Running");

    debug("restricted", "of-root", "restricted", "main", "true");

    var waiting =
        await(pod, "restricted", one -> waiting(one).equals("CreateContainerConfigError"));
    assertThat(waiting.getState().getWaiting().getMessage())
        .startsWith("container has runAsNonRoot and image will run as root");
    assertThat(pool.pod("of-root").getStatus().getPhase()).isEqualTo("Running");
    assertThat(pool.history().ends("of-root")).isEmpty();
  }

  @Test
  void oneThatStillRunsGoesWithThePod() {
    pool.run("ends", "Never", "until [ -e /tmp/end ]; do sleep 0.1; done");
    var pod = pool.awaitPhase("ends", "Running");
    debug("ends", "lasting", "main", "sleep 600");
    await(pod, "lasting", EphemeralContainersIT::runs);

    debug("ends", "ender", "main", "touch /proc/1/root/tmp/end");

    var ended = pool.awaitPhase("ends", "Succeeded");
    assertThat(ended.getStatus().getEphemeralContainerStatuses())
        .hasSize(2)
        .allSatisfy(status -> assertThat(ended(status)).isTrue());
    pool.kubectl().run("delete", "pod", "ends", "--wait=false");
    pool.awaitNothingAtTheEngine("ends");
  }

  @Test
  void onesThatAreRefusedOrHaveNoImageSayWhyAndDoNotHarmThePod() {
    pool.run("unharmed", "Always", "sleep 600");
    var pod = pool.awaitPhase("unharmed", "Running");

    pool.cluster()
        .client()
        .pods()
        .inNamespace(pool.namespace())
        .withName("unharmed")
        .ephemeralContainers()
        .edit(
            present ->
                present
                    .edit()
                    .editSpec()
                    .addNewEphemeralContainer()
                    .withName("shell")
                    .withImage("virtualnodes/busybox:latest")
                    .withTerminationMessagePolicy("FallbackToLogsOnError")
                    .endEphemeralContainer()
                    .addNewEphemeralContainer()
                    .withName("none")
                    .withImage("virtualnodes/never-made:1")
                    .withImagePullPolicy("Never")
                    .endEphemeralContainer()
                    .endSpec()
                    .build());

    var refused = await(pod, "shell", status -> waiting(status).equals("Unsupported")).getState();
    assertThat(refused.getWaiting().getMessage())
        .startsWith("spec.ephemeralContainers[0].terminationMessagePolicy: only File");
    await(pod, "none", status -> waiting(status).equals("ErrImageNeverPull"));
    assertThat(pool.pod("unharmed").getStatus().getPhase()).isEqualTo("Running");
    assertThat(pool.history().ends("unharmed")).isEmpty();
  }

  private static String waiting(ContainerStatus status) {
    return status.getState().getWaiting() == null ? "" : status.getState().getWaiting().getReason();
  }
}
