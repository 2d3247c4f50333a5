package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Quota.Counts;
import io.virtualnodes.backend.Snapshot;
import io.virtualnodes.backend.simulated.DrivenClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final NoCapacity OF_ENDED = new NoCapacity("full", Counts.UNTIL_DELETED, null);
  private static final NoCapacity OF_RUNNING = new NoCapacity("full", null);

  private final DrivenClock clock = new DrivenClock();
  private final Room room = new Room(clock);

  @ParameterizedTest
  @CsvSource({
    "UNTIL_DELETED, 100,  90,  0,  0",
    "UNTIL_DELETED, 100,  91,  0,  1",
    "UNTIL_DELETED, 100, 100,  0, 10",
    "UNTIL_DELETED, 100, 100, 40, 40",
    "UNTIL_DELETED, 100,  50, 40, 40",
    "UNTIL_DELETED,   1,   1,  0,  1",
    "RUNNING,       100, 500,  0,  0",
  })
  void asManyGoAsWereRefusedOrAsKeepTheTenthFree(
      Counts counts, int quota, int groups, int refused, int lacking) {
    var known = Optional.of(new Quota(100_000, 1L << 40, quota, counts));

    assertThat(Room.lacking(groups, known, refused)).isEqualTo(lacking);
  }

  @Test
  void withoutAKnownQuotaOnlyRefusalsCount() {
    assertThat(Room.lacking(1000, Optional.empty(), 0)).isZero();
    assertThat(Room.lacking(1000, Optional.empty(), 3)).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "0, -1000000000-01-01T00:00:00Z",
    "1, 2026-03-01T12:00:00Z",
    "3, 2026-03-01T12:02:00Z",
    "9, 2026-03-01T12:04:00Z",
  })
  void theOldestFinishedGoFirstAndNoneThatRuns(int lacking, Instant upTo) {
    var groups = Stream.concat(Stream.of(alive(90), alive(91)), finished(5).reversed().stream());

    assertThat(Room.givenUpTo(groups.toList(), lacking)).isEqualTo(upTo);
  }

  @Test
  void aRefusalThatFinishedGroupsStandInTheWayOfMakesRoomAndNoTaint() {
    assertThat(room.refused(OF_ENDED, look(finished(5)))).isFalse();
    assertThat(room.refused(OF_ENDED, look(finished(5)))).isFalse();

    assertThat(room.looked(look(finished(5)).orElseThrow(), Optional.empty())).isTrue();
    assertThat(room.givenUpTo()).isEqualTo(NOON.plus(Duration.ofMinutes(1)));
    assertThat(room.isLacking()).isFalse();
    // What was given up is not counted again.
    assertThat(room.looked(look(finished(5)).orElseThrow(), Optional.empty())).isFalse();
  }

  @Test
  void aRefusalThatNoFinishedGroupExplainsKeepsNewPodsAwayForLongerAndLonger() {
    assertThat(room.refused(OF_ENDED, look(List.of(alive(1))))).isTrue();
    assertThat(room.refused(OF_RUNNING, look(finished(5)))).as("no news").isFalse();
    assertThat(room.isLacking()).isTrue();
    clock.pass(Duration.ofMinutes(3).plusMillis(1));
    assertThat(room.isLacking()).isFalse();

    assertThat(room.refused(OF_RUNNING, look(finished(5)))).isTrue();
    clock.pass(Duration.ofMinutes(5));
    assertThat(room.isLacking()).isTrue();
    clock.pass(Duration.ofMinutes(2));
    assertThat(room.isLacking()).isFalse();
    assertThat(room.looked(look(finished(5)).orElseThrow(), Optional.empty())).isFalse();

    room.launched();
    room.refused(OF_RUNNING, Optional.empty());
    clock.pass(Duration.ofMinutes(4));
    assertThat(room.isLacking()).isFalse();
  }

  private static Optional<Snapshot> look(List<Observation> groups) {
    return Optional.of(new Snapshot(NOON, groups));
  }

  /** Ended a minute after each other, from noon on. */
  private static List<Observation> finished(int count) {
    return IntStream.range(0, count)
        .mapToObj(n -> group(n, Progress.FINISHED, Optional.of(NOON.plus(Duration.ofMinutes(n)))))
        .toList();
  }

  private static Observation alive(int n) {
    return group(n, Progress.ALIVE, Optional.empty());
  }

  private static Observation group(int n, Progress progress, Optional<Instant> finishedAt) {
    return new Observation(
        GroupId.first("uid-" + n),
        new GroupOwner("burst", "burst-0", "team-a", "pod-" + n),
        progress,
        List.of(),
        List.of(),
        NOON.minusSeconds(60),
        finishedAt);
  }
}
