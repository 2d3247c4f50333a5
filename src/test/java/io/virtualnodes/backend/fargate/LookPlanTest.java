package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.fargate.LookPlan.Candidate;
import io.virtualnodes.backend.fargate.LookPlan.Pace;
import io.virtualnodes.backend.simulated.DrivenClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LookPlanTest {
  private static final int AT_ONCE = 100;
  private static final Duration BEAT = Duration.ofSeconds(5);

  private final DrivenClock clock = new DrivenClock();
  private final Instant began = clock.instant();

  @Test
  void whatIsNamedComesFirstThenWhatIsOverdueLongest() {
    var now = began.plus(Duration.ofHours(1));
    var due = quiet("due", now.minusSeconds(60));
    var overdue = quiet("overdue", now.minusSeconds(90));
    var named = new Candidate("named", true, false, now, began);
    var notDue = quiet("not-due", now.minusSeconds(59));
    var justRead = quiet("just-read", now.minusSeconds(1));

    var plan = LookPlan.due(List.of(notDue, due, justRead, overdue, named), Pace.BY_EVENTS, 3, now);

    assertThat(plan).containsExactly("named", "overdue", "due");
  }

  @Test
  void theLastRequestTakesAlongWhatIsDueNextButNotWhatWasJustRead() {
    var now = began.plus(Duration.ofHours(1));
    var quiet =
        Stream.concat(
                IntStream.range(0, 300).mapToObj(n -> quiet("next-" + n, now.minusSeconds(10))),
                IntStream.range(0, 50).mapToObj(n -> quiet("read-" + n, now.minusSeconds(3))))
            .toList();
    var due = new ArrayList<>(quiet);
    due.add(quiet("due", now.minusSeconds(70)));

    assertThat(LookPlan.due(due, Pace.BY_EVENTS, AT_ONCE, now))
        .startsWith("due")
        .hasSize(AT_ONCE)
        .noneMatch(task -> task.startsWith("read"));
    assertThat(LookPlan.due(quiet, Pace.BY_EVENTS, AT_ONCE, now)).isEmpty();
    // Without events two requests are made anyway.
    assertThat(LookPlan.due(quiet, Pace.BY_LOOKS, AT_ONCE, now)).hasSize(2 * AT_ONCE);
  }

  @Test
  void whatChangesIsReadWithEachBeatForTenMinutes() {
    assertThat(pauses(true, Pace.BY_EVENTS, Duration.ofMinutes(10))).containsOnly(BEAT);
    assertThat(pauses(true, Pace.BY_EVENTS, Duration.ofMinutes(20)))
        .contains(Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @CsvSource({"BY_LOOKS, 15", "BY_EVENTS, 60"})
  void whatIsQuietIsReadEverLessOftenUpToABound(Pace pace, int bound) {
    var pauses = pauses(false, pace, Duration.ofHours(2));

    assertThat(pauses).isSorted().first().isEqualTo(BEAT);
    assertThat(pauses).last().isEqualTo(Duration.ofSeconds(bound));
  }

  @Test
  void tasksAreListedEachMinuteAndWithEachLookWhileSomeMayBeUnknown() {
    assertThat(LookPlan.lists(began, Instant.MIN, began.plusSeconds(59))).isFalse();
    assertThat(LookPlan.lists(began, Instant.MIN, began.plusSeconds(60))).isTrue();
    assertThat(LookPlan.lists(began, began.plusSeconds(6), began.plusSeconds(5))).isTrue();
    assertThat(LookPlan.lists(began, began.plusSeconds(6), began.plusSeconds(6))).isFalse();
    assertThat(LookPlan.lists(Instant.MIN, Instant.MIN, began)).isTrue();
  }

  /** The times between readings of a task that is one of very many, and stays as it is. */
  private List<Duration> pauses(boolean changing, Pace pace, Duration time) {
    // What takes all requests that are made anyway.
    var others =
        IntStream.range(0, 2 * AT_ONCE)
            .mapToObj(n -> new Candidate("other-" + n, true, false, began, began))
            .toList();
    var pauses = new ArrayList<Duration>();
    var readAt = clock.instant();
    while (clock.instant().isBefore(began.plus(time))) {
      clock.pass(BEAT);
      var now = clock.instant();
      var all = new ArrayList<>(others);
      all.add(new Candidate("task", false, changing, readAt, began));
      if (LookPlan.due(all, pace, AT_ONCE, now).contains("task")) {
        pauses.add(Duration.between(readAt, now));
        readAt = now;
      }
    }
    return pauses;
  }

  private Candidate quiet(String task, Instant readAt) {
    return new Candidate(task, false, false, readAt, began);
  }
}
