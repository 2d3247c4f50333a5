package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.node.NodeShare;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the Nodes of pools to what their specs say, a step at a time: makes them, keeps them, and
 * empties and removes those that are to go.
 */
final class PoolNodes {
  private static final Logger log = LoggerFactory.getLogger(PoolNodes.class);
  private static final String LEASES = "kube-node-lease";
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final RunningPools pools;
  private final PoolEvents events;
  private final InstantSource clock;

  PoolNodes(KubernetesClient client, RunningPools pools, PoolEvents events, InstantSource clock) {
    this.client = client;
    this.pools = pools;
    this.events = events;
    this.clock = clock;
  }

  /**
   * What a step over all nodes came to.
   *
   * @param registered how many Nodes there are
   * @param ready how many of them are there to stay and have their pods watched
   * @param emptying how many of them have pods or groups that are to go
   */
  record Progress(
      int wanted,
      int registered,
      int ready,
      List<String> taken,
      int emptying,
      boolean capacityKnown) {}

  /**
   * One step of all of a pool's nodes.
   *
   * @param labelled the Nodes that bear the pool's label, as they are watched
   * @param changed called later on, when it is time for another step
   */
  Progress step(VirtualNodePool pool, RunningPool running, Set<Node> labelled, Runnable changed) {
    var now = clock.instant();
    var steps = Fleet.steps(pool, labelled, running.states(), now);
    var whole = capacity(pool, running);
    int registered = 0;
    int ready = 0;
    int emptying = 0;
    var taken = new ArrayList<String>();
    for (var step : steps) {
      switch (step) {
        case Fleet.Step.Create(var manifest) -> {
          // A node without a known capacity would promise what is not there.
          if (whole.isPresent() && !create(pool, manifest)) {
            taken.add(manifest.name());
          }
        }
        case Fleet.Step.Keep(var manifest, var existing) -> {
          registered++;
          if (keep(pool, running, manifest, existing, whole, changed).serving()) {
            ready++;
          }
        }
        case Fleet.Step.Empty(var manifest, var existing, var thenRemove) -> {
          registered++;
          var node = keep(pool, running, manifest, existing, whole, changed);
          if (!thenRemove && node.serving()) {
            ready++;
          }
          if (!empty(pool, running, node, manifest, thenRemove, now)) {
            emptying++;
          }
        }
        case Fleet.Step.Taken(var manifest) -> taken.add(manifest.name());
      }
    }
    endAllBut(running, steps);
    int wanted =
        pool.getMetadata().getDeletionTimestamp() == null ? pool.getSpec().nodes().count() : 0;
    return new Progress(wanted, registered, ready, List.copyOf(taken), emptying, whole.isPresent());
  }

  /** Ends what runs for nodes that are gone and are not to come back. */
  private void endAllBut(RunningPool running, List<Fleet.Step> steps) {
    var present = steps.stream().map(step -> step.manifest().name()).collect(Collectors.toSet());
    running.nodes().stream()
        .map(RunningNode::name)
        .filter(node -> !present.contains(node))
        .forEach(node -> pools.endNode(running, node));
  }

  private static Optional<NodeShare> capacity(VirtualNodePool pool, RunningPool running) {
    return Optional.ofNullable(pool.getSpec().nodes().capacity())
        .map(NodeShare::whole)
        .or(
            () ->
                running
                    .quota()
                    .map(
                        quota ->
                            new NodeShare(quota.milliCpu(), quota.memoryBytes(), quota.groups())));
  }

  /** False if a Node of that name is there and not ours. */
  private boolean create(VirtualNodePool pool, NodeManifest manifest) {
    try {
      client.nodes().resource(manifest.newNode()).create();
      log.atInfo().addKeyValue("node", manifest.name()).log("node created");
      events.nodeCreated(pool, manifest.name());
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
      var existing = Optional.ofNullable(client.nodes().withName(manifest.name()).get());
      if (existing.filter(node -> !manifest.owns(node)).isPresent()) {
        return false;
      }
      // Ours without the label by which we would see it: somebody took that away.
      existing.flatMap(manifest::patch).ifPresent(patch -> patch(manifest.name(), patch));
      return true;
    }
  }

  private RunningNode keep(
      VirtualNodePool pool,
      RunningPool running,
      NodeManifest manifest,
      Node existing,
      Optional<NodeShare> whole,
      Runnable changed) {
    int index = NodeManifest.index(pool, manifest.name()).orElseThrow();
    int count = pool.getSpec().nodes().count();
    // A node that is to go keeps what it had until it is empty; what the others have does not
    // depend on it. So does every node while the backend does not say what it has.
    var share =
        whole
            .map(all -> all.of(Math.min(index, count - 1), count))
            .orElseGet(() -> NodeShare.advertised(existing));
    var node =
        pools.runNode(
            running,
            manifest.name(),
            new RunningNode.Shape(
                pool.getMetadata().getName(),
                share,
                pool.getSpec().nodes().os().name(),
                pool.getSpec().nodes().arch().name()),
            changed);
    // After the heartbeat began: a process that cannot write Nodes still keeps them alive.
    manifest
        .patch(existing)
        .filter(patch -> patch(manifest.name(), patch))
        .filter(_ -> manifest.drainStarted().isPresent())
        .filter(_ -> NodeManifest.drainStarted(existing).isEmpty())
        .ifPresent(_ -> events.nodeDraining(pool, manifest.name()));
    node.draining(manifest.drainStarted().isPresent());
    node.touch(existing.getMetadata().getUid());
    return node;
  }

  /** False if somebody else was faster. */
  private boolean patch(String node, Map<String, Object> patch) {
    try {
      client
          .nodes()
          .withName(node)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              client.getKubernetesSerialization().asJson(patch));
      log.atDebug().addKeyValue("node", node).log("node brought up to date");
      return true;
    } catch (KubernetesClientException e) {
      // Somebody else wrote to it or removed it: their event brings us back with what is there now.
      if (e.getCode() != CONFLICT && e.getCode() != NOT_FOUND) {
        throw e;
      }
      return false;
    }
  }

  /** One step of emptying a node; true if it is empty, and gone where it was to go. */
  private boolean empty(
      VirtualNodePool pool,
      RunningPool running,
      RunningNode node,
      NodeManifest manifest,
      boolean thenRemove,
      Instant now) {
    boolean deleted = pool.getMetadata().getDeletionTimestamp() != null;
    boolean abandoned =
        deleted && Boolean.TRUE.equals(pool.getSpec().drain().forceOrphan()) && running.lost();
    if (!node.serving() && !abandoned) {
      return false;
    }
    var pods = node.pods().toList();
    if (abandoned) {
      NodeDrain.abandon(node.client(), pods);
    } else {
      int left =
          NodeDrain.step(
              node.client(),
              pods,
              manifest.drainStarted().orElse(now),
              Durations.parse(pool.getSpec().drain().deadline()),
              now);
      if (left > 0) {
        node.busy();
        return false;
      }
      if (!thenRemove) {
        return true;
      }
      // What is watched may be behind, or refused to us for a while: nothing that runs goes by it.
      if (!NodeDrain.nothingRuns(node.client(), node.name())) {
        return false;
      }
      if (!running.removed(owner -> owner.node().equals(node.name()), node.quietSince(now))) {
        return false;
      }
    }
    node.rest();
    deleteLease(node.name(), node.client());
    remove(node.name());
    pools.endNode(running, node.name());
    if (abandoned) {
      events.nodeAbandoned(pool, node.name());
    } else {
      events.nodeRemoved(pool, node.name());
    }
    return true;
  }

  private static void deleteLease(String node, KubernetesClient nodeClient) {
    nodeClient.leases().inNamespace(LEASES).withName(node).delete();
  }

  /** Removes a Node, whatever is on it. */
  void remove(String node) {
    client.nodes().withName(node).delete();
    log.atInfo().addKeyValue("node", node).log("node removed");
  }
}
