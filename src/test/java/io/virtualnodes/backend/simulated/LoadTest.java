package io.virtualnodes.backend.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.simulated.Load.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadTest {
  private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");
  private static final long SECOND = 1_000_000_000;

  private static double milliCpu(Load load, Duration from, Duration to) {
    long used = load.cpuNanos(START, START.plus(to)) - load.cpuNanos(START, START.plus(from));
    return 1000.0 * used / to.minus(from).toNanos();
  }

  private static Load load(long milliCpu, String phases) {
    return Load.of(new Resources(milliCpu, 0), Load.phases(phases).orElseThrow());
  }

  @Test
  void anEvenLoadIsItsShareOfWhatWasRequested() {
    assertThat(load(500, "80%").cpuNanos(START, START.plusSeconds(10))).isEqualTo(4 * SECOND);
    assertThat(load(500, "250%").cpuNanos(START, START.plusSeconds(2))).isEqualTo(5 * SECOND / 2);
  }

  @Test
  void phasesFollowEachOtherOverAndOver() {
    var load = load(1000, "20% 1m, 90% 2m");

    for (int round = 0; round < 3; round++) {
      var begin = Duration.ofMinutes(3L * round);
      assertThat(milliCpu(load, begin, begin.plusMinutes(1))).isEqualTo(200, within(0.01));
      assertThat(milliCpu(load, begin.plusMinutes(1), begin.plusMinutes(3)))
          .isEqualTo(900, within(0.01));
    }
  }

  @Test
  void aLastPhaseWithoutATimeLasts() {
    var load = load(1000, "10% 30s, 70%");

    assertThat(milliCpu(load, Duration.ZERO, Duration.ofSeconds(30))).isEqualTo(100, within(0.01));
    assertThat(milliCpu(load, Duration.ofHours(1), Duration.ofHours(900)))
        .isEqualTo(700, within(0.01));
  }

  @Test
  void withoutAWordThereIsLittleToDo() {
    var load = Load.of(Resources.UNNAMED, List.of());
    long before = 0;

    for (int second = 0; second < 3600; second += 30) {
      long used = load.cpuNanos(START, START.plusSeconds(second));
      assertThat(used).isGreaterThan(before);
      before = used;
      assertThat(milliCpu(load, Duration.ofSeconds(second), Duration.ofSeconds(second + 30)))
          .isBetween(4.9, 15.1);
    }
  }

  @Test
  void memoryGrowsToMostOfWhatWasRequested() {
    var load = Load.of(new Resources(0, 1_000_000), List.of());

    assertThat(load.memory(START, START).workingSetBytes()).isEqualTo(300_000);
    var later = load.memory(START, START.plusSeconds(3600));
    assertThat(later.workingSetBytes()).isEqualTo(600_000);
    assertThat(later.usageBytes()).isEqualTo(700_000);
    assertThat(later.rssBytes()).isEqualTo(540_000);
  }

  @Test
  void loadsAreRead() {
    assertThat(Load.phases("5% 10s,  100%  ")).isPresent();
    assertThat(Load.phases("5% 10s, 7% 2h"))
        .contains(List.of(new Phase(5, Duration.ofSeconds(10)), new Phase(7, Duration.ofHours(2))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "80", "80 %", "-5%", "80% 5", "80% 0s", "80%,", "80% 5d", "x"})
  void whatIsNoLoadIsNone(String text) {
    assertThat(Load.phases(text)).isEmpty();
  }
}
