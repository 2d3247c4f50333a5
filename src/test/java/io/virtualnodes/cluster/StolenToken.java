package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Attempt.Outcome;
import io.virtualnodes.cluster.Attempt.Who;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Somebody who has the operator's token in a cluster where there is something to be had: a machine
 * with a pod whose Secret and account are worth it, and a virtual node with a pod.
 */
final class StolenToken implements AutoCloseable {
  private static final String NODES = "system:nodes";

  private final Place place;
  private final OperatorRights rights;
  private final Kind kind;
  private final Map<Who, Intruder> intruders;
  // What texts name in braces.
  private final Map<String, String> words;

  /** How the operator is a node there. */
  enum Kind {
    CONSTRAINED,
    /** By name, and only as the virtual node: no machine is named. */
    OLDER
  }

  private StolenToken(
      Place place,
      OperatorRights rights,
      Kind kind,
      Map<Who, Intruder> intruders,
      Map<String, String> words) {
    this.place = place;
    this.rights = rights;
    this.kind = kind;
    this.intruders = intruders;
    this.words = words;
  }

  /** The node of {@link #prepare}; before it, for rights that name it. */
  static String virtualNode(Place place) {
    return place.pool("virtual") + "-0";
  }

  /**
   * Makes what is worth having.
   *
   * @param rights of the token; as the operator's, and of an account that no policy is about
   * @param confined of the operator's own account, which the policy is about
   */
  static StolenToken prepare(
      Place place, Kind kind, OperatorRights rights, OperatorRights confined) {
    var virtual = virtualNode(place);
    var machine = place.pool("machine");
    place.kubectl().runWith(nodesAndPool(place), "apply", "-f", "-");
    for (var name : List.of("payroll", "ours", "nobodys")) {
      place.kubectl().run("create", "secret", "generic", name, "--from-literal=word=" + name);
      place.kubectl().run("create", "configmap", name, "--from-literal=word=" + name);
    }
    for (var account : List.of("payroll", "ours", "victim")) {
      place.kubectl().run("create", "serviceaccount", account);
    }
    bind(place, "victim", machine);
    bind(place, "payroll", machine);
    bind(place, "ours", virtual);
    var intruders =
        Map.of(
            Who.ITSELF, Intruder.with(rights),
            Who.UNDER_THE_POLICY, Intruder.with(confined),
            Who.AS_VIRTUAL, asNode(rights, kind, virtual),
            Who.AS_MACHINE, asNode(rights, kind, machine));
    var stolen = new StolenToken(place, rights, kind, intruders, words(place));
    stolen.awaitAuthorizers();
    return stolen;
  }

  private static Map<String, String> words(Place place) {
    var words = new HashMap<String, String>();
    words.put("ns", place.namespace());
    words.put("virtual", virtualNode(place));
    for (var own : List.of("machine", "spare", "pool", "more", "host", "lease")) {
      words.put(own, place.pool(own));
    }
    words.put("payroll.uid", uid(place, "pod/payroll"));
    words.put("ours.uid", uid(place, "pod/ours"));
    words.put("virtual.uid", uid(place, "node/" + virtualNode(place)));
    return Map.copyOf(words);
  }

  private static String uid(Place place, String what) {
    return place.kubectl().run("get", what, "--output=jsonpath={.metadata.uid}");
  }

  private static Intruder asNode(OperatorRights rights, Kind kind, String node) {
    return switch (kind) {
      case CONSTRAINED -> Intruder.asNode(rights, node);
      case OLDER -> Intruder.as(rights, "system:node:" + node, NODES);
    };
  }

  /** They learn of pods and policies a moment after these were made. */
  private void awaitAuthorizers() {
    eventually(() -> intruder(Who.AS_VIRTUAL).reads(told("/api/v1/namespaces/{ns}/secrets/ours")));
    if (kind == Kind.CONSTRAINED) {
      eventually(
          () -> intruder(Who.AS_MACHINE).reads(told("/api/v1/namespaces/{ns}/secrets/payroll")));
    }
    var policy = intruder(Who.UNDER_THE_POLICY);
    eventually(() -> policy.cannot("PATCH", told("/api/v1/nodes/{spare}"), "{}", "of its pools"));
  }

  private static String nodesAndPool(Place place) {
    return """
    apiVersion: v1
    kind: Node
    metadata: { name: %s }
    ---
    apiVersion: v1
    kind: Node
    metadata: { name: %s, labels: { virtualnodes.io/pool: %s } }
    ---
    apiVersion: v1
    kind: Node
    metadata: { name: %s }
    spec: { taints: [{ key: team, value: only, effect: NoSchedule }] }
    ---
    apiVersion: virtualnodes.io/v1alpha1
    kind: VirtualNodePool
    metadata: { name: %s }
    spec:
      nodes: { count: 1 }
      backends: [{ name: sim, simulated: {} }]
    """
        .formatted(
            place.pool("machine"),
            virtualNode(place),
            place.pool("virtual"),
            place.pool("spare"),
            place.pool("pool"));
  }

  /** A pod with the Secret and the account of its name. */
  private static void bind(Place place, String name, String node) {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: %1$s }
            spec:
              nodeName: %2$s
              serviceAccountName: %1$s
              tolerations: [{ operator: Exists }]
              containers:
              - { name: main, image: none, envFrom: [{ secretRef: { name: %1$s } }] }
            """
                .formatted(name, node),
            "apply",
            "-f",
            "-");
  }

  Place place() {
    return place;
  }

  Intruder intruder(Who who) {
    return intruders.get(who);
  }

  /** A text with what it names in braces: {@code {ns}}, {@code {virtual}} and so on. */
  String told(String text) {
    var told = text;
    for (var word : words.entrySet()) {
      told = told.replace("{" + word.getKey() + "}", word.getValue());
    }
    return told;
  }

  /** Each of these, with the outcome of this cluster. */
  Stream<DynamicTest> tests(List<Attempt> attempts) {
    return attempts.stream()
        .map(attempt -> DynamicTest.dynamicTest(attempt.toString(), () -> make(attempt)));
  }

  private void make(Attempt attempt) {
    var intruder = intruder(attempt.who());
    var path = told(attempt.path());
    var body = told(attempt.body());
    switch (outcome(attempt)) {
      case Outcome.Done(var answer) ->
          assertThat(intruder.does(attempt.method(), path, body)).contains(answer);
      case Outcome.Refused(var reason) -> intruder.cannot(attempt.method(), path, body, reason);
    }
  }

  private Outcome outcome(Attempt attempt) {
    return switch (kind) {
      case CONSTRAINED -> attempt.outcome();
      case OLDER ->
          attempt.who() == Who.AS_MACHINE
              ? new Outcome.Refused("cannot impersonate resource")
              : attempt.older().orElse(attempt.outcome());
    };
  }

  /** Neither somebody else nor a node with a further group. */
  void assertItBecomesNobodyButANode() {
    var masters = "system:masters";
    var virtual = told("system:node:{virtual}");
    try (var admin = Intruder.as(rights, "system:admin", masters);
        var user = Intruder.as(rights, "anybody");
        var nodes = Intruder.as(rights, "anybody", NODES);
        var group = Intruder.as(rights, virtual, masters);
        var groups = Intruder.as(rights, virtual, NODES, masters);
        var account =
            Intruder.as(rights, "system:serviceaccount:kube-system:namespace-controller");
        var scheduler = Intruder.as(rights, "system:kube-scheduler")) {
      for (var other : List.of(admin, user, nodes, group, groups, account, scheduler)) {
        other.cannotRead("/api/v1/namespaces/kube-system/secrets");
        other.cannotRead("/api/v1/nodes");
      }
    }
  }

  /** Removes what was made, and what attempts may have left. */
  @Override
  public void close() {
    intruders.values().forEach(Intruder::close);
    var kubectl = place.kubectl();
    kubectl.run("delete", "pods", "--all", "--grace-period=0", "--force");
    // Whether an operator runs here is another test's affair.
    kubectl.run("delete", "vnp", told("{pool}"), "--wait=false", "--ignore-not-found");
    kubectl.run(
        "delete",
        "node",
        told("{machine}"),
        told("{virtual}"),
        told("{spare}"),
        "--ignore-not-found");
    kubectl.run("delete", "lease", "-n", "virtual-nodes", told("{lease}"), "--ignore-not-found");
    place.cluster().client().namespaces().withName(place.namespace()).delete();
  }
}
