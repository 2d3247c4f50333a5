package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That the operator may die anywhere: at every crash point, in round after round. */
@Tag("chaos")
class CrashIT {
  private static final String BACKEND = System.getProperty("chaos.backend", "simulated");
  private static final Pattern POINT = Pattern.compile(System.getProperty("chaos.point", ""));
  private static final int ROUNDS = Integer.getInteger("chaos.rounds", 20);

  @AutoClose private static CrashRounds rounds;

  @BeforeAll
  static void begin() {
    rounds = new CrashRounds(CrashIT.class, BACKEND, seed());
  }

  /** Drawn anew for each run, unless {@code chaos.seed} gives it. */
  static long seed() {
    return Long.getLong("chaos.seed", System.currentTimeMillis());
  }

  /** All that the backend has, or those in whose names {@code chaos.point} matches. */
  static List<CrashPoint> points() {
    return Arrays.stream(SideEffect.values())
        .filter(effect -> BACKEND.equals("docker") || !effect.needsEngine())
        .flatMap(effect -> effect.points().stream())
        .filter(point -> POINT.matcher(point.toString()).find())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("points")
  void anOperatorThatIsKilledHarmsNoPod(CrashPoint point) {
    // A pool of its own: journals of hundreds of rounds would take long to read.
    var storm = point.toString().replace(' ', '-');

    var outcome = rounds.run(storm, List.of(point), ROUNDS).getFirst();

    assertThat(outcome.violations()).isEmpty();
    assertThat(outcome.hits()).as("rounds in which it died there").isPositive();
  }
}
