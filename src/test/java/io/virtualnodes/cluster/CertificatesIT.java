package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Certificates that the cluster signs, with the operator that approves them. */
@Disruptive("It ends the operator.")
class CertificatesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static Cluster cluster;
  private static OperatorProcess operator;
  private static TestPool pool;

  @BeforeAll
  static void startAnOperatorWhoseNodesHaveTheirCertificatesSigned() {
    cluster = Cluster.of(CertificatesIT.class);
    cluster.stopOperator();
    // With them comes the policy, which is to let these requests pass.
    var _ = cluster.rights();
    var rights =
        OperatorRights.apply(
            cluster,
            "deploy/base",
            "-certificates",
            List.of("cluster-signed-certificates", "certificate-approval"));
    operator =
        OperatorProcess.of(
                cluster,
                rights,
                Map.of(
                    "VIRTUALNODES_KUBELET_CERTIFICATE", "cluster-signed",
                    "VIRTUALNODES_KUBELET_APPROVE_CERTIFICATES", "true"))
            .start();
    pool = TestPool.of(cluster.place(CertificatesIT.class), "signed").apply("nodes: { count: 1 }");
    pool.awaitReady();
  }

  @AfterAll
  static void remove() {
    if (pool != null) {
      pool.delete();
    }
    if (operator != null) {
      operator.close();
    }
  }

  @Test
  void aNodeShowsACertificateThatTheClusterVouchesFor() throws GeneralSecurityException {
    var node = await().atMost(PATIENCE).until(() -> pool.node(0), CertificatesIT::isServed);
    var port = NodePort.of(node);
    var authority = authority();

    var shown =
        await("a signed certificate")
            .atMost(PATIENCE)
            .pollInterval(Duration.ofSeconds(1))
            .until(
                port::certificate,
                certificate ->
                    certificate
                        .getIssuerX500Principal()
                        .equals(authority.getSubjectX500Principal()));

    shown.verify(authority.getPublicKey());
    assertThat(shown.getSubjectX500Principal().getName())
        .isEqualTo("CN=system:node:" + pool.nodeName(0) + ",O=system:nodes");
    assertThat(shown.getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactlyInAnyOrder(pool.nodeName(0), cluster.thisMachine());
    assertThat(cluster.kubectl().run("get", "csr"))
        .contains("system:node:" + pool.nodeName(0), "Approved,Issued");
  }

  @Test
  void metricsServerReadsANodeAsItComes() {
    try (var _ = MetricsServer.verifying(cluster)) {
      await("kubectl top node")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(2))
          .untilAsserted(
              () ->
                  assertThat(cluster.kubectl().run("top", "node", pool.nodeName(0)))
                      .containsPattern(pool.nodeName(0) + " +\\d+m "));
    }
  }

  private static boolean isServed(Node node) {
    return node != null
        && node.getStatus().getDaemonEndpoints() != null
        && node.getStatus().getDaemonEndpoints().getKubeletEndpoint().getPort() != 0;
  }

  private static X509Certificate authority() throws GeneralSecurityException {
    var pem = Base64.getDecoder().decode(cluster.client().getConfiguration().getCaCertData());
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }
}
