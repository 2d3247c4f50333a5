package io.virtualnodes.pool;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Since when nobody has asked a backend for groups of a node that is about to begin. What was asked
 * before, by an earlier process or an earlier run of the node in this one, may not be listed yet; a
 * node that is new while this process leads need not wait for that. Used by many threads.
 */
final class QuietTimes {
  private Optional<Instant> leading = Optional.empty();
  private final Set<String> begun = new HashSet<>();
  private final Map<String, Instant> ended = new HashMap<>();

  /** This process runs pools. Only the first time counts: no other has done so since. */
  synchronized void leads(Instant now) {
    leading = leading.or(() -> Optional.of(now));
  }

  /**
   * A node begins.
   *
   * @return since when nobody asked for groups of its pods
   */
  synchronized Instant begins(String node, Instant now) {
    leads(now);
    if (!begun.add(node)) {
      // It tried before, and may have asked until this moment.
      return now;
    }
    var since = leading.get();
    var last = ended.getOrDefault(node, since);
    return last.isAfter(since) ? last : since;
  }

  /** Nothing of a node runs any more. */
  synchronized void ended(String node, Instant now) {
    begun.remove(node);
    ended.put(node, now);
  }
}
