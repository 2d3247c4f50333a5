package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackOffTest {
  private static final BackOff BACK_OFF =
      new BackOff(Duration.ofSeconds(10), Duration.ofMinutes(5));

  @ParameterizedTest
  @CsvSource({"0, 10", "1, 10", "2, 20", "3, 40", "5, 160", "6, 300", "7, 300", "2147483647, 300"})
  void doublesUpToItsBound(int failures, int seconds) {
    assertThat(BACK_OFF.after(failures)).isEqualTo(Duration.ofSeconds(seconds));
  }
}
