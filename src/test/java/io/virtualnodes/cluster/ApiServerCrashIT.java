package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static io.virtualnodes.cluster.VirtualPool.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.EngineHistory.Happening;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/** That what runs does not notice a crash of the API server, and what ends meanwhile is told. */
@DisabledIfEnvironmentVariable(
    named = "K3S_IMAGE",
    matches = ".+",
    disabledReason = "k3s runs all of a control plane in one process")
@Disruptive("Others lose the API server.")
class ApiServerCrashIT {
  private static final int CRASHES = 3;
  private static final int ENDING = 10;

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(ApiServerCrashIT.class);
  }

  @Test
  void podsRunOnAndTheirEndsAreToldTruly() {
    var cluster = pool.cluster();
    pool.run("stays", "Always", "sleep 3600");
    pool.run("fails-again", "OnFailure", "sleep 3; exit 4");
    var stays = pool.awaitPhase("stays", "Running");
    pool.awaitPhase("fails-again", "Running");
    // They end one after the other, from two seconds from now on.
    for (int i = 0; i < ENDING; i++) {
      pool.run("ends-" + i, "Never", "sleep " + (5 + i) + "; exit " + code(i));
    }
    for (int i = 0; i < ENDING; i++) {
      pool.await("ends-" + i, pod -> !"Pending".equals(pod.getStatus().getPhase()));
    }
    var readiness = pool.readiness();
    var outages = new ArrayList<Outage>();

    for (int i = 0; i < CRASHES; i++) {
      var from = Instant.now();
      cluster.crashApiServer();
      outages.add(new Outage(from, Instant.now()));
    }

    for (int i = 0; i < ENDING; i++) {
      var ended = pool.awaitPhase("ends-" + i, "Failed");
      assertThat(container(ended).getState().getTerminated().getExitCode()).isEqualTo(code(i));
      assertThat(container(ended).getRestartCount()).isZero();
    }
    assertThat(pool.history().ends("ends-"))
        .as("ends while nobody could be told")
        .anyMatch(end -> outages.stream().anyMatch(outage -> outage.covers(end.at())));
    assertThat(pool.history().starts("ends-"))
        .extracting(Happening::group)
        .hasSize(ENDING)
        .doesNotHaveDuplicates();
    var failing = pool.await("fails-again", pod -> container(pod).getRestartCount() > 0);
    assertThat(container(failing).getLastState().getTerminated().getExitCode()).isEqualTo(4);
    assertThat(pool.pod("stays").getStatus()).isEqualTo(stays.getStatus());
    assertThat(pool.history().starts("stays")).hasSize(1);
    assertThat(pool.history().ends("stays")).isEmpty();
    assertThat(pool.readiness()).isEqualTo(readiness);
    assertWorksAsBefore();
  }

  private static int code(int number) {
    return 10 + number;
  }

  private record Outage(Instant from, Instant until) {
    boolean covers(Instant instant) {
      return instant.isAfter(from) && instant.isBefore(until);
    }
  }

  private static void assertWorksAsBefore() {
    pool.run("afterwards", "Never", "echo done");
    pool.awaitPhase("afterwards", "Succeeded");
    eventually(() -> assertThat(pool.kubectl().run("logs", "afterwards")).isEqualTo("done\n"));
    pool.kubectl().run("delete", "pod", "afterwards");
    pool.awaitNothingAtTheEngine("afterwards");
  }
}
