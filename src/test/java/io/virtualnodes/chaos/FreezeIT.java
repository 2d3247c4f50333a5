package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * That an operator which stood still for longer than its lead does no harm when it goes on. On an
 * engine: it alone tells a second request for a group from the first, whoever asks.
 */
@Tag("chaos")
class FreezeIT {
  private static final int ROUNDS = 5;
  // The lease of the lead is 15 s.
  private static final Duration HAND_OVER = Duration.ofSeconds(60);
  private static final Duration ENDS_ITSELF = Duration.ofSeconds(30);

  private static Stage stage;
  private static OperatorProcess leader;
  private static OperatorProcess standby;

  @BeforeAll
  static void twoReplicas() {
    var cluster = Cluster.of(FreezeIT.class);
    cluster.stopOperator();
    var backend =
        TriedBackend.of(
            "docker",
            cluster.engine(),
            FaultTable.FOLDER,
            cluster.place(FreezeIT.class).pool("run"));
    leader = OperatorProcess.of(cluster, backend.environment());
    standby = OperatorProcess.of(cluster, backend.environment());
    stage = new Stage(FreezeIT.class, backend);
    leader.start();
    stage.set();
  }

  @AfterAll
  static void end() {
    if (stage != null) {
      leader.ensureReady();
      stage.close();
      standby.kill();
      leader.stop();
    }
  }

  @Test
  void aLeaderThatIsThawedAfterItsLeadHasPassedOnEndsAndHarmsNoPod() {
    long seed = CrashIT.seed();
    Diary.write("freezes on the backend docker, chaos.seed=" + seed);
    stage.newStorm("storm", seed);
    var violations = new ArrayList<String>();
    var times = new ArrayList<Duration>();
    var slowest = Duration.ZERO;
    int ended = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      var began = Instant.now();
      standby.launch();
      stage.settle(() -> false);
      var held = holder();
      var frozen = freezeInTheMidstOfWork();
      // A replica that stands by is ready too.
      awaitWithin(HAND_OVER, () -> !holder().equals(held));
      work();
      boolean atOnce = stage.load().once(2);
      if (atOnce) {
        frozen.thaw();
      }
      var settled = stage.settle(() -> false);
      if (!atOnce) {
        frozen.thaw();
      }
      awaitWithin(ENDS_ITSELF, () -> !frozen.running());
      ended++;
      var again = stage.settle(() -> false);
      stage.judge();
      slowest = longest(slowest, longest(settled, again));
      times.add(Duration.between(began, Instant.now()));
      violations.addAll(stage.violations().take());
      Diary.write(
          "round %d frozen, thawed %s: the other settled in %d ms, %d ms in all"
              .formatted(
                  round,
                  atOnce ? "at work" : "when all was done",
                  settled.toMillis(),
                  times.getLast().toMillis()));
    }
    stage.endStorm();
    violations.addAll(stage.violations().take());

    times.sort(null);
    FaultTable.add(
        new FaultTable.Row(
            "frozen past its lease, and thawed",
            "docker",
            ROUNDS,
            ended,
            violations.size(),
            slowest,
            times.get(times.size() / 2)));
    assertThat(violations).isEmpty();
  }

  /** The leader, which leads no more: the other one takes its place. */
  private static OperatorProcess freezeInTheMidstOfWork() {
    var before = stage.groups();
    work();
    int more = stage.load().upTo(4) - 1;
    // Others go meanwhile: those are counted that are new.
    awaitWithin(
        HAND_OVER,
        () -> stage.groups().stream().filter(group -> !before.contains(group)).count() >= more);
    var frozen = leader;
    frozen.freeze();
    leader = standby;
    standby = frozen;
    return frozen;
  }

  /** Who leads. */
  private static String holder() {
    return Cluster.of(FreezeIT.class)
        .client()
        .leases()
        .inNamespace("virtual-nodes")
        .withName("virtual-nodes-operator")
        .get()
        .getSpec()
        .getHolderIdentity();
  }

  private static void work() {
    var load = stage.load();
    load.tidy();
    load.delete(2, 1);
    load.delete(1, 0);
    load.burst();
  }

  private static Duration longest(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static void awaitWithin(Duration time, BooleanSupplier something) {
    Awaitility.await()
        .atMost(time)
        .pollInterval(Duration.ofMillis(100))
        .until(something::getAsBoolean);
  }
}
