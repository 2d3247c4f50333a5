package io.virtualnodes.chaos;

import io.virtualnodes.chaos.Debugger.Halt;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Lets the operator die at crash points, round after round. A round starts it, waits until it has
 * set right what its last death left, holds all that happened against what must be, gives it random
 * work, and kills it at the point.
 */
final class CrashRounds implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STEP_WITHIN = Duration.ofSeconds(20);
  private static final Duration HIT_WITHIN = Duration.ofSeconds(12);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int PROVOCATIONS = 2;
  // Well below the ten at which a sweep waits, also with what earlier deaths have left.
  private static final int DELETED_MEANWHILE = 4;
  private static final int MOST_ORPHANS = 8;

  private final String kind;
  private final long seed;
  private final Debugger debugger = Debugger.listening();
  private final OperatorProcess operator;
  private final Stage stage;

  /**
   * What came of the rounds of one point.
   *
   * @param hits in how many of them the operator died there; in the others it did somewhere else
   */
  record Outcome(CrashPoint point, int hits, List<String> violations) {}

  /**
   * @param kind of the backend: simulated or docker
   * @param seed of all that is drawn
   */
  CrashRounds(Class<?> test, String kind, long seed) {
    var cluster = Cluster.of(test);
    cluster.stopOperator();
    this.kind = kind;
    this.seed = seed;
    var backend =
        TriedBackend.of(kind, cluster.engine(), FaultTable.FOLDER, cluster.place(test).pool("run"));
    var environment = new HashMap<>(backend.environment());
    // Beside the Deployment's JAVA_TOOL_OPTIONS, which stay.
    environment.put("JDK_JAVA_OPTIONS", debugger.option());
    // What it planned for a pod is what explains a violation.
    environment.put("QUARKUS_LOG_CATEGORY__IO_VIRTUALNODES__LEVEL", "DEBUG");
    this.operator = OperatorProcess.of(cluster, environment);
    this.stage = new Stage(test, backend);
    Diary.write("crashes on the backend %s, chaos.seed=%d".formatted(kind, seed));
    ensureRuns();
    stage.set();
  }

  /**
   * Tries these points in turn, each so many times, on a pool of their own. The operator runs
   * before and after.
   *
   * @param storm names the pool
   */
  List<Outcome> run(String storm, List<CrashPoint> points, int rounds) {
    ensureRuns();
    stage.newStorm(storm, seed + storm.hashCode());
    stage.settle(() -> false);
    var tallies = points.stream().map(Tally::new).toList();
    var last = tallies.getLast();
    for (int number = 1; number <= rounds; number++) {
      for (var tally : tallies) {
        operator.kill();
        new Round(tally, last, number).run();
        last = tally;
      }
    }
    operator.kill();
    stage.rest();
    ensureRuns();
    last.settled(stage.settle(() -> false));
    stage.judge();
    stage.endStorm();
    last.blame(stage.violations().take());
    return tallies.stream().map(tally -> tally.outcome(rounds)).toList();
  }

  /** What comes of one point. */
  private final class Tally {
    private final CrashPoint point;
    private final List<String> violations = new ArrayList<>();
    private final List<Duration> times = new ArrayList<>();
    private Duration slowest = Duration.ZERO;
    private int hits;
    // Twice in a row would leave nodes without a sign of life for longer than they live on one.
    private boolean early;

    private Tally(CrashPoint point) {
      this.point = point;
    }

    /** It took this long after a death here until all was in order again. */
    private void settled(Duration time) {
      slowest = time.compareTo(slowest) > 0 ? time : slowest;
    }

    /** These came after a death here. */
    private void blame(List<String> seen) {
      seen.forEach(
          violation -> Diary.write("VIOLATION after a kill %s: %s".formatted(point, violation)));
      violations.addAll(seen);
    }

    private Outcome outcome(int rounds) {
      times.sort(null);
      FaultTable.add(
          new FaultTable.Row(
              "killed " + point,
              kind,
              rounds,
              hits,
              violations.size(),
              slowest,
              times.get(times.size() / 2)));
      return new Outcome(point, hits, violations);
    }
  }

  private void ensureRuns() {
    if (!operator.running()) {
      operator.launch();
      debugger.accept();
    }
    operator.awaitReady();
  }

  private final class Round {
    private final Tally tally;
    private final Tally last;
    private final int number;
    private final CrashPoint point;
    private final Load load = stage.load();
    private final int nth;
    // Whether it is to die while it sets right what its last death left.
    private final boolean early;
    private Halt halt;

    /**
     * @param last where it died before
     */
    private Round(Tally tally, Tally last, int number) {
      this.tally = tally;
      this.last = last;
      this.number = number;
      this.point = tally.point;
      this.nth = load.upTo(passings(point.effect()));
      this.early = load.once(4) && !tally.early || point.effect() == SideEffect.ORPHAN_DELETE;
      tally.early = early;
    }

    private void run() {
      var began = Instant.now();
      meanwhile();
      operator.launch();
      halt = debugger.accept();
      if (early) {
        halt.at(point, nth);
      }
      reached(READY_WITHIN, operator::ready);
      var settled = stage.settle(halt::reached);
      last.settled(settled);
      if (!halt.reached()) {
        stage.judge();
        if (!early) {
          halt.at(point, nth);
        }
        for (int i = 0; i < PROVOCATIONS && !halt.reached(); i++) {
          provoke();
          reached(HIT_WITHIN, () -> false);
        }
      }
      boolean hit = halt.reached();
      operator.kill();
      last.blame(stage.violations().take());
      tally.hits += hit ? 1 : 0;
      var time = Duration.between(began, Instant.now());
      tally.times.add(time);
      Diary.write(
          "round %d %s, passing %d%s: %s, settled in %d ms, %d ms in all"
              .formatted(
                  number,
                  point,
                  nth,
                  early ? " while recovering" : "",
                  hit ? "hit" : "not hit",
                  settled.toMillis(),
                  time.toMillis()));
    }

    /** What others do while there is no operator. */
    private void meanwhile() {
      // Elsewhere what has ended stays, so that there is something to remove with a pod or a node.
      stage.retain(point.effect() == SideEffect.GROUP_DELETE ? "1s" : "24h");
      boolean orphans = point.effect() == SideEffect.ORPHAN_DELETE;
      int left = MOST_ORPHANS - stage.orphans().size();
      load.delete(Math.clamp(left, 0, orphans ? DELETED_MEANWHILE : load.upTo(3) - 1), 0);
      load.delete(load.upTo(2) - 1, 1);
      stage.rest();
    }

    /** Random work, with what makes the operator come to the point. */
    private void provoke() {
      load.tidy();
      load.burst();
      switch (point.effect()) {
        case GROUP_CREATE, POD_REPORT, POD_EVENT, GROUP_DELETE -> load.delete(1, 1);
        case SANDBOX_CREATE, SANDBOX_START, CONTAINER_START, MILESTONE_CREATE -> load.delete(1, 1);
        case FILES_REPLACE, WRITER_START -> load.annotate(4);
        case GUEST_ADMIT, GUEST_CREATE, GUEST_START -> load.debug(4);
        case RELAY_CREATE, RELAY_START, ENDER_CREATE, ENDER_START -> load.talk(4);
        case GROUP_STOP, POD_REMOVE, CONTAINER_RENAME, CONTAINER_STOP -> load.delete(4, 1);
        case GROUP_FORGET, ORPHAN_DELETE, CONTAINER_REMOVE -> {
          load.delete(2, 1);
          load.delete(2, 0);
        }
        case POD_EVICT -> {
          if (load.once(2)) {
            emptyHeldNode();
          } else {
            growAndShrink(false);
          }
        }
        case POD_DELETE -> growAndShrink(true);
        case NODE_CREATE,
            NODE_PATCH,
            NODE_STATUS,
            NODE_DELETE,
            LEASE_RENEW,
            LEASE_DELETE,
            LEFTOVER_DELETE,
            POOL_EVENT ->
            growAndShrink(false);
        case VOLUME_CREATE -> load.claim(2, "Filesystem");
        case CLAIM_EVENT -> {
          load.claim(1, "Block");
          reached(STEP_WITHIN, () -> false);
          // Its pod could never run, and all would wait for it.
          load.releaseClaims();
        }
        case VOLUME_DELETE, VOLUME_REMOVE -> {
          load.claim(2, "Filesystem");
          reached(STEP_WITHIN, load::claimsAreBound);
          load.releaseClaims();
        }
        case POD_ABANDON -> loseAPool();
        case POOL_STATUS -> removeAPool();
      }
    }

    private void growAndShrink(boolean guarded) {
      int most = Stage.LASTING_NODES + 2;
      stage.scale(most);
      if (!reached(STEP_WITHIN, () -> stage.readyNodes().size() == most)) {
        return;
      }
      if (guarded) {
        load.guard();
      }
      var extra = extraNodes();
      extra.forEach(node -> load.on(node, guarded));
      if (!reached(STEP_WITHIN, () -> extra.stream().allMatch(stage::busy))) {
        return;
      }
      stage.scale(Stage.LASTING_NODES);
      reached(STEP_WITHIN, () -> extra.stream().noneMatch(stage.stormNodes()::contains));
    }

    private List<String> extraNodes() {
      return IntStream.range(Stage.LASTING_NODES, Stage.LASTING_NODES + 2)
          .mapToObj(index -> stage.storm() + "-" + index)
          .toList();
    }

    private void emptyHeldNode() {
      var node = stage.held() + "-0";
      load.on(node, false);
      if (reached(STEP_WITHIN, () -> stage.busy(node))) {
        stage.hold("HoldAndDrain");
      }
    }

    private void loseAPool() {
      var pool = stage.passingPool();
      stage.pools().makeLost(pool);
      populateAndDelete(pool);
    }

    private void removeAPool() {
      var pool = stage.passingPool();
      stage.pools().make(pool, 1);
      populateAndDelete(pool);
    }

    private void populateAndDelete(String pool) {
      if (reached(STEP_WITHIN, () -> stage.hasNode(pool))) {
        load.on(pool + "-0", false);
        stage.pools().delete(pool);
        reached(STEP_WITHIN, () -> !stage.pools().names().contains(pool));
      }
    }

    /** Waits for something, or for the operator's halt; true if that something is so. */
    private boolean reached(Duration within, BooleanSupplier something) {
      try {
        Awaitility.await()
            .atMost(within)
            .pollDelay(Duration.ZERO)
            .pollInterval(POLL)
            .until(() -> halt.reached() || something.getAsBoolean());
        return !halt.reached();
      } catch (ConditionTimeoutException e) {
        return false;
      }
    }
  }

  /** How often the operator passes there in a round, at least. */
  private static int passings(SideEffect effect) {
    return switch (effect) {
      case GROUP_CREATE, POD_REPORT, POD_EVENT -> 6;
      case GROUP_STOP, GROUP_FORGET, POD_REMOVE, POD_EVICT, LEASE_RENEW, POOL_EVENT -> 3;
      case SANDBOX_CREATE, SANDBOX_START, CONTAINER_START, CONTAINER_REMOVE -> 3;
      case GROUP_DELETE, ORPHAN_DELETE, LEFTOVER_DELETE, POD_DELETE, POD_ABANDON -> 2;
      case NODE_CREATE, NODE_PATCH, NODE_STATUS, NODE_DELETE, LEASE_DELETE -> 2;
      case CONTAINER_RENAME, CONTAINER_STOP, FILES_REPLACE, WRITER_START -> 2;
      case GUEST_ADMIT, GUEST_CREATE, GUEST_START, MILESTONE_CREATE -> 2;
      case VOLUME_CREATE, VOLUME_DELETE, VOLUME_REMOVE -> 2;
      case POOL_STATUS, CLAIM_EVENT, RELAY_CREATE, RELAY_START, ENDER_CREATE, ENDER_START -> 1;
    };
  }

  @Override
  public void close() {
    ensureRuns();
    stage.close();
    operator.stop();
    debugger.close();
  }
}
