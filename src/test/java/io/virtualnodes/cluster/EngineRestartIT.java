package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.cluster.OwnEngine.Containers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What is told of pods whose engine ends and comes back. */
@Isolated("Its engines take a long time to start where others start containers.")
class EngineRestartIT {
  private static OwnEngine engine;
  private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    engine = OwnEngine.start(Containers.RUN_ON);
    pool = VirtualPool.on(engine.engine(), EngineRestartIT.class);
  }

  @AfterAll
  static void remove() {
    try {
      if (pool != null) {
        pool.close();
      }
    } finally {
      engine.close();
    }
  }

  @AfterEach
  void deleteAll() {
    pool.kubectl().run("delete", "pod", "--all");
    pool.awaitNothingLeft();
  }

  @Test
  void whereContainersRunOnNoPodNoticesAndEndsMeanwhileAreTrue() {
    use(Containers.RUN_ON);
    pool.run("stays", "Always", "sleep 3600");
    pool.run("ends", "Never", "sleep 12; exit 6");
    pool.run("fails", "OnFailure", "sleep 12; exit 4");
    pool.run("is-deleted", "Always", "sleep 3600");
    var stays = pool.awaitPhase("stays", "Running");
    var ends = pool.awaitPhase("ends", "Running");
    var fails = pool.awaitPhase("fails", "Running");
    pool.awaitPhase("is-deleted", "Running");
    var programs = Stream.of(ends, fails).map(EngineRestartIT::program).toList();

    var stopped = Instant.now();
    engine.stop();
    pool.kubectl().run("delete", "pod", "is-deleted", "--wait=false");
    awaitPool("BackendReady=False");
    await().atMost(Duration.ofSeconds(30)).until(() -> noneRuns(programs));
    assertThat(pool.pod("stays").getStatus()).isEqualTo(stays.getStatus());
    assertThat(pool.pod("ends").getStatus()).isEqualTo(ends.getStatus());
    engine.begin(Containers.RUN_ON);
    var began = Instant.now();

    awaitPool("Ready");
    var end = end(pool.awaitPhase("ends", "Failed"));
    assertThat(end.getExitCode()).isEqualTo(6);
    // The API server keeps whole seconds.
    assertThat(Instant.parse(end.getFinishedAt())).isBetween(stopped.minusSeconds(1), began);
    var again = pool.await("fails", pod -> container(pod).getRestartCount() > 0);
    assertThat(container(again).getLastState().getTerminated().getExitCode()).isEqualTo(4);
    assertThat(pool.pod("stays").getStatus()).isEqualTo(stays.getStatus());
    pool.kubectl().run("wait", "--for=delete", "pod/is-deleted", "--timeout=60s");
    pool.run("afterwards", "Never", "exit 0");
    pool.awaitPhase("afterwards", "Succeeded");
  }

  @Test
  void whereContainersEndWithTheirEngineTheirEndIsTrueAndRestartsAreCounted() {
    use(Containers.END);
    pool.run("heeds", "Never", "trap \"exit 7\" TERM; sleep 3600 & wait");
    pool.run("is-killed", "Never", "sleep 3600");
    pool.run("comes-again", "Always", "sleep 3600");
    pool.run("has-ended", "Never", "exit 3");
    pool.awaitPhase("heeds", "Running");
    pool.awaitPhase("is-killed", "Running");
    var first = pool.awaitPhase("comes-again", "Running");
    var hasEnded = pool.awaitPhase("has-ended", "Failed");

    engine.kill();
    engine.begin(Containers.END);

    assertThat(end(pool.awaitPhase("heeds", "Failed")).getExitCode()).isEqualTo(7);
    assertThat(end(pool.awaitPhase("is-killed", "Failed")).getExitCode()).isEqualTo(137);
    var second =
        pool.await(
            "comes-again",
            pod ->
                container(pod).getRestartCount() == 1
                    && container(pod).getState().getRunning() != null);
    var former = container(second).getLastState().getTerminated();
    assertThat(former.getExitCode()).isEqualTo(137);
    assertThat(former.getStartedAt())
        .isEqualTo(container(first).getState().getRunning().getStartedAt());
    assertThat(pool.pod("has-ended").getStatus()).isEqualTo(hasEnded.getStatus());
    assertThat(pool.running("comes-again")).hasSize(1);
  }

  /** What runs as the pod's container. */
  private static ProcessHandle program(Pod pod) {
    return ProcessHandle.of(pool.inspect(container(pod)).getState().getPidLong()).orElseThrow();
  }

  private static boolean noneRuns(List<ProcessHandle> programs) {
    return programs.stream().noneMatch(ProcessHandle::isAlive);
  }

  /** The engine, from now on such that this becomes of its containers; it has none now. */
  private static void use(Containers containers) {
    if (engine.containers() != containers) {
      engine.stop();
      engine.begin(containers);
      awaitPool("Ready");
    }
  }

  private static void awaitPool(String condition) {
    pool.kubectl()
        .run("wait", "--for=condition=" + condition, "vnp/" + pool.name(), "--timeout=60s");
  }

  private static ContainerStateTerminated end(Pod pod) {
    return container(pod).getState().getTerminated();
  }
}
