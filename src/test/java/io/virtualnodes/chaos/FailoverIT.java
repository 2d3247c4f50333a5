package io.virtualnodes.chaos;

import static io.virtualnodes.chaos.Replicas.awaitWithin;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How long nobody works when the leader is killed while pods are created all the time, and that
 * nothing but time is lost. {@code target/failover.md} has the figures.
 */
@Tag("failover")
class FailoverIT {
  private static final int ROUNDS = Integer.getInteger("failover.rounds", 10);
  private static final Duration BETWEEN_PODS = Duration.ofMillis(250);
  // Different moments of the nodes' heartbeats and of the lead's own: neither divides it.
  private static final Duration AT_WORK = Duration.ofMillis(7_300);

  private static Replicas replicas;

  @BeforeAll
  static void twoReplicas() {
    replicas = new Replicas(FailoverIT.class);
    replicas.begin();
  }

  @AfterAll
  static void end() {
    if (replicas != null) {
      replicas.close();
    }
  }

  @Test
  void aStandbyTakesOverFromALeaderThatIsKilledUnderLoad() throws InterruptedException {
    var table = new FailoverTable();
    var seen = new ArrayList<String>();
    var before = replicas.witnesses();
    var created = new AtomicInteger();
    var load = Thread.ofVirtual().start(() -> createPods(created));
    try {
      for (int round = 1; round <= ROUNDS; round++) {
        Thread.sleep(AT_WORK);
        var leader = replicas.leader();

        var killed = Instant.now();
        leader.process().kill();
        int launches = replicas.launches();
        awaitWithin(Replicas.HAND_OVER, () -> replicas.launches() > launches);
        var launched = Instant.now();
        awaitWithin(Replicas.HAND_OVER, () -> replicas.leases().firstAfter(killed).isPresent());
        awaitWithin(Replicas.HAND_OVER, () -> replicas.leases().allAfter(launched));

        var violations = replicas.violations(killed);
        seen.addAll(violations);
        table.add(
            new FailoverTable.Row(
                Duration.between(killed, replicas.leases().firstAfter(killed).orElseThrow()),
                Duration.between(killed, launched),
                replicas.leases().longestGap(killed),
                violations.size()),
            created.get());
        replicas.startBoth();
      }
    } finally {
      load.interrupt();
      load.join();
    }

    replicas.awaitAllEnded();
    seen.addAll(replicas.violations(Instant.now()));
    assertThat(seen).isEmpty();
    assertThat(replicas.witnesses()).isEqualTo(before);
    assertThat(replicas.launches()).as("one for each pod").isEqualTo(created.get() + before.size());
  }

  private static void createPods(AtomicInteger created) {
    try {
      while (true) {
        int next = created.get();
        replicas.create("load-" + next, Task.ending(Duration.ofSeconds(2), next % 2));
        created.incrementAndGet();
        Thread.sleep(BETWEEN_PODS);
      }
    } catch (InterruptedException e) {
      // The last round is over.
    }
  }
}
