package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.cluster.Attempt.Who;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What somebody can do in the cluster who has the operator's token, and what not. The same on older
 * clusters: {@link NamedNodesIT}. The token has the rights of {@code deploy/base} alone.
 */
class StolenTokenIT {
  private static Place place;
  private static OperatorRights rights;
  @AutoClose private static StolenToken stolen;

  @BeforeAll
  static void aMachineAndAVirtualNode() {
    var cluster = Cluster.of(StolenTokenIT.class);
    place = cluster.place(StolenTokenIT.class);
    // Beside that of the operators that run here, whose objects are left alone.
    rights = OperatorRights.apply(cluster, "deploy/base", "-stolen");
    stolen = StolenToken.prepare(place, StolenToken.Kind.CONSTRAINED, rights, cluster.rights());
  }

  @TestFactory
  Stream<DynamicTest> eachAttemptComesOutAsItIsTold() {
    return stolen.tests(StolenTokenAttempts.all());
  }

  @Test
  void itBecomesNobodyButANode() {
    stolen.assertItBecomesNobodyButANode();
  }

  @Test
  void namesOfNodesInTheRightToBeOneKeepItFromMachines() {
    var narrowed =
        OperatorRights.apply(place.cluster(), "deploy/base", "-narrowed", List.of("named-nodes"));
    var pods = "/api/v1/pods?fieldSelector=spec.nodeName%3D";
    try (var named = Intruder.asNode(narrowed, "burst-0");
        var other = Intruder.asNode(narrowed, stolen.told("{machine}"))) {
      named.reads(pods + "burst-0");
      other.cannot("GET", stolen.told(pods + "{machine}"), "", "impersonate");
      other.cannot("GET", inOurs("secrets/payroll"), "", "impersonate");
    }
  }

  /** With the right to ask for its port's certificate a node has that to ask for any. */
  @Test
  void underThePolicyANodeAsksForTheCertificateOfItsPortOnly() {
    var signed =
        OperatorRights.apply(
            place.cluster(),
            "deploy/base",
            "-signed-stolen",
            List.of("cluster-signed-certificates"));
    for (var node : List.of(stolen.told("{virtual}"), stolen.told("{machine}"))) {
      try (var impersonated = Intruder.asNode(signed, node)) {
        eventually(
            () ->
                impersonated.cannot(
                    "POST", CertificateRequests.PATH, ofAKubelet(node), "of its port only"));
        impersonated.does(
            "POST", CertificateRequests.PATH, Serialization.asJson(CertificateRequests.of(node)));
      }
    }
  }

  /** The operator may be any node here, so the policy has to tell a machine from it. */
  @Test
  void underThePolicyAMachineRenewsTheCertificateThatItHas() {
    var machine = stolen.told("{machine}");
    try (var kubelet = KubeletCertificate.approved(place.cluster(), machine).owner()) {
      kubelet.does("POST", CertificateRequests.PATH, ofAKubelet(machine));
    }
  }

  private static String ofAKubelet(String node) {
    return Serialization.asJson(CertificateRequests.ofAKubelet(node, CertificateRequests.keys()));
  }

  /**
   * The scheduler brings pods to whoever looks like a good node, and what they refer to with them.
   */
  @Test
  void aNodeOfItsOwnDrawsPodsAndTheirSecrets() {
    var trap = place.pool("trap") + "-0";
    var itself = stolen.intruder(Who.ITSELF);
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

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
