package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.SimulationHistory.Group;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** That a pod and the one that takes its name are two, however fast one follows the other. */
@Execution(ExecutionMode.CONCURRENT)
class SuccessorIT {
  private static final String OBEYS = "trap \"exit 0\" TERM; sleep 3600 & wait";
  private static final int TIMES = 10;
  // More than two sweeps for groups without a pod.
  private static final Duration SWEEPS = Duration.ofSeconds(12);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool =
        VirtualPool.simulated(
            "{ seed: 1, startLatency: { p50: 200ms, p99: 1s } }", SuccessorIT.class);
  }

  @Test
  void eachSuccessorStartsAfterTheEndOfTheOneBefore() {
    var last = deleteAgainAndAgain("ends", OBEYS, List.of(List.of()));

    var groups = pool.simulation().groups("ends-0");
    assertThat(groups).hasSizeGreaterThan(TIMES / 2);
    for (int i = 1; i < groups.size(); i++) {
      assertThat(end(groups.get(i - 1))).isBeforeOrEqualTo(groups.get(i).accepted());
    }
    assertIsTheOnlyOne(last, groups);
  }

  @Test
  void aSuccessorIsNotHarmedByWhatIsDeletedByForce() {
    var force = List.of("--grace-period=0", "--force");
    var last = deleteAgainAndAgain("forced", OBEYS, List.of(force));

    assertIsTheOnlyOne(last, pool.simulation().groups("forced-0"));
  }

  @Test
  void aSuccessorIsNotHarmedByADeletionThatWasCutShort() {
    var patiently = List.of("--grace-period=60");
    var force = List.of("--grace-period=0", "--force");
    var last =
        deleteAgainAndAgain("cut-short", "trap \"\" TERM; sleep 3600", List.of(patiently, force));

    assertIsTheOnlyOne(last, pool.simulation().groups("cut-short-0"));
  }

  /**
   * Deletes a stateful pod whenever there is one, mostly while it runs, sometimes before.
   *
   * @param script what the pod runs
   * @param deletions the options of each {@code kubectl delete} for one pod
   * @return the one that was left alone
   */
  private static Pod deleteAgainAndAgain(String name, String script, List<List<String>> deletions) {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: %1$s }
        spec:
          serviceName: %1$s
          selector: { matchLabels: { app: %1$s } }
          template:
            metadata: { labels: { app: %1$s } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 5
              containers:
              - name: main
                $busybox
                command: [sh, -c, '%2$s']
        """
            .formatted(name, script));
    var deleted = new HashSet<String>();
    for (int i = 0; i < TIMES; i++) {
      boolean early = i % 4 == 3;
      var pod = awaitNext(name + "-0", deleted, early ? "Pending" : "Running");
      for (var options : deletions) {
        // One that was never started can be gone before it is deleted again.
        var arguments =
            Stream.of(
                "delete", "pod", pod.getMetadata().getName(), "--wait=false", "--ignore-not-found");
        pool.kubectl().run(Stream.concat(arguments, options.stream()).toArray(String[]::new));
      }
      deleted.add(pod.getMetadata().getUid());
    }
    return awaitNext(name + "-0", deleted, "Running");
  }

  /** The pod of this name that was not deleted yet, in this phase or beyond. */
  private static Pod awaitNext(String podName, Set<String> deleted, String phase) {
    return pool.await(
        podName,
        pod ->
            !deleted.contains(pod.getMetadata().getUid())
                && pod.getMetadata().getDeletionTimestamp() == null
                && List.of(phase, "Running").contains(pod.getStatus().getPhase()));
  }

  private static Instant end(Group group) {
    return Stream.concat(group.stops().stream(), group.gone().stream())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  private static void assertIsTheOnlyOne(Pod last, List<Group> groups) {
    var name = last.getMetadata().getName();
    assertThat(groups).extracting(Group::podUid).doesNotHaveDuplicates();
    assertThat(groups.getLast().podUid()).isEqualTo(last.getMetadata().getUid());
    await()
        .atMost(SWEEPS)
        .untilAsserted(
            () ->
                assertThat(pool.simulation().groups(name))
                    .filteredOn(Group::living)
                    .extracting(Group::podUid)
                    .containsExactly(last.getMetadata().getUid()));
    await()
        .during(SWEEPS)
        .atMost(SWEEPS.multipliedBy(2))
        .untilAsserted(() -> assertThat(pool.pod(name).getStatus()).isEqualTo(last.getStatus()));
    assertThat(pool.simulation().groups(name))
        .hasSameSizeAs(groups)
        .last()
        .satisfies(
            group -> {
              assertThat(group.stops()).isEmpty();
              assertThat(group.living()).isTrue();
            });
  }
}
