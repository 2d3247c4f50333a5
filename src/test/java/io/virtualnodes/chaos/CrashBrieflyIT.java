package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Disruptive;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@link CrashIT} in short: a few points, one round each. */
@Disruptive("It ends the operator.")
class CrashBrieflyIT {
  private static final List<CrashPoint> POINTS =
      List.of(
          new CrashPoint(SideEffect.GROUP_CREATE, CrashPoint.Side.AFTER),
          new CrashPoint(SideEffect.POD_REPORT, CrashPoint.Side.BEFORE),
          new CrashPoint(SideEffect.GROUP_FORGET, CrashPoint.Side.BEFORE),
          new CrashPoint(SideEffect.LEASE_DELETE, CrashPoint.Side.AFTER));

  @AutoClose private static CrashRounds rounds;

  @BeforeAll
  static void begin() {
    rounds = new CrashRounds(CrashBrieflyIT.class, "simulated", CrashIT.seed());
  }

  @Test
  void anOperatorThatIsKilledHarmsNoPod() {
    var outcomes = rounds.run("storm", POINTS, 1);

    assertThat(outcomes)
        .allSatisfy(
            outcome -> {
              assertThat(outcome.violations()).as("after %s", outcome.point()).isEmpty();
              assertThat(outcome.hits()).as("deaths %s", outcome.point()).isEqualTo(1);
            });
  }
}
