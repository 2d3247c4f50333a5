package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.virtualnodes.cluster.EngineHistory.Happening;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** That pods outlive the operator, however it ends. */
@Disruptive("It ends the operator.")
class OperatorRestartIT {
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(OperatorRestartIT.class);
  }

  @Test
  void anOperatorKilledInABurstStartsNothingTwiceAndForgetsNothing() {
    pool.run("goes-on", "Always", "sleep 600");
    pool.run("has-failed", "Never", "exit 3");
    var failed = pool.awaitPhase("has-failed", "Failed");
    var goesOn = pool.awaitPhase("goes-on", "Running");
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: burst }
        spec:
          completions: 24
          parallelism: 12
          template:
            spec:
              $onThePool
              restartPolicy: Never
              containers:
              - name: main
                $busybox
                command: [sleep, "2"]
        """);
    pool.run("ends-meanwhile", "Never", "sleep 5; exit 6");
    pool.awaitPhase("ends-meanwhile", "Running");
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> pool.history().starts("burst-").size() >= 8);

    pool.cluster().operator().kill();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !pool.history().ends("ends-meanwhile").isEmpty());
    pool.cluster().operator();

    pool.kubectl().run("wait", "--for=condition=complete", "job/burst", "--timeout=110s");
    assertThat(pool.pods("batch.kubernetes.io/job-name", "burst"))
        .hasSize(24)
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Succeeded"));
    assertThat(pool.history().starts("burst-"))
        .extracting(Happening::group)
        .hasSize(24)
        .doesNotHaveDuplicates();
    var ended = pool.awaitPhase("ends-meanwhile", "Failed");
    assertThat(container(ended).getState().getTerminated().getExitCode()).isEqualTo(6);
    assertThat(pool.pod("has-failed").getStatus()).isEqualTo(failed.getStatus());
    assertThat(container(pool.pod("goes-on"))).isEqualTo(container(goesOn));
    assertThat(pool.history().starts("goes-on")).hasSize(1);
    assertThat(pool.history().ends("goes-on")).isEmpty();
  }

  @Test
  void anOperatorKilledWhileAPodInitializesGoesOnAndRunsNothingTwice() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: initializes }
        spec:
          $onThePool
          restartPolicy: Never
          initContainers:
          - name: side
            $busybox
            restartPolicy: Always
            command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.1; done']
          - name: one
            $busybox
            command: [sleep, "3"]
          - name: two
            $busybox
            command: [sleep, "1"]
          containers:
          - name: main
            $busybox
            command: [sleep, "1"]
        """);
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> pool.history().starts("initializes").size() == 2);

    pool.cluster().operator().kill();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> pool.history().ends("initializes").size() == 1);
    pool.cluster().operator();

    var ended = pool.awaitPhase("initializes", "Succeeded");
    assertThat(ended.getStatus().getInitContainerStatuses())
        .extracting(ContainerStatus::getRestartCount)
        .containsOnly(0);
    assertThat(pool.history().starts("initializes"))
        .extracting(Happening::containerId)
        .hasSize(4)
        .doesNotHaveDuplicates();
  }

  /** The startup probe passes once, and never again. */
  @Test
  void whatWasReadyStaysReadyAndIsNotWarmedUpAgain() {
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: ready }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sleep, "600"]
            lifecycle: { postStart: { exec: { command: [sh, -c, "echo x >>/warm"] } } }
            startupProbe:
              exec: { command: [sh, -c, "[ ! -e /started ] && touch /started"] }
              periodSeconds: 2
              timeoutSeconds: 10
              failureThreshold: 1
            readinessProbe: { exec: { command: [cat, /warm] }, periodSeconds: 30, timeoutSeconds: 10 }
            livenessProbe: { exec: { command: [cat, /started] }, periodSeconds: 1, timeoutSeconds: 10 }
        """);
    var ready =
        pool.await("ready", pod -> conditions(pod).anyMatch("Ready=True"::equals)).getStatus();
    // The pod can be ready before it is on record that it started up.
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                pool.atTheEngine("ready").stream()
                    .anyMatch(
                        found ->
                            "STARTED_UP".equals(found.getLabels().get("virtualnodes.io/role"))));
    var seen = new CopyOnWriteArrayList<String>();

    try (var _ =
        pool.cluster()
            .client()
            .pods()
            .inNamespace(pool.namespace())
            .withName("ready")
            .watch(new Statuses(seen))) {
      pool.cluster().operator().kill();
      pool.cluster().operator();
      pool.run("comes-after", "Never", "exit 0");
      pool.awaitPhase("comes-after", "Succeeded");
      await().during(Duration.ofSeconds(8)).atMost(Duration.ofSeconds(20)).until(() -> true);
    }

    var now = pool.pod("ready");
    assertThat(seen).doesNotContain("Ready=False");
    assertThat(now.getStatus().getConditions()).isEqualTo(ready.getConditions());
    assertThat(container(now)).isEqualTo(ready.getContainerStatuses().getFirst());
    assertThat(pool.execute(container(now), "cat", "/warm")).isEqualTo("x\n");
    assertThat(pool.history().starts("ready")).hasSize(1);
  }

  private static Stream<String> conditions(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .map(condition -> condition.getType() + "=" + condition.getStatus());
  }

  /** Notes the conditions of a pod whenever it changes. */
  private record Statuses(List<String> seen) implements Watcher<Pod> {
    @Override
    public void eventReceived(Action action, Pod pod) {
      conditions(pod).forEach(seen::add);
    }

    @Override
    public void onClose(WatcherException cause) {}
  }

  @Test
  void aConfigMapThatChangedMeanwhileReachesAPodThatRan() {
    pool.kubectl().run("create", "configmap", "settings", "--from-literal=colour=green");
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: reads }
        spec:
          $onThePool
          restartPolicy: Never
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'until grep -q red /settings/colour; do sleep 0.2; done']
            volumeMounts: [{ name: settings, mountPath: /settings }]
          volumes:
          - { name: settings, configMap: { name: settings } }
        """);
    pool.awaitPhase("reads", "Running");

    pool.cluster().operator().kill();
    pool.kubectl().run("patch", "configmap", "settings", "--patch={\"data\":{\"colour\":\"red\"}}");
    pool.cluster().operator();

    // At most a minute after it began.
    pool.awaitPhase("reads", "Succeeded");
    assertThat(pool.history().starts("reads")).hasSize(1);
  }

  /** Its pods' list may be long, and the lease about to run out. */
  @Test
  void aNodeThatIsThereGivesASignOfLifeBeforeItsPodsAreRead() {
    pool.run("was-there", "Never", "exit 0");
    var user = "system:node:" + pool.awaitPhase("was-there", "Succeeded").getSpec().getNodeName();
    pool.cluster().operator().kill();
    var killed = Instant.now();
    pool.cluster().operator();

    pool.run("is-here", "Never", "exit 0");
    pool.awaitPhase("is-here", "Succeeded");

    assertThat(pool.cluster().audit().requests())
        .filteredOn(request -> request.at().isAfter(killed) && request.user().equals(user))
        .extracting(request -> request.verb() + " " + request.resource())
        .containsSubsequence("patch leases", "list pods");
  }

  @Test
  void aPoolThatWasDeletedWhileTheOperatorWasAwayIsEmptiedOnceItIsBack() {
    var place = pool.cluster().place(OperatorRestartIT.class);
    var left =
        TestPool.of(place, "left")
            .apply(
                """
                nodes: { count: 1 }
                drain: { forceOrphan: true }
                """)
            .awaitReady();
    left.run("left-running");
    left.runToItsEnd("left-ended");
    var operator = pool.cluster().operator();
    operator.kill();

    place.kubectl().run("delete", "vnp", left.name(), "--wait=false");
    operator.ensureReady();

    // The backend answers, so that nothing is given up, whatever the pool allows.
    place.kubectl().run("wait", "--for=delete", "vnp/" + left.name(), "--timeout=60s");
    assertThat(left.node(0)).isNull();
    assertThat(left.containers()).isEmpty();
    assertThat(place.kubectl().run("events", "-n", "default", "--for=vnp/" + left.name()))
        .contains("NodeRemoved")
        .doesNotContain("NodeAbandoned");
  }

  @Test
  void anOperatorThatIsStoppedGivesTheLeadAwayAndTheNextTakesOver() {
    pool.run("stays", "Always", "sleep 600");
    var stays = pool.awaitPhase("stays", "Running");
    var operator = pool.cluster().operator();
    assertThat(leader()).isNotEmpty();

    operator.stop();

    assertThat(leader()).isEmpty();
    pool.run("comes-next", "Never", "exit 0");
    operator.start();
    pool.awaitPhase("comes-next", "Succeeded");
    assertThat(leader()).isNotEmpty();
    assertThat(container(pool.pod("stays"))).isEqualTo(container(stays));
    assertThat(pool.history().starts("stays")).hasSize(1);
  }

  private static String leader() {
    return pool.kubectl()
        .run(
            "get",
            "lease",
            "virtual-nodes-operator",
            "--namespace=virtual-nodes",
            "-o=jsonpath={.spec.holderIdentity}");
  }
}
