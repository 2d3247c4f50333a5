package io.virtualnodes.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.bench.Outcome.Spread;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The arithmetic of the benchmark. */
class PhaseTest {

  @Test
  void speedIsCountedFromTheFirstRequestAndPercentilesByPod() {
    // Pod i is asked for at i milliseconds and takes 1, 2 … 200 milliseconds.
    var begins = LongStream.range(0, 200).map(TimeUnit.MILLISECONDS::toNanos).toArray();
    var ends =
        LongStream.range(0, 200).map(i -> TimeUnit.MILLISECONDS.toNanos(i + i + 1)).toArray();

    var phase = Phase.of(begins, ends);

    assertThat(phase).isEqualTo(new Phase(200 / 0.399, 100, 198));
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
    assertThat(Spread.of(new double[] {4, 1, 3, 2})).isEqualTo(new Spread(1, 2.5, 4));
    assertThat(Spread.of(new double[] {9, 1, 5})).isEqualTo(new Spread(1, 5, 9));
  }
}
