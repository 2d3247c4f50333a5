package io.virtualnodes.node;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.virtualnodes.api.NodeTaint;
import io.virtualnodes.api.VirtualNodePool;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which taints a node carries, and how ours are kept apart from everybody else's. */
public final class NodeTaints {
  private NodeTaints() {}

  /** What a node is going through; each state is one taint. */
  public enum State {
    STOPPED(NodeKeys.STOPPED),
    DRAINING(NodeKeys.DRAINING),
    BACKEND_UNAVAILABLE(NodeKeys.BACKEND_UNAVAILABLE),
    NO_CAPACITY(NodeKeys.NO_CAPACITY);

    private final String key;

    State(String key) {
      this.key = key;
    }
  }

  /**
   * Our taints: the pool's own, or the default if it names none, and those of the node's states.
   */
  static List<Taint> desired(VirtualNodePool pool, Set<State> states) {
    return Stream.concat(
            ofPool(pool),
            // Declaration order, so that the same states always make the same list.
            Stream.of(State.values())
                .filter(states::contains)
                .map(state -> taint(state.key, null, NodeTaint.Effect.NoSchedule)))
        .toList();
  }

  private static Stream<Taint> ofPool(VirtualNodePool pool) {
    var named = pool.getSpec().nodes().taints();
    if (named == null) {
      return Stream.of(
          taint(NodeKeys.POOL, pool.getMetadata().getName(), NodeTaint.Effect.NoSchedule));
    }
    return named.stream().map(taint -> taint(taint.key(), taint.value(), taint.effect()));
  }

  /**
   * The list after our taints are brought up to date: others' stay as and where they are.
   *
   * @param current the node's taints
   * @param applied ids of the taints that we put there before
   * @param desired our taints as they should be
   */
  static List<Taint> merged(List<Taint> current, Set<String> applied, List<Taint> desired) {
    var wanted = desired.stream().map(NodeTaints::id).collect(Collectors.toSet());
    var merged = new ArrayList<Taint>();
    for (var taint : current) {
      var id = id(taint);
      if (wanted.contains(id)) {
        merged.add(desired.stream().filter(ours -> id(ours).equals(id)).findFirst().orElseThrow());
      } else if (!applied.contains(id)) {
        merged.add(taint);
      }
    }
    var present = merged.stream().map(NodeTaints::id).collect(Collectors.toSet());
    desired.stream().filter(taint -> !present.contains(id(taint))).forEach(merged::add);
    return List.copyOf(merged);
  }

  /** Key and effect are what tells taints of one node apart. */
  static String id(Taint taint) {
    return taint.getKey() + ":" + taint.getEffect();
  }

  /** Equal but for the time that the API server adds to some. */
  static boolean same(List<Taint> one, List<Taint> other) {
    return one.size() == other.size()
        && java.util.stream.IntStream.range(0, one.size())
            .allMatch(
                i ->
                    id(one.get(i)).equals(id(other.get(i)))
                        && Objects.equals(one.get(i).getValue(), other.get(i).getValue()));
  }

  private static Taint taint(String key, String value, NodeTaint.Effect effect) {
    return new TaintBuilder()
        .withKey(key)
        .withValue(value == null || value.isEmpty() ? null : value)
        .withEffect(effect.name())
        .build();
  }
}
