package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Comparator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Pods at a service where those that have ended take room until they are deleted. */
@Execution(ExecutionMode.CONCURRENT)
class RoomIT {
  private static final int PODS = 16;
  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool =
        VirtualPool.simulated(
            "{ quota: { cpu: '16', memory: 16Gi, pods: '10' }, quotaCounts: UntilDeleted }",
            RoomIT.class);
  }

  @Test
  void finishedPodsGiveUpTheirLogsSoThatNewOnesRunTheOldestFirst() {
    pool.apply(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: series }
        spec:
          completions: %d
          parallelism: 1
          template:
            metadata: { labels: { app: series } }
            spec:
              $onThePool
              restartPolicy: Never
              containers:
              - name: main
                $busybox
                command: [sh, -c, 'echo done; sleep 1']
        """
            .formatted(PODS));

    pool.kubectl().run("wait", "--for=condition=Complete", "job/series", "--timeout=110s");

    // By the end of the pods, whose order is that of the groups.
    var pods =
        pool.pods("app", "series").stream().sorted(Comparator.comparing(RoomIT::ended)).toList();
    assertThat(pods).hasSize(PODS);
    assertThat(pods)
        .allSatisfy(
            pod -> assertThat(container(pod).getState().getTerminated().getExitCode()).isZero());
    assertThat(pool.simulation().living()).hasSizeBetween(5, 10);
    var oldest = pool.kubectl().attempt("logs", pods.getFirst().getMetadata().getName());
    assertThat(oldest.exitCode()).isNotZero();
    assertThat(oldest.errors())
        .contains("the pod has ended, and its logs went with its containers");
    assertThat(pool.kubectl().run("logs", pods.getLast().getMetadata().getName()))
        .isEqualTo("done\n");
    pool.kubectl().run("delete", "job/series");
  }

  private static String ended(Pod pod) {
    return container(pod).getState().getTerminated().getFinishedAt();
  }
}
