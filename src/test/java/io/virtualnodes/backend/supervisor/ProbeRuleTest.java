package io.virtualnodes.backend.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.supervisor.ProbeRule.Findings;
import io.virtualnodes.backend.supervisor.ProbeRule.Kind;
import io.virtualnodes.backend.supervisor.ProbeRule.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeRuleTest {
  private static final Instant START = Instant.parse("2026-02-03T12:00:00Z");
  private static final Findings PASSED = new Findings(Verdict.PASSED, true, 1);

  private static Probe probe(int delay, int period, int successes, int failures) {
    return new Probe(
        new Action.TcpSocket(Optional.empty(), 80),
        Duration.ofSeconds(delay),
        Duration.ofSeconds(period),
        Duration.ofSeconds(1),
        successes,
        failures,
        Optional.empty());
  }

  private static Care care(Optional<Probe> startup, Optional<Probe> readiness) {
    return new Care(
        startup, Optional.empty(), readiness, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Optional<Probe> any() {
    return Optional.of(probe(0, 10, 1, 3));
  }

  /**
   * Results in their order, + or -, and what the probe has come to after each: open, passed or
   * failed by their first letters.
   */
  @ParameterizedTest
  @CsvSource({
    "1, 3, +, P",
    "1, 3, ---, OOF",
    "1, 3, --+--, OOPPP",
    "1, 3, +--+--, PPPPPP",
    "1, 3, +---, PPPF",
    "1, 3, +---+, PPPFP",
    "2, 1, ++, OP",
    "2, 1, +-++, OFFP",
    "3, 2, ++-+++, OOOOOP",
    "3, 2, +++-+--, OOPPPPF",
    "3, 2, +++--++, OOPPFFF",
  })
  void resultsCountInARow(int successes, int failures, String results, String verdicts) {
    var probe = probe(0, 10, successes, failures);
    var findings = Findings.NONE;
    var seen = new StringBuilder();

    for (char result : results.toCharArray()) {
      findings = ProbeRule.after(probe, findings, result == '+');
      seen.append(findings.verdict().name().charAt(0));
    }

    assertThat(seen).hasToString(verdicts);
  }

  /** Seconds after the start at which it is probed, each answer taking so long. */
  @ParameterizedTest
  @CsvSource({
    "0, 10, 0, 0, 0 10 20 30",
    "5, 10, 0, 0, 5 15 25 35",
    "0, 10, 3, 0, 0 10 20 30",
    "0, 2, 5, 0, 0 5 10 15",
    // It runs for a while when somebody begins to look.
    "5, 10, 0, 60, 60 70 80 90",
    "100, 10, 0, 60, 100 110 120 130",
  })
  void aContainerIsProbedAtItsPeriods(
      int delay, int period, int takes, int begins, String expected) {
    var probe = probe(delay, period, 1, 3);
    var clock = START.plusSeconds(begins);
    var seconds = new ArrayList<String>();
    var due = ProbeRule.first(probe, START, clock);

    for (int i = 0; i < 4; i++) {
      seconds.add(Long.toString(Duration.between(START, due).toSeconds()));
      due = ProbeRule.next(probe, due, due.plusSeconds(takes));
    }

    assertThat(String.join(" ", seconds)).isEqualTo(expected);
  }

  /** Of a container that never answers: the moment at which it is given up. */
  @Test
  void aContainerThatNeverAnswersIsGivenUpAtItsThreshold() {
    var probe = probe(20, 5, 1, 4);
    var findings = Findings.NONE;
    var due = ProbeRule.first(probe, START, START);
    var last = due;

    while (!ProbeRule.over(Kind.LIVENESS, findings)) {
      last = due;
      findings = ProbeRule.after(probe, findings, false);
      due = ProbeRule.next(probe, due, due);
    }

    assertThat(Duration.between(START, last)).hasSeconds(20 + 3 * 5);
    assertThat(findings.verdict()).isEqualTo(Verdict.FAILED);
  }

  @ParameterizedTest
  @CsvSource({
    "STARTUP, OPEN, false",
    "STARTUP, PASSED, true",
    "STARTUP, FAILED, true",
    "LIVENESS, OPEN, false",
    "LIVENESS, PASSED, false",
    "LIVENESS, FAILED, true",
    "READINESS, OPEN, false",
    "READINESS, PASSED, false",
    "READINESS, FAILED, false",
  })
  void probingGoesOnAsLongAsItCanFindSomethingOut(Kind kind, Verdict verdict, boolean over) {
    assertThat(ProbeRule.over(kind, new Findings(verdict, true, 1))).isEqualTo(over);
  }

  @Test
  void theFirstFailureOfARowAndTheOneThatDecidesAreTold() {
    var probe = probe(0, 10, 1, 3);
    var findings = Findings.NONE;
    var told = new ArrayList<Boolean>();

    for (char result : "---- +- ".replace(" ", "").toCharArray()) {
      findings = ProbeRule.after(probe, findings, result == '+');
      told.add(ProbeRule.worthTelling(probe, findings));
    }

    assertThat(told).isEqualTo(List.of(true, false, true, false, false, true));
  }

  @Test
  void withoutProbesAContainerIsWellAsLongAsItRuns() {
    var health =
        ProbeRule.health(
            care(Optional.empty(), Optional.empty()), true, Findings.NONE, Findings.NONE, false);

    assertThat(health).isEqualTo(new Health(true, Readiness.YES));
  }

  @Test
  void untilItsHookIsDoneAContainerHasNotStarted() {
    var health =
        ProbeRule.health(
            care(Optional.empty(), Optional.empty()), false, Findings.NONE, Findings.NONE, false);

    assertThat(health).isEqualTo(new Health(false, Readiness.NO));
  }

  @Test
  void untilItStartedUpNothingElseCounts() {
    var health = ProbeRule.health(care(any(), any()), true, Findings.NONE, PASSED, true);

    assertThat(health).isEqualTo(new Health(false, Readiness.NO));
  }

  @ParameterizedTest
  @CsvSource({
    "OPEN, false, NO",
    "OPEN, true, AS_TOLD_BEFORE",
    "PASSED, false, YES",
    "PASSED, true, YES",
    "FAILED, false, NO",
    "FAILED, true, NO",
  })
  void readinessIsWhatWasFoundOrWhatWasToldBeforeUs(
      Verdict verdict, boolean olderThanUs, Readiness ready) {
    var readiness = new Findings(verdict, verdict == Verdict.PASSED, 1);

    var health = ProbeRule.health(care(any(), any()), true, PASSED, readiness, olderThanUs);

    assertThat(health).isEqualTo(new Health(true, ready));
  }

  @Test
  void aProbesOwnGraceTakesThePlaceOfThePods() {
    var own =
        new Probe(
            new Action.Exec(List.of("true")),
            Duration.ZERO,
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            1,
            3,
            Optional.of(Duration.ofSeconds(2)));

    assertThat(ProbeRule.grace(own, Duration.ofSeconds(30))).hasSeconds(2);
    assertThat(ProbeRule.grace(any().orElseThrow(), Duration.ofSeconds(30))).hasSeconds(30);
  }
}
