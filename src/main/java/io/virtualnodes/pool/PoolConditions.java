package io.virtualnodes.pool;

import static io.virtualnodes.pool.PoolConditionReason.ALL_READY;
import static io.virtualnodes.pool.PoolConditionReason.ANSWERS;
import static io.virtualnodes.pool.PoolConditionReason.BACKEND_UNAVAILABLE;
import static io.virtualnodes.pool.PoolConditionReason.CAPACITY_UNKNOWN;
import static io.virtualnodes.pool.PoolConditionReason.CONNECTING;
import static io.virtualnodes.pool.PoolConditionReason.DECLARED;
import static io.virtualnodes.pool.PoolConditionReason.DENIED;
import static io.virtualnodes.pool.PoolConditionReason.EMPTYING_NODES;
import static io.virtualnodes.pool.PoolConditionReason.INVALID_SETTINGS;
import static io.virtualnodes.pool.PoolConditionReason.MANY_ORPHANS;
import static io.virtualnodes.pool.PoolConditionReason.NAME_TAKEN;
import static io.virtualnodes.pool.PoolConditionReason.NOT_STALLED;
import static io.virtualnodes.pool.PoolConditionReason.NO_CLUSTER_DNS;
import static io.virtualnodes.pool.PoolConditionReason.NO_DAEMON_SETS;
import static io.virtualnodes.pool.PoolConditionReason.NO_ORPHANS;
import static io.virtualnodes.pool.PoolConditionReason.PODS_REFUSED;
import static io.virtualnodes.pool.PoolConditionReason.POOL_READY;
import static io.virtualnodes.pool.PoolConditionReason.PORT_NOT_OPENED;
import static io.virtualnodes.pool.PoolConditionReason.SERVING;
import static io.virtualnodes.pool.PoolConditionReason.SETTINGS_VALID;
import static io.virtualnodes.pool.PoolConditionReason.SETTLED;
import static io.virtualnodes.pool.PoolConditionReason.STARTING;
import static io.virtualnodes.pool.PoolConditionReason.STARTING_NODES;
import static io.virtualnodes.pool.PoolConditionReason.STOPPED;
import static io.virtualnodes.pool.PoolConditionReason.UNAVAILABLE;
import static io.virtualnodes.pool.PoolConditionType.BACKEND_READY;
import static io.virtualnodes.pool.PoolConditionType.READY;
import static io.virtualnodes.pool.PoolConditionType.RECONCILING;
import static io.virtualnodes.pool.PoolConditionType.STALLED;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.node.ConditionType;
import io.virtualnodes.pod.PodNetwork;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a pool's conditions say: pure. {@code Ready} is true if all that it rests on is. {@code
 * Reconciling} and {@code Stalled} are kstatus', by which others wait for a pool (docs/gitops.md):
 * never both are true, since a pool that waits for a person makes no progress by itself.
 */
final class PoolConditions {
  private static final int MOST_NAMES = 5;

  private PoolConditions() {}

  /**
   * What was seen of a pool.
   *
   * @param rejected why its settings cannot be used
   * @param outage what the backend said, if it does not answer
   * @param denied what the backend said, if it refuses our settings or credentials
   * @param wanted how many nodes there should be
   * @param registered how many there are
   * @param ready how many of them are there to stay and have their pods watched
   * @param taken names of ours that somebody else's Node bears
   * @param serverProblems why a kubelet endpoint could not be opened, by node
   * @param emptying how many nodes are being emptied
   * @param heldOrphans groups without a pod that a sweep did not dare to remove
   * @param refusedDaemonSets whose pods are on the pool's nodes, by namespace and name
   * @param stopped the pool's stopPolicy, if it lets no new pods start
   * @param capacityKnown whether it is known what the nodes may advertise
   * @param notice what people must know of the backend
   * @param network what its pods are told of the cluster's network
   */
  record Facts(
      Optional<String> rejected,
      Optional<String> outage,
      Optional<String> denied,
      boolean backendSeen,
      int wanted,
      int registered,
      int ready,
      List<String> taken,
      List<String> serverProblems,
      int emptying,
      int heldOrphans,
      List<String> refusedDaemonSets,
      Optional<StopPolicy> stopped,
      boolean capacityKnown,
      Optional<String> notice,
      PodNetwork network) {}

  /** What one condition says. */
  private record Verdict(ConditionType type, PoolConditionReason reason, String message) {
    /** Of the condition that the reason is about. */
    Verdict(PoolConditionReason reason, String message) {
      this(reason.about(), reason, message);
    }

    boolean holds() {
      return reason.of(type).holds();
    }

    /** That a condition of this type is as it is for the reason of this one. */
    Verdict of(PoolConditionType other) {
      return new Verdict(other, reason, message);
    }
  }

  /**
   * @param before the conditions as they are, for the times at which they changed
   */
  static List<Condition> of(Facts facts, long generation, List<Condition> before, Instant now) {
    var parts =
        List.of(
            accepted(facts), backendReady(facts), nodesRegistered(facts), kubeletServing(facts));
    var verdicts = new ArrayList<Verdict>();
    verdicts.add(
        parts.stream()
            .filter(part -> !part.holds())
            .findFirst()
            .map(part -> part.of(READY))
            .orElseGet(() -> ready(facts)));
    verdicts.addAll(parts);
    var stalled = stalled(facts);
    verdicts.add(stalled.holds() ? waitsForSomebody(stalled) : reconciling(facts));
    verdicts.add(stalled);
    verdicts.add(orphansHeld(facts));
    verdicts.add(daemonSetsStalled(facts.refusedDaemonSets()));
    verdicts.add(clusterNetwork(facts.network()));
    return verdicts.stream().map(verdict -> condition(verdict, generation, before, now)).toList();
  }

  private static Verdict ready(Facts facts) {
    return facts
        .stopped()
        .map(
            policy ->
                new Verdict(
                    STOPPED,
                    "All is well, but spec.stopPolicy is " + policy + ": no new pods start"))
        .orElseGet(
            () ->
                new Verdict(
                    POOL_READY,
                    "The pool takes pods"
                        + facts.notice().map(notice -> ". " + notice).orElse("")));
  }

  private static Verdict accepted(Facts facts) {
    return facts
        .rejected()
        .map(why -> new Verdict(INVALID_SETTINGS, why))
        .orElseGet(() -> new Verdict(SETTINGS_VALID, "The settings can be used"));
  }

  private static Verdict backendReady(Facts facts) {
    if (facts.rejected().isPresent()) {
      return accepted(facts).of(BACKEND_READY);
    }
    if (facts.denied().isPresent()) {
      return new Verdict(
          DENIED,
          "The backend refuses the pool's settings or credentials. It said: "
              + facts.denied().get());
    }
    if (facts.outage().isPresent()) {
      return new Verdict(
          UNAVAILABLE,
          "The backend does not answer; what runs there goes on. Last: " + facts.outage().get());
    }
    return facts.backendSeen()
        ? new Verdict(ANSWERS, "The backend answers")
        : new Verdict(CONNECTING, "The backend has not answered yet");
  }

  private static Verdict nodesRegistered(Facts facts) {
    if (!facts.taken().isEmpty()) {
      return new Verdict(
          NAME_TAKEN,
          "These Nodes exist and do not belong to the pool: "
              + String.join(", ", facts.taken())
              + ". Remove them or name the pool differently");
    }
    if (!facts.capacityKnown()) {
      return new Verdict(
          CAPACITY_UNKNOWN,
          "The backend has not said what it has; wait for it or set spec.nodes.capacity");
    }
    boolean all = facts.registered() >= facts.wanted() && facts.ready() >= facts.wanted();
    return new Verdict(
        all ? ALL_READY : STARTING, facts.ready() + " of " + facts.wanted() + " nodes take pods");
  }

  private static Verdict kubeletServing(Facts facts) {
    return facts.serverProblems().isEmpty()
        ? new Verdict(SERVING, "kubectl logs reaches the nodes that are started")
        : new Verdict(PORT_NOT_OPENED, String.join("; ", facts.serverProblems()));
  }

  private static Verdict waitsForSomebody(Verdict stalled) {
    return new Verdict(RECONCILING, stalled.reason(), "Nothing changes until Stalled is over");
  }

  private static Verdict reconciling(Facts facts) {
    if (facts.emptying() > 0) {
      return new Verdict(
          EMPTYING_NODES,
          facts.emptying()
              + (facts.emptying() == 1 ? " node is" : " nodes are")
              + " being emptied");
    }
    boolean starting = facts.rejected().isEmpty() && facts.ready() < facts.wanted();
    return starting
        ? new Verdict(STARTING_NODES, "Nodes are being started")
        : new Verdict(SETTLED, "Nothing is being changed");
  }

  private static Verdict stalled(Facts facts) {
    if (facts.rejected().isPresent()) {
      return accepted(facts).of(STALLED);
    }
    if (!facts.taken().isEmpty()) {
      return nodesRegistered(facts).of(STALLED);
    }
    if (facts.emptying() > 0 && facts.outage().isPresent()) {
      return new Verdict(
          BACKEND_UNAVAILABLE,
          "Nodes cannot be emptied while the backend does not answer; spec.drain.forceOrphan lets a"
              + " deleted pool go without it");
    }
    if (facts.denied().isPresent()) {
      return backendReady(facts).of(STALLED);
    }
    return new Verdict(NOT_STALLED, "Nothing stands in the way");
  }

  private static Verdict orphansHeld(Facts facts) {
    return facts.heldOrphans() > 0
        ? new Verdict(
            MANY_ORPHANS,
            facts.heldOrphans()
                + " groups at the backend have no pod. That is many at once, so the API server is"
                + " asked again before they are removed")
        : new Verdict(NO_ORPHANS, "No group without a pod is being kept");
  }

  /** To their controller these pods are unavailable for ever, also while it rolls out a change. */
  private static Verdict daemonSetsStalled(List<String> daemonSets) {
    if (daemonSets.isEmpty()) {
      return new Verdict(NO_DAEMON_SETS, "No DaemonSet has a pod on the pool's nodes");
    }
    int more = daemonSets.size() - MOST_NAMES;
    return new Verdict(
        PODS_REFUSED,
        "These DaemonSets tolerate the pool's taint, so that they have pods on its nodes, which"
            + " cannot run there and hold up their rollouts: "
            + daemonSets.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
            + (more > 0 ? " and " + more + " more" : "")
            + ". Keep them off with node affinity (virtualnodes.io/pool DoesNotExist), or all of"
            + " them with the policy in deploy/policies/daemonsets");
  }

  /** What the pool's owner says, and nothing that anybody tried. */
  private static Verdict clusterNetwork(PodNetwork network) {
    var apiServer =
        network
            .apiServer()
            .map(server -> "They are told that the API server is at " + server)
            .orElse("They are told the cluster's own address of the API server");
    return network.dnsServers().isEmpty()
        ? new Verdict(
            NO_CLUSTER_DNS,
            "Pods use the DNS of their backend, where names of Services do not resolve. If they can"
                + " reach the cluster's DNS and the addresses of Services, say where in"
                + " spec.network.dnsServers. "
                + apiServer)
        : new Verdict(
            DECLARED,
            "Pods ask "
                + String.join(", ", network.dnsServers())
                + " for names of "
                + network.clusterDomain()
                + ", as spec.network says; whether the backend's network leads there is not tried. "
                + apiServer);
  }

  private static Condition condition(
      Verdict verdict, long generation, List<Condition> before, Instant now) {
    var type = verdict.type();
    var status = verdict.reason().of(type).status();
    var since =
        before.stream()
            .filter(condition -> type.is(condition.getType()))
            .filter(condition -> condition.getStatus().equals(status))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(type.type())
        .withStatus(status)
        .withReason(verdict.reason().reason())
        .withMessage(verdict.message())
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }
}
