package io.virtualnodes.backend.aci;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.aci.ReadingPlan.Candidate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadingPlanTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final Instant LONG_AGO = NOON.minus(Duration.ofHours(1));

  @Test
  void whatIsNewComesFirstThenWhatIsOverdueLongest() {
    var plan =
        ReadingPlan.due(
            List.of(quiet("due", 16), quiet("overdue", 60), quiet("not-due", 14), unread("new")),
            10,
            NOON);

    assertThat(plan).containsExactly("new", "overdue", "due");
  }

  @Test
  void whatChangedLatelyIsReadAtEachBeat() {
    var changing =
        new Candidate("changing", false, false, NOON.minusSeconds(5), NOON.minusSeconds(20));

    assertThat(ReadingPlan.due(List.of(changing), 10, NOON)).containsExactly("changing");
  }

  @Test
  void whatHasFinishedIsReadOnlyIfTheListSaysSomethingNew() {
    var finished = new Candidate("finished", false, true, LONG_AGO, LONG_AGO);
    var news = new Candidate("news", true, true, LONG_AGO, LONG_AGO);

    assertThat(ReadingPlan.due(List.of(finished, news), 10, NOON)).containsExactly("news");
  }

  @Test
  void noMoreAreReadThanAzureGrants() {
    var three = List.of(unread("one"), unread("two"), unread("three"));

    assertThat(ReadingPlan.due(three, 2, NOON)).hasSize(2);
    assertThat(ReadingPlan.due(three, 0, NOON)).isEmpty();
    assertThat(ReadingPlan.due(three, -30, NOON)).isEmpty();
  }

  private static Candidate unread(String name) {
    return new Candidate(name, true, false, Instant.MIN, Instant.MIN);
  }

  private static Candidate quiet(String name, int secondsAgo) {
    return new Candidate(name, false, false, NOON.minusSeconds(secondsAgo), LONG_AGO);
  }
}
