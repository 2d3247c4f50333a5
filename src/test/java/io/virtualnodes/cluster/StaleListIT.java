package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.cluster.SimulationHistory.Group;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** That an operator which begins with old news of its backend does nothing that it would regret. */
@Disruptive("It ends the operator.")
class StaleListIT {
  private static final String RUNS = "trap \"exit 0\" TERM; sleep 3600 & wait";
  // Longer than from the launch of the last pod to the first list of the next operator.
  private static final Duration BEHIND = Duration.ofSeconds(18);

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.simulated("{}", StaleListIT.class);
  }

  @Test
  void groupsThatTheFirstListsLackAreNeitherLostNorMadeAgain() {
    var operator = pool.cluster().operator();
    pool.run("long-gone", "Always", RUNS);
    pool.awaitPhase("long-gone", "Running");
    pool.run("runs", "Always", RUNS);
    pool.run("crashes", "Always", "exit 4");
    pool.run("has-ended", "Never", "exit 3");
    var runs = pool.awaitPhase("runs", "Running");
    var hasEnded = pool.awaitPhase("has-ended", "Failed");
    pool.awaitWaiting("crashes", "CrashLoopBackOff");
    pool.kubectl().run("delete", "pod", "long-gone");
    var launched = pool.simulation().groups();

    operator.stop();
    pool.simulate("{ failures: { staleLists: \"100%\", staleBy: 18s } }");
    int logged = operator.log().length();
    operator.start();

    await()
        .during(BEHIND)
        .atMost(BEHIND.multipliedBy(2))
        .untilAsserted(
            () -> {
              assertThat(pool.pod("runs").getStatus()).isEqualTo(runs.getStatus());
              assertThat(pool.pod("has-ended").getStatus()).isEqualTo(hasEnded.getStatus());
              assertThat(pool.pod("crashes").getStatus().getPhase()).isEqualTo("Running");
            });
    assertThat(pool.simulation().groups())
        .extracting(Group::id, Group::stops, Group::gone)
        .containsExactlyElementsOf(
            launched.stream().map(it -> tuple(it.id(), it.stops(), it.gone())).toList());
    // Asking again would have changed nothing, and so stands in no journal.
    assertThat(operator.log().substring(logged)).doesNotContain("group accepted");

    pool.simulate("{}");
    pool.run("afterwards", "Never", "exit 5");
    pool.awaitPhase("afterwards", "Failed");
  }
}
