package io.virtualnodes.chaos;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Where faults are tried: a pool that gets all of the load, one that is emptied now and then, and
 * one whose pods, in a namespace of their own, are to notice nothing at all. Holds all of it
 * against what must always be so.
 *
 * <p>Closing it needs an operator that runs.
 */
final class Stage implements AutoCloseable {
  /** Nodes of the pool with the load that nobody takes away. */
  static final int LASTING_NODES = 2;

  private static final int WITNESSES = 4;
  // More than 1 where others use the machine too: limits are there to be told of what never comes.
  private static final int PATIENCE = Integer.getInteger("chaos.patience", 1);
  private static final Duration SETTLES_WITHIN = Duration.ofSeconds(60).multipliedBy(PATIENCE);

  // A group counts as left over at the first sweep and goes with the second, five seconds later. A
  // backend that twice in a row does not answer is left alone for twelve, and in each sweep a
  // request may fail; the rest is for a machine that is busy.
  private static final Duration TWO_SWEEPS = Duration.ofSeconds(30).multipliedBy(PATIENCE);
  private static final Duration POLL = Duration.ofMillis(200);

  private final Place place;
  private final TriedBackend backend;
  private final KubernetesClient client;
  private final Pools pools;
  private final Violations violations = new Violations();
  private final NodeHistory nodes;
  private final PodHistory pods;
  private final PodHistory witnesses;
  private final String calm;
  private final String held;
  private final GroupHistory calmGroups;
  private final GroupHistory heldGroups;
  private String storm;
  private GroupHistory stormGroups;
  private Load load;
  private final Set<String> passing = new HashSet<>();

  /**
   * @param test names what it makes
   */
  Stage(Class<?> test, TriedBackend backend) {
    var cluster = Cluster.of(test);
    this.place = cluster.place(test);
    this.backend = backend;
    this.client = cluster.client();
    this.pools = new Pools(client, cluster.kubectl(), backend);
    this.nodes = new NodeHistory(client, violations);
    this.pods = new PodHistory(client, place.namespace(), violations);
    this.witnesses = new PodHistory(client, cluster.place(watched(place)).namespace(), violations);
    this.calm = place.pool("calm");
    this.held = place.pool("held");
    this.calmGroups = backend.history(calm);
    this.heldGroups = backend.history(held);
  }

  private static String watched(Place place) {
    return place.name() + "-witnesses";
  }

  /** Makes the pools but the one with the load, and starts the witnesses. */
  void set() {
    pools.make(calm, 2);
    pools.make(held, 1);
    for (int i = 0; i < WITNESSES; i++) {
      client.resource(witness(i)).create();
    }
  }

  /** Makes the pool with the load anew. */
  void newStorm(String name, long seed) {
    storm = place.pool(name);
    stormGroups = backend.history(storm);
    pools.make(storm, LASTING_NODES);
    load = new Load(client, place.namespace(), storm, pods, seed, backend.size());
    load.settle();
  }

  /** Takes the pool with the load away, and waits until nothing of it is left. */
  void endStorm() {
    client.apps().statefulSets().inNamespace(place.namespace()).delete();
    client.batch().v1().jobs().inNamespace(place.namespace()).delete();
    client.pods().inNamespace(place.namespace()).withGracePeriod(1).delete();
    pools.delete(storm);
    settle(() -> false, () -> remains(storm, stormGroups).toList());
    stormGroups.close();
    pods.forget();
  }

  Pools pools() {
    return pools;
  }

  /** The name of a pool that is to go in the same round. */
  String passingPool() {
    var name = place.pool("passing-" + passing.size());
    passing.add(name);
    return name;
  }

  /** Takes back what a round has begun with the pools and may not have finished. */
  void rest() {
    scale(LASTING_NODES);
    hold("None");
    pools.names().stream().filter(passing::contains).forEach(pools::delete);
  }

  Load load() {
    return load;
  }

  Violations violations() {
    return violations;
  }

  String storm() {
    return storm;
  }

  String held() {
    return held;
  }

  Set<String> readyNodes() {
    return nodes.ready(storm);
  }

  Set<String> stormNodes() {
    return nodes.all(storm);
  }

  void scale(int count) {
    pools.scale(storm, count);
  }

  /** How long groups that have ended stay in the pool with the load. */
  void retain(String time) {
    pools.retain(storm, time);
  }

  /**
   * @param policy of the pool that is emptied now and then
   */
  void hold(String policy) {
    pools.stop(held, policy);
  }

  boolean hasNode(String pool) {
    return !nodes.all(pool).isEmpty();
  }

  /** Whether a node has pods and all of them run or have ended. */
  boolean busy(String node) {
    var there =
        pods.present().filter(life -> node.equals(life.pod().getSpec().getNodeName())).toList();
    return !there.isEmpty()
        && there.stream().allMatch(life -> life.ended() || PodHistory.ready(life.pod()));
  }

  private Pod witness(int index) {
    // One of them is to have ended, and to stay so.
    var task = index == 0 ? Task.ending(Duration.ofMillis(500), 3) : Task.endless();
    return task.pod(watched(place), "witness-" + index, calm, index == 0 ? "Never" : "Always");
  }

  /**
   * Waits until everything is as it should be; what is not in the end is a violation.
   *
   * @param givenUp whether there is nothing to wait for any more
   * @return how long it took
   */
  Duration settle(BooleanSupplier givenUp) {
    var since = new HashMap<String, Instant>();
    return settle(
        givenUp,
        () -> {
          judgeOrphans(since);
          return unsettled().toList();
        });
  }

  private Duration settle(BooleanSupplier givenUp, Supplier<List<String>> left) {
    var began = Instant.now();
    try {
      Awaitility.await()
          .atMost(SETTLES_WITHIN)
          .pollDelay(Duration.ZERO)
          .pollInterval(POLL)
          .until(() -> givenUp.getAsBoolean() || left.get().isEmpty());
    } catch (ConditionTimeoutException e) {
      left.get()
          .forEach(what -> violations.add(what + ", after " + SETTLES_WITHIN.toSeconds() + " s"));
    }
    return Duration.between(began, Instant.now());
  }

  /** Which groups there are of the pool with the load. */
  Set<String> groups() {
    return stormGroups.present();
  }

  /** Uids of pods that are gone and have a group in the pool with the load. */
  Set<String> orphans() {
    return orphans(stormGroups);
  }

  /** Whether the pool with the load says that this is true. */
  boolean says(String condition) {
    return "True".equals(pools.condition(storm, condition));
  }

  /** Groups without a pod have to be gone two sweeps after they were seen. */
  private void judgeOrphans(Map<String, Instant> since) {
    var now = Instant.now();
    var orphans = new HashSet<String>();
    orphans.addAll(orphans(stormGroups));
    orphans.addAll(orphans(heldGroups));
    since.keySet().retainAll(orphans);
    for (var uid : orphans) {
      var seen = since.computeIfAbsent(uid, _ -> now);
      if (now.isAfter(seen.plus(TWO_SWEEPS))) {
        violations.add(
            "the group of pod %s, which is gone, was there after two sweeps".formatted(uid));
      }
    }
  }

  private Set<String> orphans(GroupHistory groups) {
    var uids = new HashSet<>(groups.present());
    uids.removeIf(uid -> pods.life(uid).filter(life -> !life.gone()).isPresent());
    return uids;
  }

  private Stream<String> unsettled() {
    var lasting = new ArrayList<String>();
    for (int i = 0; i < LASTING_NODES; i++) {
      lasting.add(storm + "-" + i);
    }
    return Stream.of(
            pods.present().flatMap(Stage::unsettled),
            witnesses.present().flatMap(Stage::unsettled),
            orphans(stormGroups).stream().map(uid -> "a group is without its pod " + uid),
            orphans(heldGroups).stream().map(uid -> "a group is without its pod " + uid),
            differs(storm, Set.copyOf(lasting)),
            differs(held, Set.of(held + "-0")),
            differs(calm, Set.of(calm + "-0", calm + "-1")),
            pools.names().stream()
                .filter(passing::contains)
                .map(name -> "pool " + name + " is not gone"))
        .flatMap(what -> what);
  }

  private Stream<String> differs(String pool, Set<String> wanted) {
    var ready = nodes.ready(pool);
    var all = nodes.all(pool);
    return ready.equals(wanted) && all.equals(wanted)
        ? Stream.of()
        : Stream.of("pool %s has nodes %s, ready are %s".formatted(pool, all, ready));
  }

  private static Stream<String> unsettled(PodHistory.Life life) {
    var pod = life.pod();
    var name =
        "%s on %s, %s,"
            .formatted(
                PodHistory.name(pod), pod.getSpec().getNodeName(), pod.getStatus().getPhase());
    if (life.dismissed()) {
      return Stream.of(name + " is not gone");
    }
    if (Task.ends(pod)) {
      return life.ended() ? Stream.of() : Stream.of(name + " has not ended");
    }
    boolean runs = Task.crashes(pod) || PodHistory.ready(pod);
    return runs ? Stream.of() : Stream.of(name + " is not ready");
  }

  private Stream<String> remains(String pool, GroupHistory groups) {
    return Stream.of(
            pods.present()
                .filter(life -> pool.equals(life.pod().getMetadata().getLabels().get("pool")))
                .map(life -> PodHistory.name(life.pod()) + " is not gone"),
            nodes.all(pool).stream().map(node -> "node " + node + " is not gone"),
            pools.names().stream()
                .filter(pool::equals)
                .map(name -> "pool " + name + " is not gone"),
            groups.present().stream().map(uid -> "the group of pod " + uid + " is not gone"))
        .flatMap(what -> what);
  }

  /** Holds all that happened against what must always be so. */
  void judge() {
    judge(stormGroups);
    judge(heldGroups);
    new TreeMap<>(calmGroups.ended())
        .forEach((uid, how) -> violations.add("a witness was disturbed: " + how));
    calmGroups.judge(violations, _ -> true);
    if (calmGroups.present().size() != WITNESSES) {
      violations.add("the witnesses have %d groups".formatted(calmGroups.present().size()));
    }
    backend.judgeForeign(violations);
  }

  private void judge(GroupHistory groups) {
    groups.judge(
        violations, uid -> pods.life(uid).filter(life -> Task.restarts(life.pod())).isEmpty());
    groups
        .ended()
        .forEach(
            (uid, how) ->
                pods.life(uid)
                    .filter(life -> !life.dismissed() && !life.gone() && !life.ended())
                    .ifPresent(
                        life ->
                            violations.add(
                                "%s is to run on, and its group was asked to end: %s"
                                    .formatted(PodHistory.name(life.pod()), how))));
  }

  @Override
  public void close() {
    pools.delete(held);
    client.namespaces().withName(place.namespace()).delete();
    client.namespaces().withName(watched(place)).delete();
    settle(() -> false, () -> remains(held, heldGroups).toList());
    pools.delete(calm);
    settle(() -> false, () -> remains(calm, calmGroups).toList());
    nodes.close();
    pods.close();
    witnesses.close();
    calmGroups.close();
    heldGroups.close();
    backend.close();
  }
}
