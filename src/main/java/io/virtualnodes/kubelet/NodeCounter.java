package io.virtualnodes.kubelet;

import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.GroupId;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What one node's containers have used of the processor, all in all, since it was first looked at:
 * pure. The sum over the present ones would shrink whenever a pod goes, and whoever reads a counter
 * that shrinks throws the figure away.
 *
 * @param at the newest figure in it
 * @param cpuNanos processor time, in nanoseconds
 * @param nanoCores the rate between the last two readings, in billionths of a processor; empty
 *     until there were two
 * @param seen each container when it was last seen
 */
record NodeCounter(Instant at, long cpuNanos, OptionalLong nanoCores, Map<Key, Seen> seen) {

  /** Before the first look. */
  static final NodeCounter START =
      new NodeCounter(Instant.EPOCH, 0, OptionalLong.empty(), Map.of());

  NodeCounter {
    seen = Map.copyOf(seen);
  }

  /** One container of the node. */
  record Key(GroupId group, String container) {
    static Key of(ContainerUsage usage) {
      return new Key(usage.group(), usage.container());
    }
  }

  /**
   * A container's processor time at one instant.
   *
   * @param nanoCores its rate up to then; empty if it was seen for the first time
   */
  record Seen(Instant at, long cpuNanos, OptionalLong nanoCores) {}

  /**
   * With the figures of a newer reading.
   *
   * @param read when it began, which counts if there is no container
   * @param usages of this node's containers
   * @param present the groups of the node's pods: of these nothing is forgotten, also if the
   *     reading lacks them, since all that they ever used would count once more when they are back
   */
  NodeCounter next(Instant read, List<ContainerUsage> usages, Set<GroupId> present) {
    var seenNow = new HashMap<>(seen);
    seenNow.keySet().removeIf(key -> !present.contains(key.group()));
    long used = cpuNanos;
    for (var usage : usages) {
      if (usage.cpuNanos().isPresent()) {
        var key = Key.of(usage);
        used += usedSince(seen.get(key), usage);
        seenNow.put(key, seen(seen.get(key), usage));
      }
    }
    var newest = usages.stream().map(ContainerUsage::at).max(Instant::compareTo).orElse(read);
    var now = newest.isAfter(at) ? newest : at;
    boolean comparable = !at.equals(Instant.EPOCH) && now.isAfter(at);
    return new NodeCounter(
        now, used, comparable ? rate(used - cpuNanos, at, now) : nanoCores, seenNow);
  }

  OptionalLong nanoCores(ContainerUsage usage) {
    var known = seen.get(Key.of(usage));
    return known == null ? OptionalLong.empty() : known.nanoCores();
  }

  private long usedSince(Seen before, ContainerUsage usage) {
    long cpu = usage.cpuNanos().getAsLong();
    if (before != null && isSameInstance(before, usage)) {
      return cpu - before.cpuNanos();
    }
    // One that ran already at the reading before, which lacked it: when it used this is not known,
    // and all of it within a few seconds would be a lie.
    boolean missed = before == null && !at.equals(Instant.EPOCH) && usage.started().isBefore(at);
    return missed ? 0 : cpu;
  }

  private static Seen seen(Seen before, ContainerUsage usage) {
    long cpu = usage.cpuNanos().getAsLong();
    if (before == null || !isSameInstance(before, usage)) {
      return new Seen(usage.at(), cpu, OptionalLong.empty());
    }
    if (!usage.at().isAfter(before.at())) {
      return before; // The backend measures less often than it is read.
    }
    return new Seen(usage.at(), cpu, rate(cpu - before.cpuNanos(), before.at(), usage.at()));
  }

  private static boolean isSameInstance(Seen before, ContainerUsage usage) {
    return !usage.started().isAfter(before.at())
        && usage.cpuNanos().getAsLong() >= before.cpuNanos();
  }

  private static OptionalLong rate(long nanos, Instant from, Instant to) {
    // A year of a hundred processors, in nanoseconds times nanoseconds, is more than a long holds.
    return OptionalLong.of(
        BigInteger.valueOf(nanos)
            .multiply(BigInteger.valueOf(Duration.ofSeconds(1).toNanos()))
            .divide(BigInteger.valueOf(Math.max(1, Duration.between(from, to).toNanos())))
            .longValue());
  }
}
