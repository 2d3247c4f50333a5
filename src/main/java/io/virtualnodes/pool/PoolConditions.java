package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
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

  private record Verdict(String type, boolean holds, String reason, String message) {}

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
            .map(part -> new Verdict("Ready", false, part.reason(), part.message()))
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
                    "Ready",
                    true,
                    "Stopped",
                    "All is well, but spec.stopPolicy is " + policy + ": no new pods start"))
        .orElseGet(
            () ->
                new Verdict(
                    "Ready",
                    true,
                    "PoolReady",
                    "The pool takes pods"
                        + facts.notice().map(notice -> ". " + notice).orElse("")));
  }

  private static Verdict accepted(Facts facts) {
    return facts
        .rejected()
        .map(why -> new Verdict("Accepted", false, "InvalidSettings", why))
        .orElseGet(
            () -> new Verdict("Accepted", true, "SettingsValid", "The settings can be used"));
  }

  private static Verdict backendReady(Facts facts) {
    if (facts.rejected().isPresent()) {
      return new Verdict("BackendReady", false, "InvalidSettings", facts.rejected().get());
    }
    if (facts.denied().isPresent()) {
      return new Verdict(
          "BackendReady",
          false,
          "Denied",
          "The backend refuses the pool's settings or credentials. It said: "
              + facts.denied().get());
    }
    if (facts.outage().isPresent()) {
      return new Verdict(
          "BackendReady",
          false,
          "Unavailable",
          "The backend does not answer; what runs there goes on. Last: " + facts.outage().get());
    }
    return facts.backendSeen()
        ? new Verdict("BackendReady", true, "Answers", "The backend answers")
        : new Verdict("BackendReady", false, "Connecting", "The backend has not answered yet");
  }

  private static Verdict nodesRegistered(Facts facts) {
    if (!facts.taken().isEmpty()) {
      return new Verdict(
          "NodesRegistered",
          false,
          "NameTaken",
          "These Nodes exist and do not belong to the pool: "
              + String.join(", ", facts.taken())
              + ". Remove them or name the pool differently");
    }
    if (!facts.capacityKnown()) {
      return new Verdict(
          "NodesRegistered",
          false,
          "CapacityUnknown",
          "The backend has not said what it has; wait for it or set spec.nodes.capacity");
    }
    var message = facts.ready() + " of " + facts.wanted() + " nodes take pods";
    return facts.registered() >= facts.wanted() && facts.ready() >= facts.wanted()
        ? new Verdict("NodesRegistered", true, "AllReady", message)
        : new Verdict("NodesRegistered", false, "Starting", message);
  }

  private static Verdict kubeletServing(Facts facts) {
    return facts.serverProblems().isEmpty()
        ? new Verdict(
            "KubeletServing", true, "Serving", "kubectl logs reaches the nodes that are started")
        : new Verdict(
            "KubeletServing", false, "PortNotOpened", String.join("; ", facts.serverProblems()));
  }

  private static Verdict waitsForSomebody(Verdict stalled) {
    return new Verdict(
        "Reconciling", false, stalled.reason(), "Nothing changes until Stalled is over");
  }

  private static Verdict reconciling(Facts facts) {
    if (facts.emptying() > 0) {
      return new Verdict(
          "Reconciling",
          true,
          "EmptyingNodes",
          facts.emptying()
              + (facts.emptying() == 1 ? " node is" : " nodes are")
              + " being emptied");
    }
    boolean starting = facts.rejected().isEmpty() && facts.ready() < facts.wanted();
    return starting
        ? new Verdict("Reconciling", true, "StartingNodes", "Nodes are being started")
        : new Verdict("Reconciling", false, "Settled", "Nothing is being changed");
  }

  private static Verdict stalled(Facts facts) {
    if (facts.rejected().isPresent()) {
      return new Verdict("Stalled", true, "InvalidSettings", facts.rejected().get());
    }
    if (!facts.taken().isEmpty()) {
      return new Verdict("Stalled", true, "NameTaken", nodesRegistered(facts).message());
    }
    if (facts.emptying() > 0 && facts.outage().isPresent()) {
      return new Verdict(
          "Stalled",
          true,
          "BackendUnavailable",
          "Nodes cannot be emptied while the backend does not answer; spec.drain.forceOrphan lets a"
              + " deleted pool go without it");
    }
    if (facts.denied().isPresent()) {
      return new Verdict("Stalled", true, "Denied", backendReady(facts).message());
    }
    return new Verdict("Stalled", false, "NotStalled", "Nothing stands in the way");
  }

  private static Verdict orphansHeld(Facts facts) {
    return facts.heldOrphans() > 0
        ? new Verdict(
            "OrphansHeld",
            true,
            "ManyOrphans",
            facts.heldOrphans()
                + " groups at the backend have no pod. That is many at once, so the API server is"
                + " asked again before they are removed")
        : new Verdict("OrphansHeld", false, "None", "No group without a pod is being kept");
  }

  /** To their controller these pods are unavailable for ever, also while it rolls out a change. */
  private static Verdict daemonSetsStalled(List<String> daemonSets) {
    if (daemonSets.isEmpty()) {
      return new Verdict(
          "DaemonSetsStalled", false, "None", "No DaemonSet has a pod on the pool's nodes");
    }
    int more = daemonSets.size() - MOST_NAMES;
    return new Verdict(
        "DaemonSetsStalled",
        true,
        "PodsRefused",
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
            "ClusterNetwork",
            false,
            "NoClusterDNS",
            "Pods use the DNS of their backend, where names of Services do not resolve. If they can"
                + " reach the cluster's DNS and the addresses of Services, say where in"
                + " spec.network.dnsServers. "
                + apiServer)
        : new Verdict(
            "ClusterNetwork",
            true,
            "Declared",
            "Pods ask "
                + String.join(", ", network.dnsServers())
                + " for names of "
                + network.clusterDomain()
                + ", as spec.network says; whether the backend's network leads there is not tried. "
                + apiServer);
  }

  private static Condition condition(
      Verdict verdict, long generation, List<Condition> before, Instant now) {
    var status = verdict.holds() ? "True" : "False";
    var since =
        before.stream()
            .filter(condition -> condition.getType().equals(verdict.type()))
            .filter(condition -> condition.getStatus().equals(status))
            .map(Condition::getLastTransitionTime)
            .findFirst()
            .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    return new ConditionBuilder()
        .withType(verdict.type())
        .withStatus(status)
        .withReason(verdict.reason())
        .withMessage(verdict.message())
        .withObservedGeneration(generation)
        .withLastTransitionTime(since)
        .build();
  }
}
