package io.virtualnodes.backend.supervisor;

import java.time.Duration;
import java.time.Instant;

/**
 * One run of a container that is over.
 *
 * @param number how many restarts came before it; 0 for the first run
 * @param exitCode what it ended with
 * @param startedAt equal to {@code finishedAt} where it could not be started
 * @param backOff how long after its end the next one has to wait: what {@link RestartRule} gave it
 *     when it was started; zero for the first run
 * @param unhealthy whether it was ended to be started again, whatever it ended with
 */
public record EndedInstance(
    int number,
    int exitCode,
    Instant startedAt,
    Instant finishedAt,
    Duration backOff,
    boolean unhealthy) {

  /** One that ended by itself, or with its group. */
  public EndedInstance(
      int number, int exitCode, Instant startedAt, Instant finishedAt, Duration backOff) {
    this(number, exitCode, startedAt, finishedAt, backOff, false);
  }

  public EndedInstance {
    if (number < 0) {
      throw new IllegalArgumentException("an instance's number must not be negative: " + number);
    }
    if (backOff.isNegative()) {
      throw new IllegalArgumentException("a back-off must not be negative: " + backOff);
    }
  }

  Duration ran() {
    return Duration.between(startedAt, finishedAt);
  }
}
