package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What somebody can do in the cluster who has the operator's token, and what not: each outcome as
 * it is, the bad ones too. docs/threat-model.md tells them.
 *
 * <p>There is a machine with a pod whose Secret and account are worth having, and a virtual node
 * with a pod. The first of two tokens has the rights of {@code deploy/base} alone.
 */
class StolenTokenIT {
  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1";
  private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/";
  private static final String REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

  // A machine without its taints takes everybody's pods.
  private static final String FREE = "{\"spec\":{\"taints\":[]}}";

  private static Place place;
  private static String machine;
  private static String virtual;
  private static OperatorRights rights;
  // As itself, as the virtual node and as the machine.
  @AutoClose private static Intruder itself;
  @AutoClose private static Intruder asVirtual;
  @AutoClose private static Intruder asMachine;

  @BeforeAll
  static void aMachineAndAVirtualNode() {
    var cluster = Cluster.of(StolenTokenIT.class);
    place = cluster.place(StolenTokenIT.class);
    machine = place.pool("machine");
    virtual = place.pool("virtual") + "-0";
    // Beside that of the operators that run here, whose objects are left alone.
    rights = OperatorRights.apply(cluster, "deploy/base", "-stolen");
    itself = Intruder.with(rights);
    asVirtual = Intruder.asNode(rights, virtual);
    asMachine = Intruder.asNode(rights, machine);
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: Node
            metadata: { name: %1$s }
            ---
            apiVersion: v1
            kind: Node
            metadata: { name: %2$s, labels: { virtualnodes.io/pool: %3$s } }
            """
                .formatted(machine, virtual, place.pool("virtual")),
            "apply",
            "-f",
            "-");
    for (var name : List.of("payroll", "ours", "nobodys")) {
      place.kubectl().run("create", "secret", "generic", name, "--from-literal=word=" + name);
      place.kubectl().run("create", "configmap", name, "--from-literal=word=" + name);
    }
    for (var account : List.of("payroll", "ours", "victim")) {
      place.kubectl().run("create", "serviceaccount", account);
    }
    bind("payroll", machine);
    bind("ours", virtual);
    eventually(() -> asVirtual.reads(inOurs("secrets/ours")));
    eventually(() -> asMachine.reads(inOurs("secrets/payroll")));
  }

  @AfterAll
  static void remove() {
    if (place != null) {
      place.kubectl().run("delete", "pods", "--all", "--grace-period=0", "--force");
      place.kubectl().run("delete", "node", machine, virtual, "--ignore-not-found");
      place.cluster().client().namespaces().withName(place.namespace()).delete();
    }
  }

  private static void bind(String name, String node) {
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

  // What it cannot.

  @Test
  void secretsAndConfigMapsAtLargeStayUnread() {
    for (var kind : List.of("secrets", "configmaps")) {
      itself.cannotRead("/api/v1/" + kind);
      itself.cannotRead("/api/v1/namespaces/kube-system/" + kind);
      itself.cannotRead("/api/v1/namespaces/virtual-nodes/" + kind);
      itself.cannotRead(inOurs(kind + "/nobodys"));
      for (var node : List.of(asVirtual, asMachine)) {
        node.cannotRead("/api/v1/" + kind);
        node.cannotRead(inOurs(kind));
        node.cannot("GET", inOurs(kind + "/nobodys"), "", "no relationship found");
      }
    }
  }

  @Test
  void aVirtualNodeReadsNothingOfAMachinesPods() {
    asVirtual.cannot("GET", inOurs("secrets/payroll"), "", "no relationship found");
    asVirtual.cannotRead(inOurs("pods/payroll"));
    asVirtual.cannot(
        "GET", "/api/v1/pods?fieldSelector=spec.nodeName%3D" + machine, "", "spec.nodeName");
    asVirtual.cannotRead("/api/v1/nodes/" + machine);
    asVirtual.cannot("DELETE", inOurs("pods/payroll"), "{}", "can only delete pods with");
    asVirtual.cannot(
        "PATCH", inOurs("pods/payroll/status"), "{\"status\":{\"phase\":\"Failed\"}}", "itself");
    asVirtual.cannot("POST", inOurs("pods/payroll/eviction"), eviction("payroll"), "itself");
    asVirtual.cannot(
        "PATCH",
        "/api/v1/nodes/" + machine + "/status",
        "{\"status\":{}}",
        "not allowed to modify");
    asVirtual.cannotRead(LEASES + "kube-node-lease/leases/" + machine);
  }

  @Test
  void tokensAreForAccountsOfPodsOnTheNodeOnly() {
    itself.cannot("POST", inOurs("serviceaccounts/payroll/token"), token("payroll"));
    asVirtual.cannot(
        "POST", inOurs("serviceaccounts/payroll/token"), token("payroll"), "no relationship found");
    asVirtual.cannot(
        "POST",
        inOurs("serviceaccounts/ours/token"),
        "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}",
        "not bound to a pod");
    assertThat(asVirtual.does("POST", inOurs("serviceaccounts/ours/token"), token("ours")))
        .contains("\"token\":");
  }

  @Test
  void noPodIsMadeBoundOrEntered() {
    var pod =
        """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"made"},"spec":{"nodeName":"%s",
        "containers":[{"name":"main","image":"none"}]}}
        """;
    itself.cannot("POST", inOurs("pods"), pod.formatted(virtual));
    asVirtual.cannot("POST", inOurs("pods"), pod.formatted(virtual));
    asMachine.cannot("POST", inOurs("pods"), pod.formatted(machine));
    for (var intruder : List.of(itself, asVirtual, asMachine)) {
      intruder.cannot(
          "POST",
          inOurs("pods/ours/binding"),
          """
          {"apiVersion":"v1","kind":"Binding","metadata":{"name":"ours"},
          "target":{"kind":"Node","name":"%s"}}
          """
              .formatted(virtual));
      intruder.cannot("POST", inOurs("pods/payroll/exec?command=id&container=main"), "");
      intruder.cannotRead(inOurs("pods/payroll/log"));
      intruder.cannotRead("/api/v1/nodes/" + machine + "/proxy/pods");
    }
    itself.cannotRead(inOurs("pods/payroll"));
    itself.cannot("DELETE", inOurs("pods/payroll"), "{}");
  }

  @Test
  void itBecomesNobodyButANode() {
    var masters = new String[] {"system:masters"};
    try (var admin = Intruder.as(rights, "system:admin", masters);
        var user = Intruder.as(rights, "anybody");
        var group = Intruder.as(rights, "system:node:" + virtual, masters);
        var account =
            Intruder.as(rights, "system:serviceaccount:kube-system:namespace-controller");
        var scheduler = Intruder.as(rights, "system:kube-scheduler")) {
      for (var other : List.of(admin, user, group, account, scheduler)) {
        other.cannotRead("/api/v1/namespaces/kube-system/secrets");
        other.cannotRead("/api/v1/nodes");
      }
    }
  }

  @Test
  void rightsDoNotGrow() {
    var toAdmin =
        """
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"%s","metadata":{"name":"more"},
        "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
        "subjects":[{"kind":"ServiceAccount","name":"virtual-nodes-operator-stolen",
        "namespace":"virtual-nodes"}]}
        """;
    var anything = "{\"rules\":[{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}]}";
    for (var intruder : List.of(itself, asVirtual, asMachine)) {
      intruder.cannot(
          "POST", RBAC + "/clusterrolebindings", toAdmin.formatted("ClusterRoleBinding"));
      intruder.cannot(
          "POST",
          RBAC + "/namespaces/virtual-nodes/rolebindings",
          toAdmin.formatted("RoleBinding"));
      intruder.cannot(
          "PATCH", RBAC + "/clusterroles/virtual-nodes-operator-as-node-stolen", anything);
      intruder.cannot(
          "POST",
          "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
          "{\"metadata\":{\"name\":\"more\"}}");
      intruder.cannot(
          "PATCH",
          "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/virtualnodepools.virtualnodes.io",
          "{}");
      intruder.cannot("POST", inOurs("secrets"), "{\"metadata\":{\"name\":\"more\"}}");
    }
  }

  @Test
  void certificatesAreNeitherAskedForNorApproved() {
    var request = place.cluster().client().resource(CertificateRequests.ofAClient()).create();
    var name = request.getMetadata().getName();
    try {
      for (var intruder : List.of(itself, asVirtual, asMachine)) {
        intruder.cannot("POST", REQUESTS, "{\"metadata\":{\"name\":\"more\"}}");
        intruder.cannotRead(REQUESTS + "/" + name);
        intruder.cannot("PATCH", REQUESTS + "/" + name + "/approval", "{}");
        intruder.cannot("PATCH", REQUESTS + "/" + name + "/status", "{}");
      }
    } finally {
      place.cluster().client().resource(request).delete();
    }
  }

  @Test
  void leasesOfOthersStayTheirs() {
    for (var intruder : List.of(itself, asVirtual)) {
      intruder.cannotRead(LEASES + "kube-system/leases/kube-controller-manager");
      intruder.cannot("PATCH", LEASES + "kube-system/leases/kube-scheduler", "{\"spec\":{}}");
      intruder.cannot("PATCH", LEASES + "virtual-nodes/leases/somebody-elses", "{\"spec\":{}}");
    }
    itself.cannot("POST", LEASES + "kube-system/leases", "{\"metadata\":{\"name\":\"more\"}}");
    itself.cannotRead(LEASES + "kube-node-lease/leases/" + machine);
  }

  // What it can.

  /** Whoever may be any node may be a machine: only names narrow it. */
  @Test
  void asAMachineItHasWhatTheMachinesPodsHave() {
    assertThat(asMachine.reads(inOurs("secrets/payroll"))).contains("\"word\":");
    assertThat(asMachine.does("POST", inOurs("serviceaccounts/payroll/token"), token("payroll")))
        .contains("\"token\":");
    asMachine.does(
        "PATCH", inOurs("pods/payroll/status"), "{\"status\":{\"message\":\"not true\"}}");
    asMachine.does(
        "APPLY",
        LEASES + "kube-node-lease/leases/" + machine + "?fieldManager=intruder&force=true",
        """
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"%s"},
        "spec":{"leaseDurationSeconds":40}}
        """
            .formatted(machine));
    asMachine.does("DELETE", LEASES + "kube-node-lease/leases/" + machine, "{}");
    bind("victim", machine);
    eventually(() -> asMachine.does("DELETE", inOurs("pods/victim"), "{}"));
    // But not what is somebody else's to give.
    asMachine.cannot("PATCH", "/api/v1/nodes/" + machine, "{\"spec\":{\"taints\":[]}}");
    asMachine.cannot("GET", inOurs("secrets/ours"), "", "no relationship found");
  }

  @Test
  void namesOfNodesInTheRightToBeOneKeepItFromMachines() {
    var narrowed =
        OperatorRights.apply(place.cluster(), "deploy/base", "-narrowed", List.of("named-nodes"));
    var pods = "/api/v1/pods?fieldSelector=spec.nodeName%3D";
    try (var named = Intruder.asNode(narrowed, "burst-0");
        var other = Intruder.asNode(narrowed, machine)) {
      named.reads(pods + "burst-0");
      other.cannot("GET", pods + machine, "", "impersonate");
      other.cannot("GET", inOurs("secrets/payroll"), "", "impersonate");
    }
  }

  /** RBAC has no rule that tells the operator's nodes from others: the policy does. */
  @Test
  void asItselfItHasEveryNodeEveryVolumeAndEveryPoolUnlessThePolicyIsThere() {
    var node = "/api/v1/nodes/" + place.pool("spare");
    var volumes = "/api/v1/persistentvolumes";
    var pool = "/apis/virtualnodes.io/v1alpha1/virtualnodepools/" + place.pool("pool");
    makeSpareMachineAndPool();
    try (var confined = Intruder.with(place.cluster().rights())) {
      eventually(() -> confined.cannot("PATCH", node, FREE, "nodes of its pools only"));
      confined.cannot("DELETE", node, "{}", "nodes of its pools only");
      confined.cannot(
          "POST", "/api/v1/nodes", named(place.pool("more")), "has the label virtualnodes.io/pool");
      confined.cannot("POST", volumes, volume("more"), "nowhere on a machine");
      confined.cannot("PATCH", pool, "{\"spec\":{\"retention\":\"2h\"}}", "finalizers and status");

      itself.does("PATCH", node, FREE);
      itself.does("POST", volumes, volume("host"));
      confined.cannot("DELETE", volumes + "/" + place.pool("host"), "{}", "that it made only");
      itself.does("DELETE", volumes + "/" + place.pool("host"), "{}");
      itself.does("PATCH", pool, "{\"spec\":{\"retention\":\"2h\"}}");
      itself.does("DELETE", node, "{}");
    } finally {
      // Whether an operator runs here is another test's affair.
      place.kubectl().run("delete", "vnp", place.pool("pool"), "--wait=false");
      place.kubectl().run("delete", "node", place.pool("spare"), "--ignore-not-found");
    }
  }

  private static void makeSpareMachineAndPool() {
    place
        .kubectl()
        .runWith(
            """
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
                .formatted(place.pool("spare"), place.pool("pool")),
            "apply",
            "-f",
            "-");
  }

  private static String volume(String name) {
    return """
    {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"%s"},"spec":{
    "capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/etc"}}}
    """
        .formatted(place.pool(name));
  }

  @Test
  void itSeesPolicyAndClaimsAndTellsLiesAndStopsTheOperator() {
    itself.reads("/apis/networking.k8s.io/v1/networkpolicies");
    itself.reads("/api/v1/persistentvolumeclaims");
    asVirtual.reads("/api/v1/services");
    var event =
        """
        {"apiVersion":"v1","kind":"Event","metadata":{"generateName":"lie-"},"reason":"Lie",
        "involvedObject":{"kind":"Pod","name":"payroll","namespace":"%1$s"}}
        """;
    itself.cannot("POST", inOurs("events"), event.formatted(place.namespace()));
    asVirtual.does("POST", inOurs("events"), event.formatted(place.namespace()));
    // Whoever has the lease runs the pools, and the operator has not.
    itself.does("POST", LEASES + "virtual-nodes/leases", named(place.pool("lease")));
    place.kubectl().run("delete", "lease", "-n", "virtual-nodes", place.pool("lease"));
  }

  /**
   * The scheduler brings pods to whoever looks like a good node, and what they refer to with them.
   */
  @Test
  void aNodeOfItsOwnDrawsPodsAndTheirSecrets() {
    var trap = place.pool("trap") + "-0";
    itself.does(
        "POST",
        "/api/v1/nodes",
        """
        {"metadata":{"name":"%s","labels":{"virtualnodes.io/pool":"%s","trap":"%s"}}}
        """
            .formatted(trap, place.pool("trap"), place.namespace()));
    try (var asTrap = Intruder.asNode(rights, trap)) {
      asTrap.does(
          "PATCH",
          "/api/v1/nodes/" + trap + "/status",
          """
          {"status":{"capacity":{"cpu":"9","memory":"9Gi","pods":"9"},"allocatable":{"cpu":"9",
          "memory":"9Gi","pods":"9"},"conditions":[{"type":"Ready","status":"True",
          "reason":"Trap","lastHeartbeatTime":"%s","lastTransitionTime":"%s"}]}}
          """
              .formatted(now(), now()));
      place
          .kubectl()
          .runWith(
              """
              apiVersion: v1
              kind: Pod
              metadata: { name: drawn }
              spec:
                nodeSelector: { trap: %s }
                tolerations: [{ operator: Exists }]
                containers:
                - { name: main, image: none, envFrom: [{ secretRef: { name: nobodys } }] }
              """
                  .formatted(place.namespace()),
              "apply",
              "-f",
              "-");

      eventually(() -> assertThat(asTrap.reads(inOurs("secrets/nobodys"))).contains("\"word\":"));
    } finally {
      place.kubectl().run("delete", "pod", "drawn", "--grace-period=0", "--force");
      itself.does("DELETE", "/api/v1/nodes/" + trap, "{}");
    }
  }

  private static String inOurs(String path) {
    return "/api/v1/namespaces/" + place.namespace() + "/" + path;
  }

  private static String named(String name) {
    return "{\"metadata\":{\"name\":\"%s\"}}".formatted(name);
  }

  /** For the account of a pod that has its name. */
  private static String token(String pod) {
    return """
    {"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"boundObjectRef":{
    "apiVersion":"v1","kind":"Pod","name":"%s","uid":"%s"}}}
    """
        .formatted(
            pod, place.kubectl().run("get", "pod", pod, "--output=jsonpath={.metadata.uid}"));
  }

  private static String eviction(String pod) {
    return """
    {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"%s","namespace":"%s"}}
    """
        .formatted(pod, place.namespace());
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
