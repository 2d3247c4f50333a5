package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.ProbeTally.Result;
import io.virtualnodes.backend.supervisor.ProbeRule.Kind;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;

/** Counts what probes come to; from any thread. */
final class ProbeTallies {
  private final ConcurrentMap<Counted, LongAdder> counts = new ConcurrentHashMap<>();

  private record Counted(GroupId group, String container, Kind kind, Result result) {}

  void count(Instance instance, Kind kind, Outcome outcome) {
    var result =
        switch (outcome) {
          case Outcome.Passed _, Outcome.PassedWith _ -> Result.SUCCESSFUL;
          case Outcome.Failed _ -> Result.FAILED;
          case Outcome.Impossible _ -> Result.UNKNOWN;
        };
    counts
        .computeIfAbsent(
            new Counted(instance.group(), instance.container(), kind, result), _ -> new LongAdder())
        .increment();
  }

  List<ProbeTally> all() {
    return counts.entrySet().stream()
        .map(
            entry ->
                new ProbeTally(
                    entry.getKey().group(),
                    entry.getKey().container(),
                    entry.getKey().kind().toString(),
                    entry.getKey().result(),
                    entry.getValue().sum()))
        // One may be asked for between its making and its first count.
        .filter(tally -> tally.count() > 0)
        .toList();
  }

  /** Forgets those of all other groups. */
  void retain(Predicate<GroupId> groups) {
    counts.keySet().removeIf(counted -> !groups.test(counted.group()));
  }
}
