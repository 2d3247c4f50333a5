package io.virtualnodes.pod;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrphanSweepTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "0, 0, false",
    "1, 1, false",
    "10, 10, false", // few
    "11, 11, true",
    "11, 109, true",
    "11, 110, false", // a tenth
    "12, 110, true",
    "500, 1000, true",
    "100, 1000, false",
    "101, 1000, true",
  })
  void aSweepOfMuchOfAPoolWaits(int orphans, int groups, boolean waits) {
    assertThat(brakes(orphans, groups, NOON)).isEqualTo(waits);
  }

  @Test
  void aSweepThatWaitedTwoMinutesIsRight() {
    assertThat(brakes(50, 50, NOON.minus(Duration.ofMinutes(2)).plusMillis(1))).isTrue();
    assertThat(brakes(50, 50, NOON.minus(Duration.ofMinutes(2)))).isFalse();
  }

  @Test
  void theYoungestSuspicionDecides() {
    var orphans = orphans(50);
    var since = new HashMap<String, Instant>();
    orphans.forEach(orphan -> since.put(orphan.id().podUid(), NOON.minusSeconds(3600)));
    since.put(orphans.getLast().id().podUid(), NOON.minusSeconds(1));

    assertThat(OrphanSweep.brakes(orphans, 50, since, NOON)).isTrue();
  }

  private static boolean brakes(int orphans, int groups, Instant suspectedSince) {
    var found = orphans(orphans);
    var since = found.stream().collect(toMap(o -> o.id().podUid(), _ -> suspectedSince));
    return OrphanSweep.brakes(found, groups, since, NOON);
  }

  private static List<Observation> orphans(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            number ->
                new Observation(
                    GroupId.first("uid-" + number),
                    new GroupOwner("burst", "burst-0", "shop", "web-" + number),
                    Progress.ALIVE,
                    List.of(),
                    List.of(),
                    NOON,
                    Optional.empty()))
        .toList();
  }
}
