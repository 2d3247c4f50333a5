package io.virtualnodes.backend.aci;

import com.azure.resourcemanager.containerinstance.fluent.models.ContainerGroupInner;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Which subnet and which zone of the pool each group gets: those that have the fewest, and those
 * that had no room a short while ago last. It asks nobody; lists and answers are told to it. Used
 * by many threads.
 *
 * <p>What a group was given it keeps until Azure has said that it was not made: the answer to its
 * creation may be lost, and the same request once more, for another subnet, would be a request to
 * change a group that is there.
 */
final class AciSeats {
  /**
   * How many groups a subnet takes.
   *
   * @see <a
   *     href="https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits">
   *     Limits</a>
   */
  static final int MOST_IN_A_SUBNET = 3000;

  // A zone that has no room has none for minutes; after this nobody knows.
  private static final Duration REMEMBERED = Duration.ofMinutes(10);
  // A pod that waits comes back every minute at the latest. One that does not is gone.
  private static final Duration KEPT = Duration.ofMinutes(10);

  private final AciPlace place;
  // All guarded by this. By name: every group of the last list, others' too.
  private Map<String, Seated> listed = Map.of();
  // By name, of groups that the last list did not show.
  private final Map<String, Given> given = new HashMap<>();
  // When a subnet or a zone last had no room.
  private final Map<String, Instant> fullSubnets = new HashMap<>();
  private final Map<String, Instant> fullZones = new HashMap<>();

  private record Seated(AciSeat seat, boolean ours) {}

  private record Given(AciSeat seat, Instant at) {}

  AciSeats(AciPlace place) {
    this.place = place;
  }

  /**
   * Where the group is to be asked for; the same each time until it {@link #failed}.
   *
   * @throws NoCapacity if every subnet is full
   */
  synchronized AciSeat of(String name, Instant now) {
    var known = given.get(name);
    var seat = known == null ? choose(now) : known.seat();
    given.put(name, new Given(seat, now));
    return seat;
  }

  private AciSeat choose(Instant now) {
    var free =
        place.subnetIds().stream().filter(subnet -> inSubnet(subnet) < MOST_IN_A_SUBNET).toList();
    if (free.isEmpty() && place.hasAddresses()) {
      throw new NoCapacity(
          "spec.backends[].aci.subnetIds: each subnet has the %d container groups that Azure lets it have"
              .formatted(MOST_IN_A_SUBNET),
          null);
    }
    return new AciSeat(
        free.stream().min(order(fullSubnets, this::inSubnet, now)),
        place.zones().stream().min(order(fullZones, this::inZone, now)));
  }

  /** Of two that are alike the first one is taken, so that another process does the same. */
  private static Comparator<String> order(
      Map<String, Instant> full, ToIntFunction<String> groups, Instant now) {
    return Comparator.comparing(
            (String one) -> mayHaveRoom(full, one, now) ? Instant.MIN : full.get(one))
        .thenComparingInt(groups);
  }

  private int inSubnet(String subnet) {
    return count(listed.values().stream().map(Seated::seat).toList(), seat -> seat.isIn(subnet));
  }

  /** Of this pool's: others' say nothing of how these are spread. */
  private int inZone(String zone) {
    return count(
        listed.values().stream().filter(Seated::ours).map(Seated::seat).toList(),
        seat -> seat.zone().filter(zone::equals).isPresent());
  }

  private int count(List<AciSeat> seats, Predicate<AciSeat> wanted) {
    return (int)
        (seats.stream().filter(wanted).count()
            + given.values().stream().map(Given::seat).filter(wanted).count());
  }

  /**
   * A group that was asked for there is not made, as far as the failure says.
   *
   * @return whether there is another place that may have the room which this one has not
   */
  synchronized boolean failed(String name, AciSeat seat, BackendException failure, Instant now) {
    if (failure instanceof Unavailable) {
      return false;
    }
    given.remove(name);
    return failure instanceof NoCapacity noCapacity
        && switch (AciFailures.lack(noCapacity)) {
          case SUBNET -> {
            place.subnetIds().stream()
                .filter(seat::isIn)
                .forEach(subnet -> fullSubnets.put(subnet, now));
            yield place.subnetIds().stream()
                .anyMatch(subnet -> mayHaveRoom(fullSubnets, subnet, now));
          }
          case ROOM -> {
            seat.zone().ifPresent(zone -> fullZones.put(zone, now));
            yield place.zones().stream().anyMatch(zone -> mayHaveRoom(fullZones, zone, now));
          }
          case QUOTA -> false;
        };
  }

  private static boolean mayHaveRoom(Map<String, Instant> full, String one, Instant now) {
    return !full.containsKey(one) || !full.get(one).plus(REMEMBERED).isAfter(now);
  }

  /** A group is not wanted any more, or could not be made and was taken away. */
  synchronized void left(String name) {
    given.remove(name);
  }

  /** Every group of the resource group. */
  synchronized void listed(Collection<ContainerGroupInner> groups, Instant now) {
    var seen = new HashMap<String, Seated>();
    for (var group : groups) {
      boolean ours =
          group.tags() != null && place.poolUid().equals(group.tags().get(AciTags.POOL_UID));
      seen.put(group.name(), new Seated(AciSeat.of(group), ours));
    }
    listed = Map.copyOf(seen);
    given
        .entrySet()
        .removeIf(
            entry ->
                seen.containsKey(entry.getKey()) || entry.getValue().at().plus(KEPT).isBefore(now));
  }
}
