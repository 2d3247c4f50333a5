package io.virtualnodes.pool;

import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.Quota.Counts;
import io.virtualnodes.backend.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a pool's backend has room for more, and up to when finished groups are given up to make
 * some. Launches tell it from any thread; one thread at a time tells it of looks.
 */
final class Room {
  /**
   * This share of the number of groups is kept free of finished ones, so that most pods that come
   * find room at once. A burst that is larger is refused first, and then has as much as it needs.
   */
  static final double KEPT_FREE = 0.1;

  private static final Duration NO_CAPACITY = Duration.ofMinutes(3);
  private static final int LONGEST_NO_CAPACITY_DOUBLINGS = 4;

  private final InstantSource clock;
  private final AtomicInteger shortages = new AtomicInteger();
  // Launches since the last look that finished groups stood in the way of.
  private final AtomicInteger refused = new AtomicInteger();
  private volatile Instant noCapacityUntil = Instant.EPOCH;
  private volatile Instant givenUpTo = Instant.MIN;

  Room(InstantSource clock) {
    this.clock = clock;
  }

  /** A group was accepted. */
  void launched() {
    shortages.set(0);
  }

  /**
   * A launch found no room.
   *
   * @return whether it is news that there is none. Where finished groups can be given up there soon
   *     is
   */
  boolean refused(NoCapacity failure, Optional<Snapshot> latest) {
    if (failure.counts() == Counts.UNTIL_DELETED && latest.filter(Room::hasFinished).isPresent()) {
      refused.incrementAndGet();
      return false;
    }
    if (!clock.instant().isAfter(noCapacityUntil)) {
      return false;
    }
    int doublings = Math.min(shortages.getAndIncrement(), LONGEST_NO_CAPACITY_DOUBLINGS);
    noCapacityUntil = clock.instant().plus(NO_CAPACITY.multipliedBy(1L << doublings));
    return true;
  }

  /** Whether nothing new should come for now. */
  boolean isLacking() {
    return clock.instant().isBefore(noCapacityUntil);
  }

  /**
   * What a look saw.
   *
   * @return whether more is given up than before
   */
  boolean looked(Snapshot snapshot, Optional<Quota> quota) {
    var groups = snapshot.groups();
    var upTo = givenUpTo(groups, lacking(groups.size(), quota, refused.getAndSet(0)));
    boolean more = upTo.isAfter(givenUpTo);
    if (more) {
      givenUpTo = upTo;
    }
    return more;
  }

  /** Groups that finished at this instant or before are given up. */
  Instant givenUpTo() {
    return givenUpTo;
  }

  private static boolean hasFinished(Snapshot snapshot) {
    return snapshot.groups().stream().anyMatch(group -> group.progress() == Progress.FINISHED);
  }

  /**
   * How many groups have to go.
   *
   * @param groups how many there are
   * @param refused how many launches finished groups stood in the way of
   */
  static int lacking(int groups, Optional<Quota> quota, int refused) {
    int crowded =
        quota
            .filter(known -> known.counts() == Counts.UNTIL_DELETED)
            .map(known -> groups - (int) (known.groups() * (1 - KEPT_FREE)))
            .orElse(0);
    return Math.max(refused, crowded);
  }

  /**
   * The end of the last one that is given up, if the oldest go first; before all times if none is.
   *
   * @param lacking how many have to go, as far as there are so many that have finished
   */
  static Instant givenUpTo(List<Observation> groups, int lacking) {
    return groups.stream()
        .flatMap(group -> group.finishedAt().stream())
        .sorted()
        .limit(Math.max(0, lacking))
        .reduce(Instant.MIN, (_, later) -> later);
  }
}
