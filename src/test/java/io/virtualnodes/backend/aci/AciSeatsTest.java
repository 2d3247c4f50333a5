package io.virtualnodes.backend.aci;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AciSeatsTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final String ONE = Azures.SUBNET + "-1";
  private static final String TWO = Azures.SUBNET + "-2";
  private static final NoCapacity NO_ROOM =
      new NoCapacity(
          "ServiceUnavailable: The requested resource is not available in the location 'eastus' at"
              + " this moment.",
          null);
  private static final NoCapacity FULL =
      new NoCapacity("SubnetIsFull: Subnet n does not have enough capacity.", null);

  private final AciSeats seats =
      new AciSeats(new PlaceBuilder().subnets(ONE, TWO).zones("1", "2", "3").build());

  @Test
  void aPoolThatNamesNeitherSubnetNorZoneHasOneSeat() {
    var nowhere = new AciSeats(new PlaceBuilder().subnets().build());

    assertThat(nowhere.of("a", NOON)).isEqualTo(new AciSeat(Optional.empty(), Optional.empty()));
  }

  @Test
  void groupsThatAreAskedForAtOnceAreSpreadBeforeAnyListShowsThem() {
    var given = IntStream.range(0, 6).mapToObj(i -> seats.of("group-" + i, NOON)).toList();

    assertThat(given.stream().collect(groupingBy(seat -> seat.subnetId().get(), counting())))
        .isEqualTo(Map.of(ONE, 3L, TWO, 3L));
    assertThat(given.stream().collect(groupingBy(seat -> seat.zone().get(), counting())))
        .isEqualTo(Map.of("1", 2L, "2", 2L, "3", 2L));
  }

  @Test
  void theSubnetWithTheFewestGroupsIsTakenWhoeversTheyAre() {
    seats.listed(
        List.of(others("a", ONE), others("b", ONE.toUpperCase(Locale.ROOT)), ours("c", TWO, "1")),
        NOON);

    assertThat(seats.of("d", NOON).subnetId()).contains(TWO);
    // Only this pool's own groups say how its groups are spread.
    assertThat(seats.of("e", NOON).zone()).contains("3");
  }

  @Test
  void aGroupWhoseAnswerWasLostIsAskedForAtTheSamePlace() {
    var first = seats.of("a", NOON);
    seats.failed("a", first, new Unavailable("the answer was lost", null), NOON);
    // Meanwhile others make the other places emptier.
    seats.listed(Stream.of("x", "y", "z").map(name -> ours(name, ONE, "1")).toList(), NOON);

    assertThat(seats.of("a", NOON.plusSeconds(30))).isEqualTo(first);
  }

  @Test
  void aZoneWithoutRoomIsTriedLastForAWhile() {
    var first = seats.of("a", NOON);
    seats.failed("a", first, NO_ROOM, NOON);
    var second = seats.of("a", NOON.plusSeconds(60));
    seats.failed("a", second, NO_ROOM, NOON.plusSeconds(60));
    var third = seats.of("a", NOON.plusSeconds(120));
    seats.failed("a", third, NO_ROOM, NOON.plusSeconds(120));

    assertThat(Stream.of(first, second, third).map(seat -> seat.zone().get()))
        .containsExactly("1", "2", "3");
    // Once all were, the one is tried for which it was longest ago, and others do not try it first.
    assertThat(seats.of("a", NOON.plusSeconds(180)).zone()).contains("1");
    assertThat(seats.of("b", NOON.plusSeconds(180)).zone()).contains("1");
    // Long after nobody knows any more, and the numbers count.
    assertThat(seats.of("c", NOON.plus(Duration.ofHours(1))).zone()).contains("2");
  }

  @Test
  void aSubnetWithoutAddressesIsTriedLast() {
    var first = seats.of("a", NOON);
    seats.failed("a", first, FULL, NOON);

    assertThat(first.subnetId()).contains(ONE);
    assertThat(seats.of("a", NOON.plusSeconds(60)))
        .isEqualTo(new AciSeat(Optional.of(TWO), Optional.of("1")));
  }

  @Test
  void aQuotaIsNoFaultOfTheZone() {
    var first = seats.of("a", NOON);
    seats.failed("a", first, new NoCapacity("ContainerGroupQuotaReached: …", null), NOON);

    assertThat(seats.of("a", NOON)).isEqualTo(first);
  }

  @Test
  void whatWasNotMadeTakesUpNoPlace() {
    var first = seats.of("a", NOON);
    seats.failed("a", first, new Rejected("never", null), NOON);
    assertThat(seats.of("b", NOON)).isEqualTo(first);

    seats.left("b");
    assertThat(seats.of("c", NOON)).isEqualTo(first);
  }

  @Test
  void whoDoesNotComeBackTakesUpNoPlaceForEver() {
    var first = seats.of("a", NOON);
    var later = NOON.plus(Duration.ofMinutes(11));

    seats.listed(List.of(), later);

    assertThat(seats.of("b", later)).isEqualTo(first);
  }

  @Test
  void aListedGroupCountsOnce() {
    seats.of("a", NOON);
    seats.listed(List.of(ours("a", ONE, "1")), NOON.plusSeconds(5));

    var next = Stream.of("b", "c", "d").map(name -> seats.of(name, NOON.plusSeconds(5))).toList();

    assertThat(next).extracting(seat -> seat.subnetId().get()).containsExactly(TWO, ONE, TWO);
  }

  @Test
  void aSubnetTakesThreeThousandGroups() {
    var full = new AciSeats(new PlaceBuilder().subnets(ONE).build());
    full.listed(IntStream.range(0, 2999).mapToObj(i -> others("g-" + i, ONE)).toList(), NOON);

    assertThat(full.of("last", NOON).subnetId()).contains(ONE);
    assertThatThrownBy(() -> full.of("one-too-many", NOON))
        .isInstanceOf(NoCapacity.class)
        .hasMessageContaining("spec.backends[].aci.subnetIds: each subnet has the 3000");
  }

  private static ContainerGroupInner ours(String name, String subnet, String zone) {
    return group(name, subnet, zone, "pool-uid");
  }

  private static ContainerGroupInner others(String name, String subnet) {
    return group(name, subnet, "2", "another");
  }

  private static ContainerGroupInner group(String name, String subnet, String zone, String pool) {
    return Azures.group(
        """
        {"name": "%s", "zones": ["%s"], "tags": {"virtualnodes-pool-uid": "%s"},
         "properties": {"containers": [], "subnetIds": [{"id": "%s"}]}}
        """
            .formatted(name, zone, pool, subnet));
  }
}
