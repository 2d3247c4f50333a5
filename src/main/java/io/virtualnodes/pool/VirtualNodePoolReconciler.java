package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.api.VirtualNodePoolStatus;
import io.virtualnodes.api.VirtualNodePoolStatus.BackendStatus;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.node.NodeKeys;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.node.NodeShare;
import java.time.Duration;
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

/** Brings the nodes of a pool to what its spec says, and says in its status how that goes. */
@ControllerConfiguration(name = VirtualNodePoolReconciler.NAME)
// Without end: a pool that was given up while the API server was away would stay as it is.
@GradualRetry(initialInterval = 500, intervalMultiplier = 2, maxInterval = 30_000, maxAttempts = -1)
public final class VirtualNodePoolReconciler
    implements Reconciler<VirtualNodePool>, Cleaner<VirtualNodePool> {
  public static final String NAME = "virtualnodepool";

  private static final Logger log = LoggerFactory.getLogger(VirtualNodePoolReconciler.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
  private static final Duration DRAIN_STEP = Duration.ofSeconds(1);
  private static final String LEASES = "kube-node-lease";
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final RunningPools pools;
  private final NetworkPolicyWatch networkPolicies;
  private final InstantSource clock;
  private final PoolEvents events;
  private final SimpleInboundEventSource<VirtualNodePool> changes =
      new SimpleInboundEventSource<>("changes");

  public VirtualNodePoolReconciler(
      KubernetesClient client,
      RunningPools pools,
      NetworkPolicyWatch networkPolicies,
      InstantSource clock) {
    this.client = client;
    this.pools = pools;
    this.networkPolicies = networkPolicies;
    this.clock = clock;
    this.events = new PoolEvents(client, clock);
  }

  @Override
  public List<EventSource<?, VirtualNodePool>> prepareEventSources(
      EventSourceContext<VirtualNodePool> context) {
    var nodes =
        InformerEventSourceConfiguration.from(Node.class, VirtualNodePool.class)
            .withLabelSelector(NodeKeys.POOL)
            .withSecondaryToPrimaryMapper(VirtualNodePoolReconciler::poolOf)
            .build();
    return List.of(
        new InformerEventSource<>(nodes, context), networkPolicies.source(context), changes);
  }

  private static Set<ResourceID> poolOf(Node node) {
    return Optional.ofNullable(node.getMetadata().getLabels())
        .map(labels -> labels.get(NodeKeys.POOL))
        .map(pool -> Set.of(new ResourceID(pool)))
        .orElse(Set.of());
  }

  @Override
  public UpdateControl<VirtualNodePool> reconcile(
      VirtualNodePool pool, Context<VirtualNodePool> context) {
    RunningPool running;
    try {
      running = pools.run(pool, () -> changes.propagateEvent(ResourceID.fromResource(pool)));
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("pool", pool.getMetadata().getName())
          .addKeyValue("failure", e.getMessage())
          .log("pool's settings cannot be used");
      return status(pool, rejected(pool, e)).rescheduleAfter(LOOK_AGAIN);
    }
    var progress = step(pool, running, context.getSecondaryResources(Node.class));
    return status(pool, report(pool, running, progress))
        .rescheduleAfter(progress.emptying() > 0 ? DRAIN_STEP : LOOK_AGAIN);
  }

  @Override
  public DeleteControl cleanup(VirtualNodePool pool, Context<VirtualNodePool> context) {
    var name = pool.getMetadata().getName();
    RunningPool running;
    try {
      running = pools.run(pool, () -> changes.propagateEvent(ResourceID.fromResource(pool)));
    } catch (BackendException e) {
      // Settings that were never usable have no groups; nodes without a backend never took a pod.
      context.getSecondaryResources(Node.class).stream()
          .map(node -> node.getMetadata().getName())
          .filter(node -> NodeManifest.index(pool, node).isPresent())
          .forEach(node -> deleteNode(node, client));
      pools.end(name);
      return DeleteControl.defaultDelete();
    }
    var progress = step(pool, running, context.getSecondaryResources(Node.class));
    if (progress.emptying() == 0 && nothingLeft(pool, running)) {
      pools.end(name);
      log.atInfo().addKeyValue("pool", name).log("pool removed");
      return DeleteControl.defaultDelete();
    }
    status(pool, report(pool, running, progress)).getResource().ifPresent(this::writeStatus);
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(DRAIN_STEP.toMillis());
  }

  /** Also of nodes that somebody removed before the pool. */
  private static boolean nothingLeft(VirtualNodePool pool, RunningPool running) {
    // Without an answer there is nothing to go by; nodes are gone, with or without their groups, as
    // the pool's owner wanted.
    return running.lost()
        || running.removed(_ -> true, running.lastEndAt())
            && (running.removedShared()
                || Boolean.TRUE.equals(pool.getSpec().drain().forceOrphan()));
  }

  /**
   * What a step over all nodes came to.
   *
   * @param registered how many Nodes there are
   * @param ready how many of them are there to stay and have their pods watched
   * @param emptying how many of them have pods or groups that are to go
   */
  private record Progress(
      int wanted,
      int registered,
      int ready,
      List<String> taken,
      int emptying,
      boolean capacityKnown) {}

  private Progress step(VirtualNodePool pool, RunningPool running, Set<Node> labelled) {
    running.policy(pool.getSpec().stopPolicy(), Durations.parse(pool.getSpec().retention()));
    running.network(PoolNetwork.of(pool));
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
          if (keep(pool, running, manifest, existing, whole).serving()) {
            ready++;
          }
        }
        case Fleet.Step.Empty(var manifest, var existing, var thenRemove) -> {
          registered++;
          var node = keep(pool, running, manifest, existing, whole);
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
      Optional<NodeShare> whole) {
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
            () -> changes.propagateEvent(ResourceID.fromResource(pool)));
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
    deleteNode(node.name(), client);
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

  private static void deleteNode(String node, KubernetesClient client) {
    client.nodes().withName(node).delete();
    log.atInfo().addKeyValue("node", node).log("node removed");
  }

  private VirtualNodePoolStatus rejected(VirtualNodePool pool, BackendException e) {
    var facts =
        new PoolConditions.Facts(
            Optional.of(e.getMessage()),
            Optional.empty(),
            Optional.empty(),
            false,
            pool.getSpec().nodes().count(),
            0,
            0,
            List.of(),
            List.of(),
            0,
            0,
            List.of(),
            Optional.empty(),
            false,
            Optional.empty(),
            PoolNetwork.of(pool));
    return newStatus(
        pool,
        facts,
        new VirtualNodePoolStatus.Pods(0, 0, 0, 0),
        List.of(
            new BackendStatus(
                pool.getSpec().backends().getFirst().name(), "Unavailable", e.getMessage(), 0)));
  }

  private VirtualNodePoolStatus report(
      VirtualNodePool pool, RunningPool running, Progress progress) {
    var outage = running.outage();
    var latest = running.groups().latest();
    var notice = running.backend().capabilities().notice();
    var serving = running.nodes().stream().filter(RunningNode::serving).toList();
    var pods = serving.stream().flatMap(RunningNode::pods).toList();
    var counts = PodCounts.of(pods);
    running.counted(counts);
    var facts =
        new PoolConditions.Facts(
            Optional.empty(),
            outage,
            running.denied().map(Throwable::getMessage),
            latest.isPresent(),
            progress.wanted(),
            progress.registered(),
            progress.ready(),
            progress.taken(),
            running.nodes().stream()
                .flatMap(node -> node.serverProblem().map(why -> node.name() + ": " + why).stream())
                .sorted()
                .toList(),
            progress.emptying(),
            running.heldOrphans(),
            RefusedDaemonSets.of(pods),
            Optional.of(pool.getSpec().stopPolicy()).filter(policy -> policy != StopPolicy.None),
            progress.capacityKnown(),
            notice,
            running.network());
    boolean answers = outage.isEmpty() && latest.isPresent();
    return newStatus(
        pool,
        facts,
        counts,
        List.of(
            new BackendStatus(
                running.rung().name(),
                answers ? "Ready" : "Unavailable",
                outage.or(() -> notice).orElse(null),
                latest.map(snapshot -> snapshot.groups().size()).orElse(0))));
  }

  private VirtualNodePoolStatus newStatus(
      VirtualNodePool pool,
      PoolConditions.Facts facts,
      VirtualNodePoolStatus.Pods pods,
      List<BackendStatus> backends) {
    var before = conditions(pool);
    long generation = pool.getMetadata().getGeneration();
    return new VirtualNodePoolStatus(
        generation,
        facts.registered(),
        facts.ready(),
        NodeKeys.POOL + "=" + pool.getMetadata().getName(),
        pods,
        backends,
        PoolConditions.of(facts, generation, before, clock.instant()));
  }

  private static List<Condition> conditions(VirtualNodePool pool) {
    return Optional.ofNullable(pool.getStatus())
        .map(VirtualNodePoolStatus::conditions)
        .orElse(List.of());
  }

  private UpdateControl<VirtualNodePool> status(
      VirtualNodePool pool, VirtualNodePoolStatus status) {
    if (status.equals(pool.getStatus())) {
      return UpdateControl.noUpdate();
    }
    events.turned(pool, conditions(pool), status.conditions());
    // Fresh, with nothing but what we own: all of it is applied with our name on it.
    var fresh = new VirtualNodePool();
    fresh.getMetadata().setName(pool.getMetadata().getName());
    fresh.setStatus(status);
    return UpdateControl.patchStatus(fresh);
  }

  private void writeStatus(VirtualNodePool fresh) {
    client
        .resource(fresh)
        .subresource("status")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(NAME)
                .withForce(true)
                .build());
  }
}
