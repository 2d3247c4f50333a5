package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.Attempt.Who.AS_MACHINE;
import static io.virtualnodes.cluster.Attempt.Who.AS_VIRTUAL;
import static io.virtualnodes.cluster.Attempt.Who.ITSELF;
import static io.virtualnodes.cluster.Attempt.Who.UNDER_THE_POLICY;

import io.virtualnodes.cluster.Attempt.Who;
import java.util.List;
import java.util.stream.Stream;

/**
 * What somebody tries who has the operator's token, each outcome as it is, the bad ones too.
 * docs/threat-model.md tells them.
 */
final class StolenTokenAttempts {
  private static final String IN_OURS = "/api/v1/namespaces/{ns}/";
  private static final String NODES = "/api/v1/nodes";
  private static final String PODS_OF_THE_MACHINE =
      "/api/v1/pods?fieldSelector=spec.nodeName%3D{machine}";
  private static final String VOLUMES = "/api/v1/persistentvolumes";
  private static final String RBAC = "/apis/rbac.authorization.k8s.io/v1";
  private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/";
  private static final String REQUESTS = CertificateRequests.PATH;
  private static final String POOL = "/apis/virtualnodes.io/v1alpha1/virtualnodepools/{pool}";

  // A machine without its taints takes everybody's pods.
  private static final String FREE = "{\"spec\":{\"taints\":[]}}";
  private static final String RETENTION = "{\"spec\":{\"retention\":\"2h\"}}";
  private static final String NAMED_MORE = "{\"metadata\":{\"name\":\"more\"}}";

  private StolenTokenAttempts() {}

  /** In this order: a few need what others made. */
  static List<Attempt> all() {
    return Stream.of(
            secretsAndConfigMapsAtLarge(),
            whatAMachinesPodsHaveAsAVirtualNode(),
            tokensOfAccounts(),
            podsMadeBoundOrEntered(),
            rightsThatGrow(),
            certificates(),
            leasesOfOthers(),
            whatAMachinesPodsHaveAsTheMachine(),
            nodesVolumesAndPools(),
            whatItSeesAndTells())
        .flatMap(area -> area)
        .toList();
  }

  private static Stream<Attempt> secretsAndConfigMapsAtLarge() {
    return Stream.of("secrets", "configmaps")
        .flatMap(
            kind ->
                Stream.concat(
                    Stream.of(
                        Attempt.reads(ITSELF, "/api/v1/" + kind),
                        Attempt.reads(ITSELF, "/api/v1/namespaces/kube-system/" + kind),
                        Attempt.reads(ITSELF, "/api/v1/namespaces/virtual-nodes/" + kind),
                        Attempt.reads(ITSELF, IN_OURS + kind + "/nobodys")),
                    Stream.of(AS_VIRTUAL, AS_MACHINE)
                        .flatMap(
                            node ->
                                Stream.of(
                                    Attempt.reads(node, "/api/v1/" + kind),
                                    Attempt.reads(node, IN_OURS + kind),
                                    Attempt.reads(node, IN_OURS + kind + "/nobodys")
                                        .refused("no relationship found")))));
  }

  private static Stream<Attempt> whatAMachinesPodsHaveAsAVirtualNode() {
    return Stream.of(
        Attempt.reads(AS_VIRTUAL, IN_OURS + "secrets/ours").done("\"word\":"),
        Attempt.reads(AS_VIRTUAL, IN_OURS + "secrets/payroll").refused("no relationship found"),
        Attempt.reads(AS_VIRTUAL, IN_OURS + "pods/payroll"),
        Attempt.reads(AS_VIRTUAL, PODS_OF_THE_MACHINE).refused("spec.nodeName"),
        Attempt.reads(AS_VIRTUAL, NODES + "/{machine}"),
        Attempt.of(AS_VIRTUAL, "DELETE", IN_OURS + "pods/payroll", "{}")
            .refused("can only delete pods with"),
        Attempt.of(
                AS_VIRTUAL,
                "PATCH",
                IN_OURS + "pods/payroll/status",
                "{\"status\":{\"phase\":\"Failed\"}}")
            .refused("itself"),
        Attempt.of(
                AS_VIRTUAL,
                "POST",
                IN_OURS + "pods/payroll/eviction",
                """
                {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"payroll",
                "namespace":"{ns}"}}
                """)
            .refused("itself"),
        Attempt.of(AS_VIRTUAL, "PATCH", NODES + "/{machine}/status", "{\"status\":{}}")
            .refused("not allowed to modify"),
        Attempt.reads(AS_VIRTUAL, LEASES + "kube-node-lease/leases/{machine}"));
  }

  private static Stream<Attempt> tokensOfAccounts() {
    var payroll = IN_OURS + "serviceaccounts/payroll/token";
    var ours = IN_OURS + "serviceaccounts/ours/token";
    return Stream.of(
        Attempt.of(ITSELF, "POST", payroll, token("payroll")),
        Attempt.of(AS_VIRTUAL, "POST", payroll, token("payroll")).refused("no relationship found"),
        Attempt.of(
                AS_VIRTUAL,
                "POST",
                ours,
                "{\"apiVersion\":\"authentication.k8s.io/v1\",\"kind\":\"TokenRequest\",\"spec\":{}}")
            .refused("not bound to a pod"),
        Attempt.of(AS_VIRTUAL, "POST", ours, token("ours")).done("\"token\":"));
  }

  /** For the account of a pod that has its name. */
  private static String token(String pod) {
    return """
    {"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"boundObjectRef":{
    "apiVersion":"v1","kind":"Pod","name":"%1$s","uid":"{%1$s.uid}"}}}
    """
        .formatted(pod);
  }

  private static Stream<Attempt> podsMadeBoundOrEntered() {
    return Stream.concat(
        Stream.of(
            Attempt.of(ITSELF, "POST", IN_OURS + "pods", pod("virtual")),
            // What a kubelet may, its impersonator may by the older kind: but no pod with a Secret.
            Attempt.of(AS_VIRTUAL, "POST", IN_OURS + "pods", pod("virtual"))
                .butOnOlderClustersRefused("can only create mirror pods"),
            Attempt.of(AS_VIRTUAL, "POST", IN_OURS + "pods", mirrorPod("seen", ""))
                .butOnOlderClustersDone(),
            Attempt.of(
                    AS_VIRTUAL,
                    "POST",
                    IN_OURS + "pods",
                    mirrorPod("reads", ",\"envFrom\":[{\"secretRef\":{\"name\":\"nobodys\"}}]"))
                .butOnOlderClustersRefused("may not reference secrets"),
            Attempt.of(AS_MACHINE, "POST", IN_OURS + "pods", pod("machine")),
            Attempt.reads(ITSELF, IN_OURS + "pods/payroll"),
            Attempt.of(ITSELF, "DELETE", IN_OURS + "pods/payroll", "{}")),
        Stream.of(ITSELF, AS_VIRTUAL, AS_MACHINE)
            .flatMap(
                who ->
                    Stream.of(
                        Attempt.of(
                            who,
                            "POST",
                            IN_OURS + "pods/ours/binding",
                            """
                            {"apiVersion":"v1","kind":"Binding","metadata":{"name":"ours"},
                            "target":{"kind":"Node","name":"{virtual}"}}
                            """),
                        Attempt.of(
                            who,
                            "POST",
                            IN_OURS + "pods/payroll/exec?command=id&container=main",
                            ""),
                        Attempt.reads(who, IN_OURS + "pods/payroll/log"),
                        Attempt.reads(who, NODES + "/{machine}/proxy/pods"))));
  }

  private static String pod(String node) {
    return """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"made"},"spec":{"nodeName":"{%s}",
    "containers":[{"name":"main","image":"none"}]}}
    """
        .formatted(node);
  }

  /**
   * As a kubelet tells the API server of a pod that it has from a file; with a label of a
   * Service's.
   */
  static String mirrorPod(String name, String more) {
    return """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","labels":{"app":"somebodys"},
    "annotations":{"kubernetes.io/config.mirror":"1"},"ownerReferences":[{"apiVersion":"v1",
    "kind":"Node","name":"{virtual}","uid":"{virtual.uid}","controller":true}]},
    "spec":{"nodeName":"{virtual}","automountServiceAccountToken":false,
    "tolerations":[{"operator":"Exists"}],"containers":[{"name":"main","image":"none"%s}]}}
    """
        .formatted(name, more);
  }

  private static Stream<Attempt> rightsThatGrow() {
    var anything = "{\"rules\":[{\"apiGroups\":[\"*\"],\"resources\":[\"*\"],\"verbs\":[\"*\"]}]}";
    return Stream.of(ITSELF, AS_VIRTUAL, AS_MACHINE)
        .flatMap(
            who ->
                Stream.of(
                    Attempt.of(
                        who, "POST", RBAC + "/clusterrolebindings", toAdmin("ClusterRoleBinding")),
                    Attempt.of(
                        who,
                        "POST",
                        RBAC + "/namespaces/virtual-nodes/rolebindings",
                        toAdmin("RoleBinding")),
                    Attempt.of(
                        who,
                        "PATCH",
                        RBAC + "/clusterroles/virtual-nodes-operator-as-node-stolen",
                        anything),
                    Attempt.of(
                        who,
                        "POST",
                        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
                        NAMED_MORE),
                    Attempt.of(
                        who,
                        "PATCH",
                        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/virtualnodepools.virtualnodes.io",
                        "{}"),
                    Attempt.of(who, "POST", IN_OURS + "secrets", NAMED_MORE)));
  }

  private static String toAdmin(String kind) {
    return """
    {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"%s","metadata":{"name":"more"},
    "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"cluster-admin"},
    "subjects":[{"kind":"ServiceAccount","name":"virtual-nodes-operator-stolen",
    "namespace":"virtual-nodes"}]}
    """
        .formatted(kind);
  }

  private static Stream<Attempt> certificates() {
    return Stream.of(
            Stream.of(ITSELF, AS_VIRTUAL, AS_MACHINE)
                .flatMap(
                    who ->
                        Stream.of(
                            Attempt.of(who, "PATCH", REQUESTS + "/any/approval", "{}"),
                            Attempt.of(who, "PATCH", REQUESTS + "/any/status", "{}"),
                            Attempt.of(who, "DELETE", REQUESTS + "/any", "{}"))),
            Stream.of(ITSELF, AS_MACHINE)
                .flatMap(
                    who ->
                        Stream.of(
                            Attempt.of(who, "POST", REQUESTS, NAMED_MORE),
                            Attempt.reads(who, REQUESTS))),
            // What they ask for, and how that comes out, is a story of its own.
            Stream.of(Attempt.reads(AS_VIRTUAL, REQUESTS).butOnOlderClustersDone()))
        .flatMap(area -> area);
  }

  private static Stream<Attempt> leasesOfOthers() {
    return Stream.concat(
        Stream.of(ITSELF, AS_VIRTUAL)
            .flatMap(
                who ->
                    Stream.of(
                        Attempt.reads(who, LEASES + "kube-system/leases/kube-controller-manager"),
                        Attempt.of(
                            who,
                            "PATCH",
                            LEASES + "kube-system/leases/kube-scheduler",
                            "{\"spec\":{}}"),
                        Attempt.of(
                            who,
                            "PATCH",
                            LEASES + "virtual-nodes/leases/somebody-elses",
                            "{\"spec\":{}}"))),
        Stream.of(
            Attempt.of(ITSELF, "POST", LEASES + "kube-system/leases", NAMED_MORE),
            Attempt.reads(ITSELF, LEASES + "kube-node-lease/leases/{machine}"),
            // Whoever has the lease runs the pools, and the operator has not.
            Attempt.of(
                    ITSELF,
                    "POST",
                    LEASES + "virtual-nodes/leases",
                    "{\"metadata\":{\"name\":\"{lease}\"}}")
                .done()));
  }

  /** Whoever may be any node may be a machine: only names narrow it. */
  private static Stream<Attempt> whatAMachinesPodsHaveAsTheMachine() {
    var lease = LEASES + "kube-node-lease/leases/{machine}";
    return Stream.of(
        Attempt.reads(AS_MACHINE, IN_OURS + "secrets/payroll").done("\"word\":"),
        Attempt.of(AS_MACHINE, "POST", IN_OURS + "serviceaccounts/payroll/token", token("payroll"))
            .done("\"token\":"),
        Attempt.of(
                AS_MACHINE,
                "PATCH",
                IN_OURS + "pods/payroll/status",
                "{\"status\":{\"message\":\"not true\"}}")
            .done(),
        Attempt.of(
                AS_MACHINE,
                "APPLY",
                lease + "?fieldManager=intruder&force=true",
                """
                {"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
                "metadata":{"name":"{machine}"},"spec":{"leaseDurationSeconds":40}}
                """)
            .done(),
        Attempt.of(AS_MACHINE, "DELETE", lease, "{}").done(),
        Attempt.of(AS_MACHINE, "DELETE", IN_OURS + "pods/victim", "{}").done(),
        // But not what is somebody else's to give.
        Attempt.of(AS_MACHINE, "PATCH", NODES + "/{machine}", FREE),
        Attempt.reads(AS_MACHINE, IN_OURS + "secrets/ours").refused("no relationship found"));
  }

  /** RBAC has no rule that tells the operator's nodes from others: the policy does. */
  private static Stream<Attempt> nodesVolumesAndPools() {
    return Stream.of(
        Attempt.of(UNDER_THE_POLICY, "PATCH", NODES + "/{spare}", FREE)
            .refused("nodes of its pools only"),
        Attempt.of(UNDER_THE_POLICY, "DELETE", NODES + "/{spare}", "{}")
            .refused("nodes of its pools only"),
        Attempt.of(UNDER_THE_POLICY, "POST", NODES, "{\"metadata\":{\"name\":\"{more}\"}}")
            .refused("has the label virtualnodes.io/pool"),
        Attempt.of(UNDER_THE_POLICY, "POST", VOLUMES, volume("more"))
            .refused("nowhere on a machine"),
        Attempt.of(UNDER_THE_POLICY, "PATCH", POOL, RETENTION).refused("finalizers and status"),
        Attempt.of(ITSELF, "PATCH", NODES + "/{spare}", FREE).done(),
        Attempt.of(ITSELF, "POST", VOLUMES, volume("host")).done(),
        Attempt.of(UNDER_THE_POLICY, "DELETE", VOLUMES + "/{host}", "{}")
            .refused("that it made only"),
        Attempt.of(ITSELF, "DELETE", VOLUMES + "/{host}", "{}").done(),
        Attempt.of(ITSELF, "PATCH", POOL, RETENTION).done(),
        Attempt.of(ITSELF, "DELETE", NODES + "/{spare}", "{}").done(),
        // Its own Node it only reads and reports on, unless it is all that a kubelet is.
        Attempt.of(
                AS_VIRTUAL,
                "PATCH",
                NODES + "/{virtual}",
                "{\"metadata\":{\"labels\":{\"team\":\"any\"}}}")
            .butOnOlderClustersDone(),
        Attempt.of(
                AS_VIRTUAL,
                "PATCH",
                NODES + "/{virtual}",
                "{\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":\"NoSchedule\"}]}}")
            .butOnOlderClustersRefused("is not allowed to modify taints"),
        Attempt.of(AS_VIRTUAL, "DELETE", NODES + "/{virtual}", "{}"));
  }

  private static String volume(String name) {
    return """
    {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"{%s}"},"spec":{
    "capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/etc"}}}
    """
        .formatted(name);
  }

  private static Stream<Attempt> whatItSeesAndTells() {
    return Stream.of(
        Attempt.reads(ITSELF, "/apis/networking.k8s.io/v1/networkpolicies").done(),
        Attempt.reads(ITSELF, "/api/v1/persistentvolumeclaims").done(),
        Attempt.reads(AS_VIRTUAL, "/api/v1/services").done(),
        lie(ITSELF),
        lie(AS_VIRTUAL).done());
  }

  private static Attempt lie(Who who) {
    return Attempt.of(
        who,
        "POST",
        IN_OURS + "events",
        """
        {"apiVersion":"v1","kind":"Event","metadata":{"generateName":"lie-"},"reason":"Lie",
        "involvedObject":{"kind":"Pod","name":"payroll","namespace":"{ns}"}}
        """);
  }
}
