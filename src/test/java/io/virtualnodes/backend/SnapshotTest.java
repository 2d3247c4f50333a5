package io.virtualnodes.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Observation.Progress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SnapshotTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void aPodHasTheGroupOfItsLatestAttempt() {
    var snapshot =
        new Snapshot(NOON, List.of(group("a", 1), group("a", 10), group("b", 0), group("a", 2)));

    assertThat(snapshot.group("a")).contains(group("a", 10));
    assertThat(snapshot.group("b")).contains(group("b", 0));
    assertThat(snapshot.group("c")).isEmpty();
    assertThat(snapshot.groups()).hasSize(4);
  }

  @Test
  void whatTheListBecomesLaterChangesNothing() {
    var groups = new ArrayList<>(List.of(group("a", 0)));
    var snapshot = new Snapshot(NOON, groups);

    groups.clear();

    assertThat(snapshot.groups()).containsExactly(group("a", 0));
  }

  private static Observation group(String uid, int attempt) {
    return new Observation(
        new GroupId(uid, attempt),
        new GroupOwner("burst", "burst-0", "shop", "web"),
        Progress.ALIVE,
        List.of(),
        List.of(),
        NOON,
        Optional.empty());
  }
}
