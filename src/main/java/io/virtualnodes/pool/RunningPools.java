package io.virtualnodes.pool;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.Nodes;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.Capabilities;
import io.virtualnodes.backend.MeteredBackend;
import io.virtualnodes.kubelet.Authentication;
import io.virtualnodes.kubelet.Authorization;
import io.virtualnodes.kubelet.KubeletMeters;
import io.virtualnodes.kubelet.KubeletServer;
import io.virtualnodes.kubelet.KubeletThreads;
import io.virtualnodes.kubelet.NodePages;
import io.virtualnodes.kubelet.PodLookup;
import io.virtualnodes.kubelet.ServingCertificates;
import io.virtualnodes.node.NodeIdentity;
import io.virtualnodes.pod.NetworkPolicies;
import io.virtualnodes.pod.NodeFacts;
import io.virtualnodes.pod.PodController;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs for each pool and node in this process. */
public final class RunningPools implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunningPools.class);

  private final NodeIdentity identity;
  private final NodeSettings settings;
  private final BackendFactory backends;
  private final Authentication authentication;
  private final Authorization authorization;
  private final ServingCertificates certificates;
  private final Supplier<String> operatorMetrics;
  private final KubeletThreads kubeletThreads;
  private final NetworkPolicies networkPolicies;
  private final Metrics podMetrics;
  private final MeterRegistry registry;
  private final KubeletMeters kubeletMeters;
  private final InstantSource clock;
  private final ConcurrentMap<String, RunningPool> pools = new ConcurrentHashMap<>();
  private final QuietTimes quiet = new QuietTimes();
  // Of the processors for which each pool's backend was made.
  private final ConcurrentMap<String, Nodes.Architecture> architectures = new ConcurrentHashMap<>();

  /**
   * @param certificates how nodes come by those that they show
   * @param operatorMetrics this process's own, in Prometheus' text format
   * @param podMetrics is told of the controllers of all nodes' pods
   * @param registry where pools and ports have their series
   */
  public RunningPools(
      NodeIdentity identity,
      NodeSettings settings,
      BackendFactory backends,
      Authentication authentication,
      Authorization authorization,
      ServingCertificates certificates,
      Supplier<String> operatorMetrics,
      KubeletThreads kubeletThreads,
      NetworkPolicies networkPolicies,
      Metrics podMetrics,
      MeterRegistry registry,
      InstantSource clock) {
    this.identity = identity;
    this.settings = settings;
    this.backends = backends;
    this.authentication = authentication;
    this.authorization = authorization;
    this.certificates = certificates;
    this.operatorMetrics = operatorMetrics;
    this.kubeletThreads = kubeletThreads;
    this.networkPolicies = networkPolicies;
    this.podMetrics = podMetrics;
    this.registry = registry;
    this.kubeletMeters = new KubeletMeters(registry);
    this.clock = clock;
  }

  /**
   * What runs for this pool; started if it does not run yet, and started anew if its backend's
   * settings changed.
   *
   * @param changed is called when something changed that the pool's status or nodes speak of
   * @throws io.virtualnodes.backend.BackendException if the settings cannot be used
   */
  RunningPool run(VirtualNodePool pool, Runnable changed) {
    quiet.leads(clock.instant());
    var rung = pool.getSpec().backends().getFirst();
    var name = pool.getMetadata().getName();
    var running = pools.get(name);
    var architecture = pool.getSpec().nodes().arch();
    boolean same = running != null && running.rung().equals(rung);
    if (same && architecture == architectures.get(name)) {
      return running;
    }
    // First, so that settings which cannot be used leave what runs as it is.
    var backend = backends.make(name, pool.getMetadata().getUid(), architecture, rung);
    if (running != null) {
      log.atInfo().addKeyValue("pool", name).log("backend settings changed; starting anew");
      end(name);
    }
    architectures.put(name, architecture);
    return pools.computeIfAbsent(name, _ -> start(name, rung, backend, changed));
  }

  private RunningPool start(String name, BackendRung rung, Backend backend, Runnable changed) {
    var meters = new PoolMeters(registry, name, rung.name());
    var metered = new MeteredBackend(backend, meters.ofBackend());
    var running = new RunningPool(name, rung, metered, identity::client, changed, meters, clock);
    running.start();
    log.atInfo().addKeyValue("pool", name).addKeyValue("backend", rung.name()).log("pool runs");
    return running;
  }

  RunningNode runNode(RunningPool pool, String node, RunningNode.Shape shape, Runnable changed) {
    var running =
        pool.run(
            node,
            name ->
                new RunningNode(
                    name,
                    identity.client(name),
                    shape,
                    settings,
                    pool::outage,
                    () -> runtime(pool.backend().capabilities()),
                    parts(pool, shape.pool()),
                    changed,
                    clock));
    running.reshape(shape);
    return running;
  }

  private static RunningNode.Runtime runtime(Capabilities backend) {
    return new RunningNode.Runtime(backend.runtime(), backend.version(), backend.notice());
  }

  private RunningNode.Parts parts(RunningPool pool, String poolName) {
    return new RunningNode.Parts() {
      @Override
      public PodController podController(RunningNode node) {
        return new PodController(
            new NodeFacts(
                poolName,
                node.name(),
                settings.address(),
                pool.rung().name(),
                pool.backend().capabilities().notice(),
                pool.backend().capabilities().features()),
            node.client(),
            pool.backend(),
            pool.groups(),
            () -> pool.policyOf(node),
            pool::network,
            networkPolicies,
            pool,
            podMetrics,
            quiet.begins(node.name(), clock.instant()),
            clock);
      }

      @Override
      public KubeletServer kubeletServer(RunningNode node, PodLookup lookup) throws IOException {
        return new KubeletServer(
            node.name(),
            new InetSocketAddress(settings.firstPort()),
            certificates.of(
                node.name(), InetAddress.getByName(settings.address()), node.client(), clock),
            authentication,
            authorization,
            lookup,
            pool.backend().streams(),
            new NodePages(
                node.name(),
                node::listed,
                pool.usage(),
                pool.backend()::probes,
                operatorMetrics,
                clock),
            kubeletThreads,
            kubeletMeters);
      }
    };
  }

  /** Ends what runs for a node that is gone. */
  void endNode(RunningPool pool, String node) {
    pool.end(node);
    ended(node);
  }

  private void ended(String node) {
    quiet.ended(node, clock.instant());
    identity.forget(node);
  }

  Optional<RunningPool> find(String pool) {
    return Optional.ofNullable(pools.get(pool));
  }

  /** What runs a pool's groups; empty while the pool does not run here. */
  public Optional<Backend> backend(String pool) {
    return find(pool).map(RunningPool::backend);
  }

  /** Whether every watch of every node works. */
  public boolean healthy() {
    return pools.values().stream()
        .flatMap(pool -> pool.nodes().stream())
        .filter(RunningNode::serving)
        .allMatch(RunningNode::healthy);
  }

  /** Names of the nodes whose heartbeats stand still; none, unless this process is broken. */
  public List<String> stuck() {
    var now = clock.instant();
    return pools.values().stream()
        .flatMap(pool -> pool.nodes().stream())
        .filter(node -> !node.alive(now))
        .map(RunningNode::name)
        .sorted()
        .toList();
  }

  /** Ends what runs for a pool; its nodes and groups go on. */
  void end(String pool) {
    var running = pools.remove(pool);
    if (running != null) {
      var nodes = running.nodes().stream().map(RunningNode::name).toList();
      running.close();
      nodes.forEach(this::ended);
    }
  }

  @Override
  public void close() {
    pools.keySet().forEach(this::end);
  }
}
