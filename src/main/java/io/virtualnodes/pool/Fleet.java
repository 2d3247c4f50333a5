package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Node;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.node.NodeTaints.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Which nodes a pool should have and what is to be done for each: pure. */
final class Fleet {
  private Fleet() {}

  /** What is to be done for one node. */
  sealed interface Step {
    NodeManifest manifest();

    /** There is none of this name. */
    record Create(NodeManifest manifest) implements Step {}

    /** It is there and stays. */
    record Keep(NodeManifest manifest, Node existing) implements Step {}

    /** Its pods are to go; {@code thenRemove} if the node goes too. */
    record Empty(NodeManifest manifest, Node existing, boolean thenRemove) implements Step {}

    /** A Node of that name is somebody else's. */
    record Taken(NodeManifest manifest) implements Step {}
  }

  /**
   * @param existing Nodes that carry the pool's label, and others that bear a name of ours
   * @param backend states of the backend that show on every node
   */
  static List<Step> steps(
      VirtualNodePool pool, Collection<Node> existing, Set<State> backend, Instant now) {
    var byIndex = new TreeMap<Integer, Node>();
    for (var node : existing) {
      NodeManifest.index(pool, node.getMetadata().getName())
          .ifPresent(index -> byIndex.put(index, node));
    }
    boolean deleted = pool.getMetadata().getDeletionTimestamp() != null;
    int count = deleted ? 0 : pool.getSpec().nodes().count();
    var steps = new ArrayList<Step>();
    for (int index = 0; index < count; index++) {
      steps.add(wanted(pool, index, Optional.ofNullable(byIndex.get(index)), backend, now));
    }
    byIndex
        .tailMap(count, true)
        .forEach((index, node) -> surplus(pool, index, node, backend, now).ifPresent(steps::add));
    return List.copyOf(steps);
  }

  private static Step wanted(
      VirtualNodePool pool, int index, Optional<Node> existing, Set<State> backend, Instant now) {
    var stop = pool.getSpec().stopPolicy();
    var states = states(backend);
    if (stop != StopPolicy.None) {
      states.add(State.STOPPED);
    }
    boolean emptied = stop == StopPolicy.HoldAndDrain;
    var started = emptied ? Optional.of(drainStarted(existing, now)) : Optional.<Instant>empty();
    var manifest = NodeManifest.of(pool, index, states, started);
    if (existing.isEmpty()) {
      return new Step.Create(manifest);
    }
    if (!manifest.owns(existing.get())) {
      return new Step.Taken(manifest);
    }
    return emptied
        ? new Step.Empty(manifest, existing.get(), false)
        : new Step.Keep(manifest, existing.get());
  }

  private static Optional<Step> surplus(
      VirtualNodePool pool, int index, Node existing, Set<State> backend, Instant now) {
    var states = states(backend);
    states.add(State.DRAINING);
    var started = drainStarted(Optional.of(existing), now);
    var manifest = NodeManifest.of(pool, index, states, Optional.of(started));
    return manifest.owns(existing)
        ? Optional.of(new Step.Empty(manifest, existing, true))
        : Optional.empty();
  }

  private static Set<State> states(Set<State> backend) {
    var states = EnumSet.noneOf(State.class);
    states.addAll(backend);
    return states;
  }

  private static Instant drainStarted(Optional<Node> existing, Instant now) {
    return existing.flatMap(NodeManifest::drainStarted).orElse(now);
  }
}
