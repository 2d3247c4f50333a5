package io.virtualnodes.chaos;

import static io.virtualnodes.chaos.Replicas.awaitWithin;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.chaos.Replicas.Replica;
import io.virtualnodes.cluster.Disruptive;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * That of two replicas one works and the other takes its place, however it goes, and that neither
 * nodes nor pods notice. {@link FailoverIT} does it over and over.
 */
@Disruptive("It ends the operator.")
class HandOverIT {
  // Of TERM: what runs for nodes ends, and the lead is given away.
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(15);
  // Less than the lease of the lead: a standby looks every two seconds.
  private static final Duration AT_ONCE = Duration.ofSeconds(12);

  private static Replicas replicas;

  @BeforeAll
  static void twoReplicas() {
    replicas = new Replicas(HandOverIT.class);
    replicas.begin();
  }

  @AfterAll
  static void end() {
    if (replicas != null) {
      replicas.close();
    }
  }

  @Test
  void aStandbyOnlyLooksOnUntilTheLeaderIsKilled() {
    var leader = replicas.leader();
    var standby = replicas.standby();
    var began = Instant.now();
    var before = replicas.witnesses();
    replicas.runToItsEnd("before-kill");
    for (var replica : new Replica[] {leader, standby}) {
      assertThat(replica.process().passes("started")).as(replica.name()).isTrue();
      assertThat(replica.process().passes("live")).as(replica.name()).isTrue();
      assertThat(replica.process().passes("ready")).as(replica.name()).isTrue();
    }
    assertThat(replicas.changes(standby, began)).isEmpty();
    assertThat(replicas.changes(leader, began)).isNotEmpty();

    leader.process().kill();
    for (int i = 0; i < 5; i++) {
      replicas.create("meanwhile-" + i, Task.ending(Duration.ofMillis(500), 0));
    }
    replicas.awaitTakeOver(leader);

    replicas.runToItsEnd("after-kill");
    assertThat(replicas.leader()).isEqualTo(standby);
    assertThat(replicas.witnesses()).isEqualTo(before);
    assertThat(replicas.violations(began)).isEmpty();
    replicas.startBoth();
    assertThat(replicas.leader()).isEqualTo(standby);
  }

  @Test
  void aLeaderThatStoodStillForTooLongEndsBeforeItChangesAnything() {
    var frozen = replicas.leader();
    var next = replicas.standby();
    var began = Instant.now();
    var before = replicas.witnesses();
    replicas.create("half-done", Task.endless());
    frozen.process().freeze();
    replicas.awaitTakeOver(frozen);
    replicas.runToItsEnd("after-freeze");
    replicas.delete("half-done");
    awaitWithin(Replicas.HAND_OVER, () -> replicas.isGone("half-done"));

    var thawed = Instant.now();
    frozen.process().thaw();
    awaitWithin(AT_ONCE, () -> !frozen.process().running());

    assertThat(frozen.process().log()).containsAnyOf("stood still", "the lead was lost");
    assertThat(replicas.changes(frozen, thawed)).isEmpty();
    replicas.runToItsEnd("after-thaw");
    assertThat(replicas.leader()).isEqualTo(next);
    assertThat(replicas.witnesses()).isEqualTo(before);
    assertThat(replicas.violations(began)).isEmpty();
    replicas.startBoth();
  }

  /** As a rolling update does it, which waits for the new one before it ends the next. */
  @Test
  void bothAreReplacedAndEachGivesTheLeadAwayAtOnce() {
    var began = Instant.now();
    var before = replicas.witnesses();
    for (int i = 0; i < 2; i++) {
      var leader = replicas.leader();
      var next = replicas.standby();

      var told = Instant.now();
      leader.process().stop();
      var ended = Instant.now();
      awaitWithin(AT_ONCE, () -> replicas.holder().equals(next.name()));

      assertThat(Duration.between(told, ended)).isLessThan(ENDS_WITHIN);
      assertThat(leader.process().log()).contains("lead given away");
      replicas.runToItsEnd("after-stop-" + i);
      replicas.startBoth();
    }

    assertThat(replicas.witnesses()).isEqualTo(before);
    assertThat(replicas.violations(began)).isEmpty();
  }
}
