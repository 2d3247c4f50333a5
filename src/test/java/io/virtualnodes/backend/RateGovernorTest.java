package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RateGovernorTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Duration FIVE_MINUTES = Duration.ofMinutes(5);

  private final RateGovernor governor =
      new RateGovernor(
          List.of(
              new RateGovernor.Window(100, FIVE_MINUTES),
              new RateGovernor.Window(300, Duration.ofHours(1))));

  @Test
  void aHundredMayGoAndTheNextWaitsForTheWindow() {
    var waits = IntStream.range(0, 101).mapToObj(n -> governor.admit("g" + n, NOON)).toList();

    assertThat(waits.subList(0, 100)).containsOnly(Duration.ZERO);
    assertThat(waits.getLast()).isEqualTo(FIVE_MINUTES);
    assertThat(governor.admit("g100", NOON.plus(FIVE_MINUTES))).isZero();
  }

  @Test
  void eachIsToldTheTurnOfItsPlaceInTheLine() {
    IntStream.range(0, 100).forEach(n -> governor.admit("gone" + n, NOON.plusSeconds(n)));
    var now = NOON.plusSeconds(100);

    var first = governor.admit("first", now);
    var second = governor.admit("second", now);

    assertThat(now.plus(first)).isEqualTo(NOON.plus(FIVE_MINUTES));
    assertThat(now.plus(second)).isEqualTo(NOON.plusSeconds(1).plus(FIVE_MINUTES));
    // Whoever comes too early, or out of turn, goes on waiting.
    assertThat(governor.admit("second", NOON.plus(FIVE_MINUTES))).isEqualTo(Duration.ofSeconds(1));
    assertThat(governor.admit("first", NOON.plus(FIVE_MINUTES))).isZero();
  }

  @Test
  void fiveHundredAtOnceGoInTheTimeThatAzuresWindowsAllow() {
    record Pod(String name, Instant due) {}
    var waiting = new ArrayList<Pod>();
    IntStream.range(0, 500).forEach(n -> waiting.add(new Pod("g" + n, NOON)));
    var went = new ArrayList<Instant>();

    int asked = 0;
    while (!waiting.isEmpty()) {
      waiting.sort(java.util.Comparator.comparing(Pod::due));
      var next = waiting.removeFirst();
      asked++;
      var wait = governor.admit(next.name(), next.due());
      if (wait.isZero()) {
        went.add(next.due());
      } else {
        waiting.add(new Pod(next.name(), next.due().plus(wait)));
      }
    }

    assertThat(went).hasSize(500);
    // 100 each five minutes until 300 in the hour, then the rest of the next hour's.
    assertThat(went.get(99)).isEqualTo(NOON);
    assertThat(went.get(299)).isEqualTo(NOON.plus(Duration.ofMinutes(10)));
    assertThat(went.get(300)).isEqualTo(NOON.plus(Duration.ofHours(1)));
    assertThat(went.getLast()).isEqualTo(NOON.plus(Duration.ofMinutes(65)));
    // Nobody asks for nothing: once to be told the turn, and once at it, save for some in between.
    assertThat(asked).isLessThan(1500);
    for (var at : went) {
      assertThat(went)
          .filteredOn(one -> !one.isBefore(at) && one.isBefore(at.plus(FIVE_MINUTES)))
          .hasSizeLessThanOrEqualTo(100);
    }
  }

  @Test
  void whoGaveUpHoldsNobodyUp() {
    IntStream.range(0, 100).forEach(n -> governor.admit("gone" + n, NOON.plusSeconds(n)));
    governor.admit("gives-up", NOON.plusSeconds(100));
    governor.admit("leaves", NOON.plusSeconds(100));
    governor.admit("stays", NOON.plusSeconds(100));
    governor.leave("leaves");

    var much = NOON.plus(Duration.ofMinutes(10));

    assertThat(governor.admit("stays", much)).isZero();
  }

  @Test
  void whatIsGivenBackIsFree() {
    IntStream.range(0, 100).forEach(n -> governor.admit("gone" + n, NOON));
    governor.giveBack(NOON);

    assertThat(governor.admit("next", NOON)).isZero();
    assertThat(governor.admit("after", NOON)).isEqualTo(FIVE_MINUTES);
  }

  @Test
  void whatWasBeforeCountsOnceItIsKnown() {
    governor.admit("now", NOON);
    governor.remember(IntStream.range(0, 99).mapToObj(n -> NOON.minusSeconds(60 + n)).toList());

    assertThat(governor.admit("next", NOON)).isEqualTo(FIVE_MINUTES.minusSeconds(158));
  }

  @Test
  void azuresRefusalClosesItForEverybody() {
    governor.refused(Duration.ofSeconds(17), NOON);

    assertThat(governor.admit("one", NOON)).isEqualTo(Duration.ofSeconds(17));
    assertThat(governor.admit("one", NOON.plusSeconds(17))).isZero();
  }
}
