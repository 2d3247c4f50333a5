package io.virtualnodes.pool;

import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.api.VirtualNodePoolStatus;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.GroupWatch;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Quota;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.Snapshot;
import io.virtualnodes.kubelet.PoolUsage;
import io.virtualnodes.node.NodeTaints;
import io.virtualnodes.pod.LaunchListener;
import io.virtualnodes.pod.OrphanSweep;
import io.virtualnodes.pod.PodNetwork;
import io.virtualnodes.pod.PodPolicy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs in this process for one pool: its backend, the watch of its groups, and its nodes. */
final class RunningPool implements GroupWatch.Listener, LaunchListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningPool.class);

  private static final Duration BETWEEN_SWEEPS = Duration.ofSeconds(5);

  /**
   * A pod that was denied asks again every minute: without one that does, nobody knows any more.
   */
  private static final Duration DENIAL_COUNTS = Duration.ofMinutes(3);

  /** One missed look may be chance: what answered before is away from the third on. */
  private static final int FAILURES_OF_AN_OUTAGE = 3;

  private final String name;
  private final BackendRung rung;
  private final Backend backend;
  private final GroupWatch groups;
  private final PoolUsage usage;
  private final OrphanSweep sweep;
  private final Room room;
  private final InstantSource clock;
  private final Instant made;
  private final PoolMeters meters;
  private final Runnable changed;
  private final ConcurrentMap<String, RunningNode> nodes = new ConcurrentHashMap<>();

  private record Denial(BackendException failure, Instant at) {}

  // Only the thread that looks at the backend touches it.
  private boolean away;
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private volatile Instant sweptAt = Instant.EPOCH;
  private volatile OrphanSweep.Result sweepResult = new OrphanSweep.Result(0, 0);
  private volatile Instant lastEndAt = Instant.EPOCH;
  private volatile Optional<Denial> denial = Optional.empty();
  private volatile Optional<Quota> quota = Optional.empty();
  private volatile VirtualNodePoolStatus.Pods pods = new VirtualNodePoolStatus.Pods(0, 0, 0, 0);
  private volatile StopPolicy stopPolicy = StopPolicy.None;
  private volatile Duration retention = Duration.ZERO;
  private volatile PodNetwork network = PodNetwork.UNTOLD;

  /**
   * @param changed is called when something changed that the pool's status or nodes speak of
   * @param meters of this pool, closed with it
   */
  RunningPool(
      String name,
      BackendRung rung,
      Backend backend,
      Function<String, io.fabric8.kubernetes.client.KubernetesClient> nodeClients,
      Runnable changed,
      PoolMeters meters,
      InstantSource clock) {
    this.name = name;
    this.rung = rung;
    this.backend = backend;
    this.groups = new GroupWatch(name, backend, clock);
    this.usage = new PoolUsage(name, backend.streams(), clock);
    this.sweep = new OrphanSweep(backend, nodeClients, clock);
    this.room = new Room(clock);
    this.changed = changed;
    this.meters = meters;
    this.clock = clock;
    this.made = clock.instant();
    groups.listen(this);
    backend.useLogins(this::logins);
    backend.onIncident(this::happened);
    meters.show(this, clock);
  }

  private List<RegistryLogin> logins(GroupId group, GroupOwner owner, String image) {
    return Optional.ofNullable(nodes.get(owner.node()))
        .orElseThrow(
            () ->
                new RegistryLogins.Unreadable(
                    "node " + owner.node() + " has not started yet", null))
        .logins(group.podUid(), image);
  }

  private void happened(Incident incident) {
    node(incident.owner().node()).ifPresent(node -> node.tell(incident));
  }

  void start() {
    groups.start();
  }

  /** What the backend said last, if it is away. */
  Optional<String> outage() {
    return groups.outage().filter(this::counts).map(outage -> outage.failure().getMessage());
  }

  private boolean counts(GroupWatch.Outage outage) {
    return outage.failures() >= FAILURES_OF_AN_OUTAGE || groups.latest().isEmpty();
  }

  /** Whether it is away for long enough that an owner who allows it may have done without it. */
  boolean lost() {
    return groups.outage().filter(outage -> outage.failures() >= FAILURES_OF_AN_OUTAGE).isPresent();
  }

  @Override
  public void looked(Snapshot snapshot, Set<String> changedPods) {
    if (away) {
      away = false;
      tell();
      // What pods could not ask of it they ask now, and not when their back-off is over.
      nodes.values().forEach(RunningNode::policyChanged);
    }
    if (quota.isEmpty()
        || !changedPods.isEmpty() && sweptAt.plus(BETWEEN_SWEEPS).isBefore(clock.instant())) {
      readQuota();
    }
    if (room.looked(snapshot, quota)) {
      log.atInfo()
          .addKeyValue("pool", name)
          .addKeyValue("finishedUpTo", room.givenUpTo())
          .log("finished groups are given up: their room is needed");
      nodes.values().forEach(RunningNode::policyChanged);
    }
    if (Duration.between(sweptAt, clock.instant()).compareTo(BETWEEN_SWEEPS) >= 0
        && nodes.values().stream().allMatch(RunningNode::serving)
        && sweeping.compareAndSet(false, true)) {
      Thread.ofVirtual().name("sweep-" + name).start(() -> sweep(snapshot));
    }
  }

  private void readQuota() {
    try {
      var read = backend.quota();
      if (!read.equals(quota)) {
        quota = read;
        meters.showQuota(this);
        changed.run();
      }
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("pool", name)
          .addKeyValue("failure", e.getMessage())
          .log("capacity of the backend not read");
    }
  }

  private void sweep(Snapshot snapshot) {
    try {
      var known =
          nodes.values().stream()
              .flatMap(RunningNode::pods)
              .map(pod -> pod.getMetadata().getUid())
              .collect(Collectors.toSet());
      var before = sweepResult;
      sweepResult = sweep.sweep(snapshot, known);
      meters.orphansRemoved(sweepResult.removed());
      if (before.held() != sweepResult.held()) {
        changed.run();
      }
    } finally {
      sweptAt = clock.instant();
      sweeping.set(false);
    }
  }

  @Override
  public void failed(GroupWatch.Outage outage) {
    if (!away && counts(outage)) {
      away = true;
      tell();
    }
  }

  private void tell() {
    nodes.values().forEach(RunningNode::touch);
    changed.run();
  }

  @Override
  public void launched(Duration waited, Duration asked) {
    room.launched();
    denial = Optional.empty();
    meters.launched(waited, asked);
  }

  @Override
  public void running(Duration accepted, Duration scheduled) {
    meters.running(accepted, scheduled);
  }

  @Override
  public void troubled(String reason) {
    meters.troubled(reason);
  }

  @Override
  public void failed(BackendException failure) {
    switch (failure) {
      case BackendException.NoCapacity none -> {
        if (room.refused(none, groups.latest())) {
          changed.run();
        }
      }
      case BackendException.Denied _ -> {
        boolean news = denied().isEmpty();
        denial = Optional.of(new Denial(failure, clock.instant()));
        if (news) {
          changed.run();
        }
      }
      case BackendException.Unavailable _,
          BackendException.Rejected _,
          BackendException.Unsupported _ -> {}
    }
  }

  /** What the backend's state puts on every node. */
  Set<NodeTaints.State> states() {
    var states = EnumSet.noneOf(NodeTaints.State.class);
    if (outage().isPresent()) {
      states.add(NodeTaints.State.BACKEND_UNAVAILABLE);
    }
    if (room.isLacking()) {
      states.add(NodeTaints.State.NO_CAPACITY);
    }
    return states;
  }

  void policy(StopPolicy newStopPolicy, Duration newRetention) {
    boolean changes = newStopPolicy != stopPolicy || !newRetention.equals(retention);
    stopPolicy = newStopPolicy;
    retention = newRetention;
    if (changes) {
      nodes.values().forEach(RunningNode::policyChanged);
    }
  }

  /** What pods are told from their next start on. */
  void network(PodNetwork newNetwork) {
    network = newNetwork;
  }

  PodNetwork network() {
    return network;
  }

  PodPolicy policyOf(RunningNode node) {
    var held =
        stopPolicy != StopPolicy.None
            ? Optional.of("Pool " + name + " has stopPolicy " + stopPolicy + ": no new pods start")
            : node.draining()
                ? Optional.of("Node " + node.name() + " is being emptied: no new pods start")
                : Optional.<String>empty();
    return new PodPolicy(held, retention, room.givenUpTo());
  }

  /**
   * Asks for the removal of the groups that are left of some owners; true if a look at the backend
   * showed that none is.
   *
   * @param quietSince since when none of them has asked for a group; an earlier look proves nothing
   */
  boolean removed(Predicate<GroupOwner> owners, Instant quietSince) {
    var settled = quietSince.plus(backend.capabilities().settling());
    if (groups.outage().isPresent()
        || groups.latest().filter(look -> look.began().isAfter(settled)).isEmpty()) {
      return false;
    }
    var left =
        groups.latest().get().groups().stream()
            .filter(group -> owners.test(group.owner()))
            .map(Observation::id)
            .toList();
    left.forEach(this::remove);
    return left.isEmpty();
  }

  /** Whether nothing is left at the backend of what the pool's groups had in common. */
  boolean removedShared() {
    try {
      backend.removeShared();
      return true;
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("pool", name)
          .addKeyValue("failure", e.getMessage())
          .log("what the groups of a pool that goes had in common not removed yet");
      return false;
    }
  }

  private void remove(GroupId group) {
    try {
      backend.delete(group);
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("group", group)
          .addKeyValue("failure", e.getMessage())
          .log("group of a node that goes not removed yet");
    }
  }

  BackendRung rung() {
    return rung;
  }

  Backend backend() {
    return backend;
  }

  GroupWatch groups() {
    return groups;
  }

  PoolUsage usage() {
    return usage;
  }

  Optional<Quota> quota() {
    return quota;
  }

  /** Why the backend refuses us, if that is the last thing that it did. */
  Optional<BackendException> denied() {
    return denial
        .filter(last -> last.at().plus(DENIAL_COUNTS).isAfter(clock.instant()))
        .map(Denial::failure);
  }

  /** When the newest list that answered was asked for; before the first, when the pool began. */
  Instant lookedAt() {
    return groups.latest().map(Snapshot::began).orElse(made);
  }

  /** How its pods are, when they were last counted. */
  VirtualNodePoolStatus.Pods pods() {
    return pods;
  }

  void counted(VirtualNodePoolStatus.Pods newPods) {
    pods = newPods;
  }

  int heldOrphans() {
    return sweepResult.held();
  }

  Optional<RunningNode> node(String node) {
    return Optional.ofNullable(nodes.get(node));
  }

  Collection<RunningNode> nodes() {
    return nodes.values();
  }

  /** Starts what runs for a node, if it does not run yet. */
  RunningNode run(String node, Function<String, RunningNode> make) {
    return nodes.computeIfAbsent(
        node,
        _ -> {
          var made = make.apply(node);
          made.start();
          return made;
        });
  }

  /** When the last of its nodes was ended; before all times if none was. */
  Instant lastEndAt() {
    return lastEndAt;
  }

  /** Ends what runs for a node. */
  void end(String node) {
    var running = nodes.remove(node);
    if (running != null) {
      running.close();
      lastEndAt = clock.instant();
    }
  }

  @Override
  public void close() {
    groups.close();
    // At once: each may wait for work in flight, and meanwhile no node's lease is renewed.
    try (var ends = Executors.newVirtualThreadPerTaskExecutor()) {
      nodes.keySet().forEach(node -> ends.execute(() -> end(node)));
    }
    meters.close();
    backend.close();
  }
}
