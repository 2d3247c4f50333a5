package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.RateGovernor;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * What AWS takes of an account in a region, shared by all pools that use it. AWS's buckets hold so
 * many requests and are refilled steadily; what stays within the bucket's size in the time of one
 * filling never empties it. Used by many threads.
 *
 * @param definitions registrations and deregistrations of task definitions: 20, and 1 a second
 * @param launches of tasks at Fargate, of which one request starts one: 20, and 20 a second
 * @param stops of tasks, which share 100, and 40 a second, with launches: a lane beside theirs, so
 *     that the end of a thousand pods does not hold up the start of others
 * @param secrets made and removed: 50 a second of each, which here are counted together
 * @param reads lists and descriptions of tasks: 100, and 20 a second, of which a quarter is left to
 *     others who look at the account
 * @param logPages of GetLogEvents, which CloudWatch answers 25 times a second: those that somebody
 *     waits for
 * @param followedLogs likewise, for what comes to logs that are followed: a lane beside theirs, so
 *     that a hundred followers do not hold up who asks for a log
 * @see <a href="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html">
 *     Request throttling</a>
 * @see <a href="https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html">
 *     Secrets Manager quotas</a>
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html">
 *     CloudWatch Logs quotas</a>
 */
record FargateRates(
    RateGovernor definitions,
    RateGovernor launches,
    RateGovernor stops,
    RateGovernor secrets,
    RateGovernor reads,
    RateGovernor logPages,
    RateGovernor followedLogs) {

  static FargateRates usual() {
    return new FargateRates(
        atMost(20, Duration.ofSeconds(20)),
        atMost(20, Duration.ofSeconds(1)),
        atMost(20, Duration.ofSeconds(1)),
        atMost(50, Duration.ofSeconds(1)),
        atMost(75, Duration.ofSeconds(5)),
        atMost(10, Duration.ofSeconds(1)),
        atMost(12, Duration.ofSeconds(1)));
  }

  private static RateGovernor atMost(int requests, Duration time) {
    return new RateGovernor(List.of(new RateGovernor.Window(requests, time)));
  }

  /**
   * Lets whoever asks through, once its turn has come.
   *
   * @throws BackendException.Unavailable if it was interrupted meanwhile
   */
  static void awaitTurn(RateGovernor governor, String who, InstantSource clock, Pause pause) {
    var wait = governor.admit(who, clock.instant());
    while (wait.isPositive()) {
      try {
        pause.pass(wait);
      } catch (InterruptedException e) {
        governor.leave(who);
        Thread.currentThread().interrupt();
        throw new BackendException.Unavailable("interrupted while its turn was awaited", e);
      }
      wait = governor.admit(who, clock.instant());
    }
  }

  /**
   * Lets whoever asks through, or tells its turn.
   *
   * @param what for people
   * @throws BackendException.Unavailable if its turn has not come, which says when it will
   */
  static void waitForTurn(RateGovernor governor, String what, String who, Instant now) {
    var wait = governor.admit(who, now);
    if (wait.isPositive()) {
      throw BackendException.Unavailable.notAsked(
          "AWS takes no more %s in this region for now; this one's turn comes in %d s"
              // Rounded up, so that nobody comes too early.
              .formatted(what, wait.plusMillis(999).toSeconds()),
          wait);
    }
  }
}
