package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.cluster.AuditLog;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import io.virtualnodes.cluster.Place;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Two operators of one cluster, as a Deployment with two replicas has them, a simulated pool, some
 * pods that run on, and all that is seen of nodes, leases, pods and groups meanwhile.
 */
final class Replicas implements AutoCloseable {
  /** How long a node may be without a heartbeat: its lease's own duration. */
  static final Duration NODE_LEASE = Duration.ofSeconds(40);

  /** The lease of the lead, what a standby waits between two looks at it, and a busy machine. */
  static final Duration HAND_OVER = Duration.ofSeconds(60);

  private static final String LEAD = "virtual-nodes-operator";
  private static final String NAMESPACE = "virtual-nodes";
  private static final int WITNESSES = 6;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Cluster cluster;
  private final KubernetesClient client;
  private final Place place;
  private final String pool;
  private final Violations violations = new Violations();
  private final List<Replica> both;
  private final NodeHistory nodes;
  private final PodHistory pods;
  private final LeaseHistory leases;
  private final JournalHistory groups;

  /**
   * One of them.
   *
   * @param name by which it holds the lead, and the API server's audit log knows its requests
   */
  record Replica(String name, OperatorProcess process) {}

  /** Two that do not run yet; the operator that other tests share is stopped. */
  Replicas(Class<?> test) {
    this(test, _ -> Map.of());
  }

  /**
   * As {@link #Replicas(Class)}.
   *
   * @param environment of each by its name, beyond the Deployment's
   */
  Replicas(Class<?> test, Function<String, Map<String, String>> environment) {
    this.cluster = Cluster.of(test);
    this.client = cluster.client();
    this.place = cluster.place(test);
    this.pool = place.pool("pool");
    cluster.stopOperator();
    var folder = FaultTable.FOLDER.resolve("simulation-" + pool);
    this.both =
        Stream.of("replica-one", "replica-two")
            .map(name -> replica(name, folder, environment.apply(name)))
            .toList();
    this.nodes = new NodeHistory(client, violations);
    this.pods = new PodHistory(client, place.namespace(), violations);
    this.leases = new LeaseHistory(client, Set.of(pool + "-0", pool + "-1"));
    this.groups = new JournalHistory(folder, pool);
  }

  private Replica replica(String name, Path simulation, Map<String, String> environment) {
    var own = new HashMap<>(environment);
    own.put("VIRTUALNODES_SIMULATION_FOLDER", simulation.toString());
    own.put("HOSTNAME", name);
    own.put("KUBERNETES_USER_AGENT", name);
    return new Replica(name, OperatorProcess.of(cluster, own));
  }

  /** Starts the first, makes the pool and its pods, and starts the second beside it. */
  void begin() {
    both.getFirst().process().start();
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              nodes: { count: 2, capacity: { cpu: "4000", memory: 4000Gi, pods: "4000" } }
              backends:
              - name: simulated
                simulated: { seed: 1, startLatency: { p50: 200ms, p99: 1s } }
              drain: { deadline: 1s }
            """
                .formatted(pool),
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "vnp/" + pool, "--timeout=60s");
    for (int i = 0; i < WITNESSES; i++) {
      // One of them is to have ended, and to stay so.
      create("witness-" + i, i == 0 ? Task.ending(Duration.ofMillis(500), 3) : Task.endless());
    }
    awaitWithin(PATIENCE, () -> settled().count() == WITNESSES);
    startBoth();
  }

  /** Starts whichever does not run, and returns when both are ready and one of them leads. */
  void startBoth() {
    both.forEach(replica -> replica.process().ensureReady());
    awaitWithin(HAND_OVER, () -> both.stream().anyMatch(one -> one.name().equals(holder())));
    var now = Instant.now();
    awaitWithin(HAND_OVER, () -> leases.allAfter(now));
  }

  /** Of the lead, as its lease says; empty if it was given away. */
  String holder() {
    return client
        .leases()
        .inNamespace(NAMESPACE)
        .withName(LEAD)
        .get()
        .getSpec()
        .getHolderIdentity();
  }

  Replica leader() {
    var holder = holder();
    return both.stream().filter(one -> one.name().equals(holder)).findFirst().orElseThrow();
  }

  Replica standby() {
    var leader = leader();
    return both.stream().filter(one -> one != leader).findFirst().orElseThrow();
  }

  /** Waits until another one leads, and until each node has had its heartbeat from there. */
  void awaitTakeOver(Replica from) {
    awaitWithin(HAND_OVER, () -> !holder().equals(from.name()) && !holder().isEmpty());
    var now = Instant.now();
    awaitWithin(HAND_OVER, () -> leases.allAfter(now));
  }

  /** Asks for a pod that does this, and waits for nothing. */
  void create(String name, Task task) {
    client.resource(task.pod(place.namespace(), name, pool, "Never")).create();
  }

  void delete(String podName) {
    client.pods().inNamespace(place.namespace()).withName(podName).delete();
  }

  /** Creates a pod and waits until it has ended as it was told to. */
  void runToItsEnd(String name) {
    create(name, Task.ending(Duration.ofMillis(500), 0));
    awaitWithin(PATIENCE, () -> "Succeeded".equals(pod(name).getStatus().getPhase()));
  }

  boolean isGone(String podName) {
    return client.pods().inNamespace(place.namespace()).withName(podName).get() == null;
  }

  /** Waits until all pods but those that run on have ended. */
  void awaitAllEnded() {
    awaitWithin(
        PATIENCE,
        () -> pods.present().allMatch(life -> life.ended() || PodHistory.ready(life.pod())));
  }

  private Pod pod(String name) {
    return client.pods().inNamespace(place.namespace()).withName(name).get();
  }

  /** What the API server says of the pods that nobody is to touch, by their names. */
  Map<String, PodStatus> witnesses() {
    var statuses = new HashMap<String, PodStatus>();
    for (int i = 0; i < WITNESSES; i++) {
      statuses.put("witness-" + i, pod("witness-" + i).getStatus());
    }
    return Map.copyOf(statuses);
  }

  private Stream<PodHistory.Life> settled() {
    return pods.present().filter(life -> life.ended() || PodHistory.ready(life.pod()));
  }

  LeaseHistory leases() {
    return leases;
  }

  /** How many groups the pool has asked for, by the simulation's own journal. */
  int launches() {
    return groups.acceptances();
  }

  /**
   * What a replica asked the API server to change since then, and was allowed to, as {@code patch
   * pods/status name}; its own lead apart.
   */
  List<String> changes(Replica replica, Instant since) {
    return cluster.audit().requests().stream()
        .filter(request -> request.agent().equals(replica.name()) && request.at().isAfter(since))
        .filter(
            request ->
                request.code() < 300 && !Set.of("get", "list", "watch").contains(request.verb()))
        // A question that is asked by POST.
        .filter(request -> !request.resource().endsWith("reviews"))
        .filter(request -> !LEAD.equals(request.name()) || !request.resource().equals("leases"))
        .map(Replicas::text)
        .toList();
  }

  private static String text(AuditLog.Request request) {
    return "%s %s %s as %s at %s"
        .formatted(
            request.verb(), request.resource(), request.name(), request.user(), request.at());
  }

  /** Everything so far that must never be; nodes' leases that ran out since then are among it. */
  List<String> violations(Instant since) {
    groups.judge(violations, _ -> true);
    var gap = leases.longestGap(since);
    if (gap.compareTo(NODE_LEASE) >= 0) {
      violations.add("a node had no heartbeat for " + gap);
    }
    return new ArrayList<>(violations.take());
  }

  static void awaitWithin(Duration time, BooleanSupplier something) {
    Awaitility.await()
        .atMost(time)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(50))
        .until(something::getAsBoolean);
  }

  /** Removes the pool and all pods, and ends both. */
  @Override
  public void close() {
    both.getFirst().process().ensureReady();
    // Some thousands of them: no single request has the time for that.
    place.kubectl().run("delete", "pods", "--all", "--grace-period=1", "--wait=false");
    client.namespaces().withName(place.namespace()).delete();
    place
        .cluster()
        .kubectl()
        .run("wait", "--for=delete", "namespace/" + place.namespace(), "--timeout=110s");
    place.cluster().kubectl().run("delete", "vnp", pool, "--timeout=60s");
    nodes.close();
    pods.close();
    leases.close();
    groups.close();
    both.forEach(replica -> replica.process().stop());
  }
}
