package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.SimulationHistory.Group;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** That a deletion of which nobody tells the operator is found all the same. */
@Disruptive("It ends the operator.")
class MissedDeletionIT {
  // Two sweeps for groups without a pod, and the time in which a client comes back that was cut
  // off.
  private static final Duration TWO_SWEEPS = Duration.ofSeconds(10);
  // The leader's renew deadline, and a second.
  private static final Duration RENEWED_WITHIN = Duration.ofSeconds(11);
  private static final Duration RECONNECTION = Duration.ofSeconds(10);
  private static final String RUNS = "trap \"exit 0\" TERM; sleep 3600 & wait";

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.simulated("{}", MissedDeletionIT.class);
  }

  @Test
  @DisabledIfEnvironmentVariable(
      named = "K3S_IMAGE",
      matches = ".+",
      disabledReason = "k3s runs all of a control plane in one process")
  void groupsOfPodsDeletedWhileTheOperatorWasCutOffAreRemovedAndNoOthers() {
    var cluster = pool.cluster();
    var operator = cluster.operator();
    var before = runAll();
    var predecessor = pool.pod("comes-again");

    operator.freeze();
    var lostAt = Instant.now().plus(RENEWED_WITHIN);
    try {
      // Nothing of what follows waits for it in a connection.
      cluster.crashApiServer();
      deleteUnseen();
      cluster.forgetHistory();
      cluster.crashApiServer();
      assertIsForgotten(predecessor);
      await().atMost(RENEWED_WITHIN.multipliedBy(2)).until(() -> Instant.now().isAfter(lostAt));
    } finally {
      operator.thaw();
    }
    // One that could not renew its lead ends itself, and is started again, as by Kubernetes.
    await().until(() -> !operator.running());
    cluster.operator();

    assertOnlyTheRightOnesAreLeft(before, predecessor);
  }

  @Test
  void groupsOfPodsDeletedWhileNoOperatorRanAreRemovedAndNoOthers() {
    var operator = pool.cluster().operator();
    var before = runAll();
    var predecessor = pool.pod("comes-again");

    operator.stop();
    deleteUnseen();
    operator.start();

    assertOnlyTheRightOnesAreLeft(before, predecessor);
    assertThat(operator.log()).contains("group without a pod removed");
  }

  @AfterEach
  void deleteAll() {
    pool.kubectl().run("delete", "pod", "--all");
    pool.awaitNothingLeft();
  }

  /** The ones that are to stay as they are. */
  private static List<Pod> runAll() {
    for (var name : List.of("goes-0", "goes-1", "goes-2", "comes-again", "stays-0", "stays-1")) {
      pool.run(name, "Always", RUNS);
    }
    pool.run("has-ended", "Never", "exit 3");
    for (var name : List.of("goes-0", "goes-1", "goes-2", "comes-again")) {
      pool.awaitPhase(name, "Running");
    }
    return List.of(
        pool.awaitPhase("stays-0", "Running"),
        pool.awaitPhase("stays-1", "Running"),
        pool.awaitPhase("has-ended", "Failed"));
  }

  private static void deleteUnseen() {
    pool.kubectl()
        .run(
            "delete",
            "pod",
            "goes-0",
            "goes-1",
            "goes-2",
            "comes-again",
            "--grace-period=0",
            "--force");
    pool.run("comes-again", "Always", RUNS);
    // A scheduler that loses the API server while it binds a pod takes its own cache to be
    // corrupted, and ends.
    pool.await("comes-again", pod -> pod.getSpec().getNodeName() != null);
  }

  private static void assertOnlyTheRightOnesAreLeft(List<Pod> before, Pod predecessor) {
    var successor =
        pool.await(
            "comes-again",
            pod ->
                !pod.getMetadata().getUid().equals(predecessor.getMetadata().getUid())
                    && "Running".equals(pod.getStatus().getPhase()));
    var left =
        Stream.concat(before.stream(), Stream.of(successor)).map(MissedDeletionIT::uid).toList();
    await()
        .atMost(TWO_SWEEPS.plus(RECONNECTION))
        .untilAsserted(
            () ->
                assertThat(pool.simulation().living())
                    .extracting(Group::podUid)
                    .containsExactlyInAnyOrderElementsOf(left));
    assertThat(groups(successor)).hasSize(1);
    assertThat(before)
        .allSatisfy(
            pod -> {
              assertThat(pool.pod(pod.getMetadata().getName()).getStatus())
                  .isEqualTo(pod.getStatus());
              assertThat(groups(pod))
                  .singleElement()
                  .satisfies(group -> assertThat(group.stops()).isEmpty());
            });
  }

  private static List<Group> groups(Pod pod) {
    return pool.simulation().groups().stream()
        .filter(group -> group.podUid().equals(uid(pod)))
        .toList();
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }

  /** That nobody who saw this pod last can be told what happened since. */
  private static void assertIsForgotten(Pod seen) {
    var answer =
        pool.cluster()
            .client()
            .raw(
                "/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion="
                    + seen.getMetadata().getResourceVersion());
    assertThat(answer).contains("\"code\":410");
  }
}
