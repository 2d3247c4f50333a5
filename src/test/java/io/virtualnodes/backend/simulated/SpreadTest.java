package io.virtualnodes.backend.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpreadTest {
  private static final Spread SPREAD = new Spread(Duration.ofSeconds(2), Duration.ofSeconds(9));

  @Test
  void halfAreBelowTheMedianAndOneInAHundredAboveTheLastPercentile() {
    var dice = new Dice(1);
    var drawn =
        IntStream.range(0, 20_000).mapToObj(i -> SPREAD.draw(dice.about("start", i))).toList();

    assertThat(drawn.stream().filter(time -> time.compareTo(SPREAD.p50()) <= 0).count())
        .isBetween(9_700L, 10_300L);
    assertThat(drawn.stream().filter(time -> time.compareTo(SPREAD.p99()) > 0).count())
        .isBetween(150L, 250L);
  }

  @Test
  void theSameSeedAndQuestionHaveTheSameAnswerWhateverElseWasAsked() {
    var first = SPREAD.draw(new Dice(7).about("start", "a"));
    new Dice(7).about("start", "b").nextDouble();

    assertThat(SPREAD.draw(new Dice(7).about("start", "a"))).isEqualTo(first);
    assertThat(SPREAD.draw(new Dice(8).about("start", "a"))).isNotEqualTo(first);
    assertThat(SPREAD.draw(new Dice(7).about("start", "b"))).isNotEqualTo(first);
  }

  @Test
  void sharesHappenAsOftenAsTheySay() {
    var dice = new Dice(3);

    assertThat(
            IntStream.range(0, 20_000)
                .filter(i -> dice.happens(new Share(0.05), "throttled", "create x/" + i))
                .count())
        .isBetween(850L, 1_150L);
    assertThat(IntStream.range(0, 1000).noneMatch(i -> dice.happens(Share.NEVER, "lost", i)))
        .isTrue();
    assertThat(IntStream.range(0, 1000).allMatch(i -> dice.happens(Share.ALWAYS, "lost", i)))
        .isTrue();
  }

  @Test
  void refusesWhatIsNoSpread() {
    assertThatThrownBy(() -> new Spread(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .hasMessageContaining("p99");
    assertThatThrownBy(() -> new Spread(Duration.ZERO, Duration.ofSeconds(1)))
        .hasMessageContaining("p50");
    assertThatThrownBy(() -> new Share(1.01)).hasMessageContaining("share");
  }
}
