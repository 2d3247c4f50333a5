package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.cluster.Attempt.Who;
import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Grant.Right;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * The operator on a cluster without constrained impersonation, with exactly the rights of {@code
 * deploy/overlays/named-nodes}: a pool's whole life, and nothing that was refused.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NamedNodesIT {
  private static final String OVERLAY = "deploy/overlays/named-nodes";
  private static final String OPERATOR =
      "system:serviceaccount:virtual-nodes:virtual-nodes-operator";
  // The overlay names its nodes.
  private static final String POOL = "burst";

  @AutoClose private static Cluster cluster;
  private static OperatorRights rights;
  private static OperatorProcess operator;
  private static Place place;

  @BeforeAll
  static void anOlderCluster() {
    cluster = Cluster.apart("older", "feature-gates=ConstrainedImpersonation=false");
    place = cluster.place(NamedNodesIT.class);
    rights = OperatorRights.apply(cluster, OVERLAY, "");
    cluster.kubectl().run("apply", "-k", "deploy/policies/own-objects");
    operator =
        OperatorProcess.of(
                cluster,
                rights,
                Map.of(
                    "VIRTUALNODES_IMPERSONATION",
                    "Named",
                    "VIRTUALNODES_SIMULATION_FOLDER",
                    cluster.folder().resolve("simulation").toString()))
            .start();
  }

  @AfterAll
  static void stop() {
    if (operator != null) {
      operator.close();
      // The cluster is gone when RightsUseIT looks back.
      RightsUse.keep(cluster);
    }
  }

  @Test
  @Order(1)
  @Execution(ExecutionMode.SAME_THREAD)
  void aPodRunsToItsEndAndThePoolGoesWithExactlyTheseRights() {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: burst }
            spec:
              nodes: { count: 2 }
              backends: [{ name: sim, simulated: {} }]
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: word }
            stringData: { word: one }
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: says }
            spec:
              template:
                spec:
                  nodeSelector: { virtualnodes.io/pool: burst }
                  tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
                  restartPolicy: Never
                  containers:
                  - name: main
                    image: none
                    command: [sh, -c, "exit 0"]
                    envFrom: [{ secretRef: { name: word } }]
            """,
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Complete", "job/says", "--timeout=90s");

    // A pod that runs is evicted, with its node's rights, when the pool goes.
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: stays }
            spec:
              nodeName: burst-1
              tolerations: [{ operator: Exists }]
              terminationGracePeriodSeconds: 1
              containers:
              - { name: main, image: none, command: [sh, -c, "sleep 3600"] }
            """,
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "pod/stays", "--timeout=60s");
    place.kubectl().run("delete", "vnp", POOL, "--timeout=90s");
    assertThat(cluster.client().nodes().list().getItems()).isEmpty();
    assertThat(cluster.client().pods().inNamespace(place.namespace()).withName("stays").get())
        .isNull();

    operator.stop();
    assertNothingWasRefused();
  }

  /**
   * But that a pod which is gone is no longer its node's: the Node authorizer calls it forbidden.
   */
  private static void assertNothingWasRefused() {
    eventually(() -> assertThat(requests()).anyMatch(request -> request.verb().equals("watch")));
    var all = requests();
    assertThat(all)
        .filteredOn(request -> request.impersonated() && request.code() < 300)
        .extracting(request -> request.verb() + " " + request.resource())
        .contains(
            "get secrets",
            "create serviceaccounts/token",
            "patch pods/status",
            "create pods/eviction");
    assertThat(all)
        .filteredOn(request -> request.code() == 403)
        .filteredOn(request -> !(request.impersonated() && request.verb().equals("get")))
        .extracting(request -> Right.of(request).toString())
        .isEmpty();
    var identities =
        all.stream().filter(Request::impersonated).map(Request::user).collect(Collectors.toSet());
    assertThat(identities).containsOnly("system:node:burst-0", "system:node:burst-1");
  }

  /** RightsUseIT holds what was asked for against what is granted. */
  @Test
  @Order(2)
  @Execution(ExecutionMode.SAME_THREAD)
  void itMayAsItselfWhatItMayElsewhereAndUsesNoMoreAsANode() {
    OperatorRights.apply(cluster, "deploy/base", "-base");
    var base = Grant.of(cluster.client(), "virtual-nodes-operator-base");
    var here = shipped(Grant.of(cluster.client(), "virtual-nodes-operator"));

    var asItself =
        shipped(base).stream()
            .filter(right -> !right.asNode() && !right.equals(Right.TO_BE_A_NODE))
            .collect(Collectors.toSet());
    assertThat(here.stream().filter(right -> !asItself.contains(right)))
        .containsExactlyInAnyOrder(Right.TO_BE_A_USER, Right.TO_BE_IN_A_GROUP);
    assertThat(here).containsAll(asItself);
    assertThat(requests())
        .filteredOn(Request::impersonated)
        .filteredOn(request -> base.stream().noneMatch(grant -> grant.allows(request)))
        .extracting(request -> Right.of(request).toString())
        .isEmpty();
  }

  private static Set<Right> shipped(List<Grant> grants) {
    return grants.stream()
        .filter(Grant::shipped)
        .flatMap(Grant::rights)
        .collect(Collectors.toSet());
  }

  private static List<Request> requests() {
    return cluster
        .audit()
        .requests(
            request ->
                request.by().equals(OPERATOR) && !request.agent().equals(OperatorRights.TESTS));
  }

  /** What is not named stays shut, and constrained impersonation is not there to open it. */
  @Test
  @Order(3)
  @Execution(ExecutionMode.SAME_THREAD)
  void anotherNodeIsOutOfReach() {
    var pods = "/api/v1/pods?fieldSelector=spec.nodeName%3D";
    try (var named = Intruder.as(rights, "system:node:burst-2", "system:nodes");
        var unnamed = Intruder.as(rights, "system:node:machine", "system:nodes");
        var constrained = Intruder.asNode(rights, "machine")) {
      named.reads(pods + "burst-2");
      unnamed.cannot("GET", pods + "machine", "", "cannot impersonate resource");
      constrained.cannot("GET", pods + "machine", "", "cannot impersonate resource");
    }
  }

  /**
   * What somebody can do here who has the operator's token, and what not: what is not said to be
   * otherwise on older clusters is as {@link StolenTokenIT} has it.
   */
  @Nested
  @Execution(ExecutionMode.SAME_THREAD)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class WithAStolenToken {
    private static StolenToken stolen;

    /** Nested tests run last. The operator would run the pool that is made here. */
    @BeforeAll
    static void aMachineAndAVirtualNode() {
      operator.stop();
      var thief = cluster.place("stolen-token");
      var stolenRights = OperatorRights.apply(cluster, OVERLAY, "-stolen");
      name("virtual-nodes-operator-as-node-stolen", StolenToken.virtualNode(thief));
      stolen = StolenToken.prepare(thief, StolenToken.Kind.OLDER, stolenRights, rights);
    }

    @AfterAll
    static void remove() {
      if (stolen != null) {
        stolen.close();
      }
    }

    /** As the overlay asks its users to. */
    private static void name(String role, String node) {
      cluster
          .kubectl()
          .run(
              "patch",
              "clusterrole",
              role,
              "--type=json",
              """
              --patch=[{"op":"add","path":"/rules/0/resourceNames/-","value":"system:node:%s"}]\
              """
                  .formatted(node));
    }

    @TestFactory
    @Order(1)
    Stream<DynamicTest> eachAttemptComesOutAsItIsTold() {
      return stolen.tests(StolenTokenAttempts.all());
    }

    @Test
    @Order(2)
    void itBecomesNobodyButANode() {
      stolen.assertItBecomesNobodyButANode();
    }

    /** A node says of its pods what address they have, and a Service believes it. */
    @Test
    @Order(3)
    void aMirrorPodDrawsTheCallsOfAService() {
      var virtual = stolen.intruder(Who.AS_VIRTUAL);
      var pods = stolen.told("/api/v1/namespaces/{ns}/pods");
      var thief = stolen.place().kubectl();
      thief.run("create", "service", "clusterip", "somebodys", "--tcp=80");

      virtual.does("POST", pods, stolen.told(StolenTokenAttempts.mirrorPod("drawing", "")));
      eventually(
          () -> {
            virtual.does(
                "PATCH",
                pods + "/drawing/status",
                """
                {"status":{"phase":"Running","podIP":"192.0.2.7","podIPs":[{"ip":"192.0.2.7"}],
                "conditions":[{"type":"Ready","status":"True"}]}}
                """);
            assertThat(thief.run("get", "endpointslices", "--output=yaml")).contains("192.0.2.7");
          });
    }

    /**
     * What a node asks for itself is approved where the cluster is made as kubeadm makes it, and
     * what it has then does not end with the token. The policy, which knows a node once the
     * operator's own role names it, ends that.
     */
    @Test
    @Order(4)
    void aCertificateOutlivesTheTokenUnlessThePolicyIsThere() {
      var virtual = stolen.intruder(Who.AS_VIRTUAL);
      var node = stolen.told("{virtual}");
      approveAsKubeadmDoes();
      var keys = CertificateRequests.keys();
      var certificate = KubeletCertificate.issued(cluster, ask(virtual, node, keys), keys);

      assertThat(certificate.end()).isAfter(Instant.now().plus(Duration.ofDays(300)));
      try (var owner = certificate.owner()) {
        var secrets = stolen.told("/api/v1/namespaces/{ns}/secrets/");
        assertThat(owner.reads(secrets + "ours")).contains("\"word\":");
        owner.cannot("GET", secrets + "nobodys", "", "no relationship found");
        var renewed = CertificateRequests.keys();
        KubeletCertificate.issued(cluster, ask(owner, node, renewed), renewed);

        name("virtual-nodes-operator-as-node", node);
        var another = Serialization.asJson(CertificateRequests.ofAKubelet(node, keys));
        for (var intruder : List.of(virtual, owner)) {
          eventually(
              () -> intruder.cannot("POST", CertificateRequests.PATH, another, "of its port only"));
          intruder.does(
              "POST", CertificateRequests.PATH, Serialization.asJson(CertificateRequests.of(node)));
          intruder.cannot(
              "POST",
              stolen.told("/api/v1/namespaces/{ns}/pods"),
              stolen.told(StolenTokenAttempts.mirrorPod("more", "")),
              "a virtual node makes no pods");
        }
      }
    }

    /** The name of what it asks for, which the API server accepts. */
    private static String ask(Intruder node, String name, KeyPair keys) {
      var request = Serialization.asJson(CertificateRequests.ofAKubelet(name, keys));
      return Serialization.unmarshal(
              node.does("POST", CertificateRequests.PATH, request), CertificateSigningRequest.class)
          .getMetadata()
          .getName();
    }

    private static void approveAsKubeadmDoes() {
      cluster
          .kubectl()
          .run(
              "create",
              "clusterrolebinding",
              "kubeadm:node-autoapprove-certificate-rotation",
              "--clusterrole=system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
              "--group=system:nodes");
    }
  }
}
