package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  private final KubernetesClient client;
  private final RunningPools pools;
  private final NetworkPolicyWatch networkPolicies;
  private final InstantSource clock;
  private final PoolEvents events;
  private final PoolNodes nodes;
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
    this.nodes = new PoolNodes(client, pools, events, clock);
  }

  @Override
  public List<EventSource<?, VirtualNodePool>> prepareEventSources(
      EventSourceContext<VirtualNodePool> context) {
    var nodesOfPools =
        InformerEventSourceConfiguration.from(Node.class, VirtualNodePool.class)
            .withLabelSelector(NodeKeys.POOL)
            .withSecondaryToPrimaryMapper(VirtualNodePoolReconciler::poolOf)
            .build();
    return List.of(
        new InformerEventSource<>(nodesOfPools, context), networkPolicies.source(context), changes);
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
    Runnable changed = () -> changes.propagateEvent(ResourceID.fromResource(pool));
    RunningPool running;
    try {
      running = pools.run(pool, changed);
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("pool", pool.getMetadata().getName())
          .addKeyValue("failure", e.getMessage())
          .log("pool's settings cannot be used");
      return status(pool, rejected(pool, e)).rescheduleAfter(LOOK_AGAIN);
    }
    var progress = step(pool, running, context, changed);
    return status(pool, report(pool, running, progress))
        .rescheduleAfter(progress.emptying() > 0 ? DRAIN_STEP : LOOK_AGAIN);
  }

  @Override
  public DeleteControl cleanup(VirtualNodePool pool, Context<VirtualNodePool> context) {
    var name = pool.getMetadata().getName();
    Runnable changed = () -> changes.propagateEvent(ResourceID.fromResource(pool));
    RunningPool running;
    try {
      running = pools.run(pool, changed);
    } catch (BackendException e) {
      // Settings that were never usable have no groups; nodes without a backend never took a pod.
      context.getSecondaryResources(Node.class).stream()
          .map(node -> node.getMetadata().getName())
          .filter(node -> NodeManifest.index(pool, node).isPresent())
          .forEach(nodes::remove);
      pools.end(name);
      return DeleteControl.defaultDelete();
    }
    var progress = step(pool, running, context, changed);
    if (progress.emptying() == 0 && nothingLeft(pool, running)) {
      pools.end(name);
      log.atInfo().addKeyValue("pool", name).log("pool removed");
      return DeleteControl.defaultDelete();
    }
    status(pool, report(pool, running, progress)).getResource().ifPresent(this::writeStatus);
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(DRAIN_STEP.toMillis());
  }

  private PoolNodes.Progress step(
      VirtualNodePool pool,
      RunningPool running,
      Context<VirtualNodePool> context,
      Runnable changed) {
    running.policy(pool.getSpec().stopPolicy(), Durations.parse(pool.getSpec().retention()));
    running.network(PoolNetwork.of(pool));
    return nodes.step(pool, running, context.getSecondaryResources(Node.class), changed);
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
      VirtualNodePool pool, RunningPool running, PoolNodes.Progress progress) {
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
