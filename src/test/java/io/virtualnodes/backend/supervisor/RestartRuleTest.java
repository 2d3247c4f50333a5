package io.virtualnodes.backend.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Restarts.ExitCodes;
import io.virtualnodes.backend.supervisor.RestartRule.Verdict;
import io.virtualnodes.backend.supervisor.RestartRule.Verdict.Never;
import io.virtualnodes.backend.supervisor.RestartRule.Verdict.Restart;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartRuleTest {
  private static final Instant NOON = Instant.parse("2026-02-03T12:00:00Z");

  private static EndedInstance ended(int number, int code, Duration ran, Duration backOff) {
    return new EndedInstance(number, code, NOON.minus(ran), NOON, backOff);
  }

  @ParameterizedTest
  @CsvSource({
    "ALWAYS, 0, true",
    "ALWAYS, 1, true",
    "ON_FAILURE, 0, false",
    "ON_FAILURE, 1, true",
    "ON_FAILURE, 137, true",
    "NEVER, 0, false",
    "NEVER, 1, false"
  })
  void thePolicyDecidesWhetherItIsStartedAgain(RestartPolicy policy, int code, boolean again) {
    var verdict =
        RestartRule.after(
            new Restarts(policy), ended(0, code, Duration.ofSeconds(1), Duration.ZERO));

    assertThat(verdict instanceof Restart).isEqualTo(again);
  }

  @ParameterizedTest
  @CsvSource({
    // A rule that covers the exit code restarts, whatever the policy says.
    "NEVER, false, 42, 42, true",
    "NEVER, false, 42, 41, false",
    "NEVER, false, 42, 0, false",
    "NEVER, false, 0, 0, true",
    "NEVER, true, 42, 42, false",
    "NEVER, true, 42, 0, true",
    "NEVER, true, '', 3, true",
    // One that does not leaves it to the policy.
    "ON_FAILURE, false, 0, 0, true",
    "ON_FAILURE, true, 42, 42, true",
    "ON_FAILURE, false, 42, 0, false",
    "ALWAYS, false, 42, 0, true",
    "NEVER, false, '', 3, false",
  })
  void aRuleOfItsOwnComesBeforeThePolicy(
      RestartPolicy policy, boolean except, String listed, int code, boolean again) {
    var codes = new TreeSet<Integer>();
    Stream.ofNullable(listed)
        .filter(text -> !text.isEmpty())
        .map(Integer::valueOf)
        .forEach(codes::add);
    var restarts = new Restarts(policy, List.of(new ExitCodes(except, codes)));

    var verdict = RestartRule.after(restarts, ended(0, code, Duration.ofSeconds(1), Duration.ZERO));

    assertThat(verdict instanceof Restart).isEqualTo(again);
  }

  @Test
  void theFirstRestartComesAtOnceAndTheNextOnesLaterAndLater() {
    var waits = new ArrayList<Long>();
    var backOff = Duration.ZERO;
    for (int number = 0; number < 9; number++) {
      var verdict = after(ended(number, 1, Duration.ofSeconds(1), backOff));
      waits.add(Duration.between(NOON, verdict.when()).toSeconds());
      backOff = verdict.backOff();
    }

    assertThat(waits).containsExactly(0L, 10L, 20L, 40L, 80L, 160L, 300L, 300L, 300L);
  }

  @Test
  void aContainerThatRanForMoreThanTenMinutesStartsAfresh() {
    var longer = ended(7, 1, Duration.ofMinutes(10).plusNanos(1), Duration.ofMinutes(5));
    var shorter = ended(7, 1, Duration.ofMinutes(10), Duration.ofMinutes(5));

    assertThat(after(longer)).isEqualTo(new Restart(NOON, Duration.ofSeconds(10)));
    assertThat(after(shorter))
        .isEqualTo(new Restart(NOON.plus(Duration.ofMinutes(5)), Duration.ofMinutes(5)));
  }

  private static Restart after(EndedInstance ended) {
    return (Restart) RestartRule.after(new Restarts(RestartPolicy.ALWAYS), ended);
  }

  @ParameterizedTest
  @CsvSource({"10, 10s", "20, 20s", "40, 40s", "80, 1m20s", "160, 2m40s", "300, 5m0s"})
  void whatWaitsSaysSoInTheKubeletsWords(int seconds, String inWords) {
    var ended = ended(1, 1, Duration.ofSeconds(1), Duration.ofSeconds(seconds));

    assertThat(waiting(RestartPolicy.ALWAYS, ended, NOON))
        .contains(
            new Waiting(
                "CrashLoopBackOff",
                "back-off "
                    + inWords
                    + " restarting failed container=main pod=pod-a_team-a(some-uid)"));
  }

  @Test
  void whatIsDueOrStaysEndedDoesNotWait() {
    var ended = ended(1, 0, Duration.ofSeconds(1), Duration.ofSeconds(10));

    assertThat(waiting(RestartPolicy.ALWAYS, ended, NOON.plusSeconds(9))).isPresent();
    assertThat(waiting(RestartPolicy.ALWAYS, ended, NOON.plusSeconds(10))).isEmpty();
    assertThat(waiting(RestartPolicy.ON_FAILURE, ended, NOON)).isEmpty();
    assertThat(waiting(RestartPolicy.NEVER, ended, NOON)).isEmpty();
    assertThat(RestartRule.after(new Restarts(RestartPolicy.NEVER), ended))
        .isEqualTo((Verdict) new Never());
  }

  private static Optional<Waiting> waiting(RestartPolicy policy, EndedInstance ended, Instant now) {
    return RestartRule.waiting(
        new Restarts(policy),
        new GroupId("some-uid", 3),
        new GroupOwner("burst", "node-0", "team-a", "pod-a"),
        "main",
        ended,
        now);
  }

  @Test
  void anInstanceThatCannotBeIsRefused() {
    assertThatThrownBy(() -> ended(-1, 0, Duration.ZERO, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ended(0, 0, Duration.ZERO, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
