package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That an operator which finds many groups without a pod at once does not believe it at once. */
@Tag("chaos")
class BrakeIT {
  private static final int PODS = 24;
  // More than ten, and more than a tenth.
  private static final int MISSING = 14;
  private static final Duration SAID_WITHIN = Duration.ofSeconds(40);
  // It waits for two minutes, asks again, and looks every five seconds.
  private static final Duration AT_LEAST = Duration.ofSeconds(110);
  private static final Duration AT_MOST = Duration.ofMinutes(4);

  private static Stage stage;
  private static OperatorProcess operator;

  @BeforeAll
  static void aPool() {
    var cluster = Cluster.of(BrakeIT.class);
    cluster.stopOperator();
    var backend =
        TriedBackend.of(
            "simulated",
            cluster.engine(),
            FaultTable.FOLDER,
            cluster.place(BrakeIT.class).pool("run"));
    operator = OperatorProcess.of(cluster, backend.environment());
    stage = new Stage(BrakeIT.class, backend);
    operator.start();
    stage.set();
  }

  @AfterAll
  static void end() {
    if (stage != null) {
      operator.ensureReady();
      stage.close();
      operator.stop();
    }
  }

  @Test
  void manyPodsThatVanishWhileItIsDeadMakeItWaitAndSaySo() {
    var seed = CrashIT.seed();
    Diary.write("a mass deletion on the backend simulated, chaos.seed=" + seed);
    stage.newStorm("storm", seed);
    stage.load().endless(PODS);
    stage.settle(() -> false);
    operator.kill();
    stage.load().delete(MISSING, 0);
    Awaitility.await().until(() -> stage.orphans().size() == MISSING);
    var orphans = stage.orphans();

    operator.start();
    var ready = Instant.now();

    Awaitility.await().atMost(SAID_WITHIN).until(() -> stage.says("OrphansHeld"));
    assertThat(stage.orphans()).isEqualTo(orphans);

    Awaitility.await().atMost(AT_MOST).until(() -> !stage.orphans().equals(orphans));
    assertThat(Duration.between(ready, Instant.now())).isGreaterThan(AT_LEAST);
    stage.settle(() -> false);
    Awaitility.await().until(() -> !stage.says("OrphansHeld"));
    stage.judge();
    stage.endStorm();
    var violations = stage.violations().take();
    FaultTable.add(
        new FaultTable.Row(
            "%d of %d pods deleted while it was dead".formatted(MISSING, PODS),
            "simulated",
            1,
            1,
            violations.size(),
            Duration.between(ready, Instant.now()),
            Duration.between(ready, Instant.now())));
    assertThat(violations).isEmpty();
  }
}
