package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.virtualnodes.cluster.EngineHistory.Happening;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Controllers that decide by what they are told of pods decide rightly about ours. */
@Execution(ExecutionMode.CONCURRENT)
class ControllersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(ControllersIT.class);
  }

  @Test
  void aJobFailsAtOnceAtTheExitCodeThatItsPolicyNames() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: forbidden }
        spec:
          completionMode: Indexed
          completions: 2
          parallelism: 2
          backoffLimit: 6
          podFailurePolicy:
            rules:
            - action: FailJob
              onExitCodes: { containerName: main, operator: In, values: [42] }
          template:
            spec:
              $onThePool
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sh, -c, '[ $JOB_COMPLETION_INDEX = 0 ] && sleep 600; exit 42']
        """);
    pool.kubectl().run("wait", "--for=condition=Failed", "job/forbidden", "--timeout=90s");

    assertThat(failure("forbidden"))
        .startsWith("PodFailurePolicy: Container main for pod")
        .contains("failed with exit code 42 matching FailJob rule at index 0");
    // The other one is ended, and neither is tried again.
    await().atMost(PATIENCE).until(() -> pool.running("forbidden-").isEmpty());
    assertThat(pool.history().starts("forbidden-1-")).hasSize(1);
    assertThat(pool.history().starts("forbidden-0-")).hasSizeLessThan(2);
  }

  @Test
  void podsThatWereLostOrEvictedAreNoFailuresOfTheirJob() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: disturbed }
        spec:
          completionMode: Indexed
          completions: 3
          parallelism: 3
          backoffLimitPerIndex: 0
          podFailurePolicy:
            rules:
            - action: Ignore
              onPodConditions: [{ type: DisruptionTarget }]
          template:
            spec:
              $onThePool
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sh, -c, '[ $JOB_COMPLETION_INDEX = 2 ] && exit 3; until [ -e /done ]; do sleep 0.1; done']
        """);
    var lost = awaitIndex(0, running());
    var evicted = awaitIndex(1, running());

    pool.lose(lost.getMetadata().getName());
    assertThat(
            pool.cluster()
                .client()
                .pods()
                .inNamespace(pool.namespace())
                .withName(evicted.getMetadata().getName())
                .evict())
        .isTrue();
    for (var before : List.of(lost, evicted)) {
      int index = before == lost ? 0 : 1;
      var uid = before.getMetadata().getUid();
      var next = awaitIndex(index, running().and(pod -> !pod.getMetadata().getUid().equals(uid)));
      pool.execute(container(next), "touch", "/done");
    }
    // Of the index that failed by itself.
    pool.kubectl().run("wait", "--for=condition=Failed", "job/disturbed", "--timeout=90s");

    assertThat(failure("disturbed")).startsWith("FailedIndexes");
    var status = job("disturbed").getStatus();
    assertThat(status.getCompletedIndexes()).isEqualTo("0,1");
    assertThat(status.getFailedIndexes()).isEqualTo("2");
    assertThat(status.getFailed()).isEqualTo(1);
    assertThat(pool.pod(lost.getMetadata().getName()).getStatus().getConditions())
        .filteredOn(condition -> condition.getType().equals("DisruptionTarget"))
        .extracting(condition -> condition.getStatus() + " " + condition.getReason())
        .containsExactly("True GroupLost");
    assertThat(pool.history().starts("disturbed-")).hasSize(5);
  }

  private static Predicate<Pod> running() {
    return pod -> "Running".equals(pod.getStatus().getPhase());
  }

  /** The pod of this index of the disturbed Job that is as wanted, once there is one. */
  private static Pod awaitIndex(int index, Predicate<Pod> wanted) {
    var label = "batch.kubernetes.io/job-completion-index";
    return await("index " + index)
        .atMost(PATIENCE)
        .until(
            () ->
                pool.pods("batch.kubernetes.io/job-name", "disturbed").stream()
                    .filter(pod -> pod.getMetadata().getLabels().get(label).equals("" + index))
                    .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                    .filter(wanted)
                    .findFirst(),
            found -> found.isPresent())
        .orElseThrow();
  }

  private static Job job(String name) {
    return pool.cluster()
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(pool.namespace())
        .withName(name)
        .get();
  }

  /** Why the Job failed, by its own condition. */
  private static String failure(String name) {
    return job(name).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("Failed"))
        .map(condition -> condition.getReason() + ": " + condition.getMessage())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aDeploymentRollsWithinItsBoundsAndNotToAVersionThatIsNeverReady() {
    deploy("sleep 2; touch /warm; sleep 600");
    pool.kubectl().run("rollout", "status", "deployment/rolls", "--timeout=90s");
    var first = pool.history().starts("rolls-");
    var counts = new Counts();

    try (var _ =
        pool.cluster()
            .client()
            .pods()
            .inNamespace(pool.namespace())
            .withLabel("app", "rolls")
            .watch(counts)) {
      deploy("sleep 600");
      await()
          .atMost(PATIENCE)
          .until(() -> pool.history().starts("rolls-").size() == first.size() + 1);
      assertThat(
              pool.kubectl()
                  .attempt("rollout", "status", "deployment/rolls", "--timeout=8s")
                  .succeeded())
          .isFalse();
      // The old ones were not touched, and of the new version there is one that waits.
      assertThat(pool.history().ends("rolls-")).isEmpty();
      assertThat(pool.history().starts("rolls-")).hasSize(first.size() + 1);

      deploy("touch /warm; sleep 600");
      pool.kubectl().run("rollout", "status", "deployment/rolls", "--timeout=90s");
      await().atMost(PATIENCE).until(() -> pool.pods("app", "rolls").size() == 3);
    }

    // From when the watch knew them all.
    assertThat(counts.ready.stream().dropWhile(ready -> ready < 3))
        .isNotEmpty()
        .allMatch(ready -> ready >= 3);
    assertThat(counts.all).allMatch(all -> all <= 4).contains(4);
    assertThat(pool.history().ends("rolls-"))
        .extracting(Happening::containerId)
        .containsAll(first.stream().map(Happening::containerId).toList());
  }

  private static void deploy(String script) {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: rolls }
        spec:
          replicas: 3
          strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
          selector: { matchLabels: { app: rolls } }
          template:
            metadata: { labels: { app: rolls } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sh, -c, '%s']
                readinessProbe: { exec: { command: [test, -e, /warm] }, periodSeconds: 1, timeoutSeconds: 10 }
        """
            .formatted(script));
  }

  /**
   * How many pods there were that nobody had deleted, and how many of them ready, at each change.
   */
  private static final class Counts implements Watcher<Pod> {
    private final Map<String, Boolean> readiness = new HashMap<>();
    private final List<Integer> all = new CopyOnWriteArrayList<>();
    private final List<Integer> ready = new CopyOnWriteArrayList<>();

    @Override
    public void eventReceived(Action action, Pod pod) {
      if (action == Action.DELETED || pod.getMetadata().getDeletionTimestamp() != null) {
        readiness.remove(pod.getMetadata().getUid());
      } else {
        readiness.put(pod.getMetadata().getUid(), isReady(pod));
      }
      all.add(readiness.size());
      ready.add((int) readiness.values().stream().filter(is -> is).count());
    }

    @Override
    public void onClose(WatcherException cause) {}
  }

  private static boolean isReady(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .anyMatch(
            condition ->
                condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  @Test
  void aStatefulSetRollsOneByOneAndNeverRunsTwoOfAName() {
    stateful("1");
    pool.kubectl().run("rollout", "status", "statefulset/ordered", "--timeout=90s");
    stateful("2");
    pool.kubectl().run("rollout", "status", "statefulset/ordered", "--timeout=90s");

    var starts = pool.history().starts("ordered-");
    assertThat(starts)
        .extracting(Happening::pod)
        .containsExactly("ordered-0", "ordered-1", "ordered-1", "ordered-0");
    for (var pod : List.of("ordered-0", "ordered-1")) {
      assertThat(pool.history().starts(pod)).extracting(Happening::group).doesNotHaveDuplicates();
      assertThat(pool.history().ends(pod))
          .singleElement()
          .satisfies(
              end -> {
                assertThat(end.group()).isEqualTo(pool.history().starts(pod).getFirst().group());
                assertThat(end.at()).isBefore(pool.history().starts(pod).getLast().at());
              });
    }
    // The next one is taken once the one before is ready, and not just running.
    var ready =
        pool.pod("ordered-1").getStatus().getConditions().stream()
            .filter(condition -> condition.getType().equals("Ready"))
            .map(condition -> Instant.parse(condition.getLastTransitionTime()))
            .findFirst()
            .orElseThrow();
    assertThat(pool.history().ends("ordered-0").getFirst().at()).isAfter(ready);
    assertThat(ready).isAfter(starts.get(2).at());
  }

  private static void stateful(String version) {
    pool.apply(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: ordered }
        spec:
          serviceName: ordered
          replicas: 2
          selector: { matchLabels: { app: ordered } }
          template:
            metadata: { labels: { app: ordered }, annotations: { version: "%s" } }
            spec:
              $onThePool
              terminationGracePeriodSeconds: 1
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'sleep 3; touch /warm; sleep 600']
                readinessProbe: { exec: { command: [test, -e, /warm] }, periodSeconds: 1, timeoutSeconds: 10 }
        """
            .formatted(version));
  }
}
