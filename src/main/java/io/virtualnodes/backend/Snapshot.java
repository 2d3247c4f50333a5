package io.virtualnodes.backend;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Everything that one list said.
 *
 * @param began when the list was asked for, not when it answered: what was requested later may be
 *     missing from it
 * @param groups every group, also several of one pod
 */
public record Snapshot(Instant began, List<Observation> groups, Map<String, Observation> byPod) {

  public Snapshot(Instant began, List<Observation> groups) {
    this(began, List.copyOf(groups), latestByPod(groups));
  }

  /** The group of the pod with this uid; of several, the one of the latest attempt. */
  public Optional<Observation> group(String podUid) {
    return Optional.ofNullable(byPod.get(podUid));
  }

  private static Map<String, Observation> latestByPod(List<Observation> groups) {
    return groups.stream()
        .collect(
            Collectors.toUnmodifiableMap(
                group -> group.id().podUid(),
                Function.identity(),
                BinaryOperator.maxBy(
                    java.util.Comparator.comparingInt(group -> group.id().attempt()))));
  }
}
