package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.simulated.Journal.Entry;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The groups of one pool. Its monitor guards the groups and their journal together: what is written
 * there is what happened, in that order.
 */
final class Holdings {
  // What is deleted is kept this long for lists that show the past; none shows more of it.
  static final Duration REMEMBERED = Duration.ofMinutes(2);

  private final Journal journal;
  private final Map<GroupId, SimulatedGroup> groups = new LinkedHashMap<>();
  // Of the groups that were not deleted, ended ones included: as much as what runs, or more.
  private Footprint present = Footprint.NONE;
  // Host numbers in the network of the addresses.
  private int lastAddress;

  Holdings(Journal journal) {
    this.journal = journal;
    journal.read().forEach(this::replay);
  }

  private void replay(Entry entry) {
    var id = GroupId.parse(entry.id());
    switch (entry) {
      case Entry.Accepted(_, _, var group) -> {
        keep(group);
        lastAddress++;
      }
      case Entry.Stopped(var at, _, var grace) ->
          Optional.ofNullable(groups.get(id)).ifPresent(group -> keep(group.stopped(at, grace)));
      case Entry.Deleted _, Entry.Lost _ -> discount(groups.remove(id));
    }
  }

  private void keep(SimulatedGroup group) {
    discount(groups.put(group.id(), group));
    if (group.deletedAt().isEmpty()) {
      present = present.plus(group);
    }
  }

  /** A group is not held any more, or not as it was. */
  private void discount(SimulatedGroup before) {
    if (before != null && before.deletedAt().isEmpty()) {
      present = present.minus(before);
    }
  }

  /**
   * Takes a group unless it is there.
   *
   * @param make is handed the address that the group gets; may refuse by an exception
   */
  synchronized boolean accept(GroupId id, Instant now, Function<String, SimulatedGroup> make) {
    var before = groups.get(id);
    if (before != null && before.existsAt(now)) {
      return false;
    }
    var group = make.apply(address(lastAddress + 1));
    journal.write(new Entry.Accepted(now, id.toString(), group));
    keep(group);
    lastAddress++;
    return true;
  }

  synchronized void stop(GroupId id, Instant now, Duration grace) {
    var group = groups.get(id);
    if (group == null || !group.existsAt(now) || Timeline.of(group, now).finished()) {
      return;
    }
    journal.write(new Entry.Stopped(now, id.toString(), grace));
    keep(group.stopped(now, grace));
  }

  synchronized void delete(GroupId id, Instant now) {
    var group = groups.get(id);
    if (group == null || !group.existsAt(now)) {
      return;
    }
    journal.write(new Entry.Deleted(now, id.toString()));
    keep(group.deleted(now));
  }

  synchronized Optional<SimulatedGroup> find(GroupId id, Instant now) {
    return Optional.ofNullable(groups.get(id)).filter(group -> group.existsAt(now));
  }

  /** What there was at an instant. */
  synchronized List<SimulatedGroup> at(Instant instant, Instant now) {
    forget(now);
    return groups.values().stream().filter(group -> group.existsAt(instant)).toList();
  }

  /** What all groups take that were not deleted, whether they run or have ended. */
  synchronized Footprint present() {
    return present;
  }

  /** What those take that run. */
  synchronized Footprint running(Instant now) {
    var running = Footprint.NONE;
    for (var group : at(now, now)) {
      if (!Timeline.of(group, now).finished()) {
        running = running.plus(group);
      }
    }
    return running;
  }

  private void forget(Instant now) {
    groups.values().stream()
        .filter(group -> group.vanishesAt().filter(at -> !at.isAfter(now)).isPresent())
        .filter(group -> group.deletedAt().isEmpty())
        .toList()
        .forEach(
            lost -> {
              journal.write(new Entry.Lost(now, lost.id().toString()));
              keep(lost.deleted(lost.vanishesAt().orElseThrow()));
            });
    groups
        .values()
        .removeIf(
            group -> group.deletedAt().filter(at -> at.plus(REMEMBERED).isBefore(now)).isPresent());
  }

  /** Of 198.18.0.0/15, which RFC 2544 sets aside for benchmarks: no real network has it. */
  private static String address(int number) {
    int host = 1 + (number - 1) % 131_070;
    return "198.%d.%d.%d".formatted(18 + (host >> 16), host >> 8 & 0xff, host & 0xff);
  }
}
