package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.ByteArrayInputStream;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;

/**
 * A certificate by which its owner is a node to the API server, without any token: as a machine's
 * kubelet has one.
 *
 * @param data as the API has it: PEM, in base64
 */
record KubeletCertificate(Cluster cluster, String data, KeyPair keys) {

  /** Of a machine, which an administrator lets it have. */
  static KubeletCertificate approved(Cluster cluster, String node) {
    var keys = CertificateRequests.keys();
    var request = cluster.client().resource(CertificateRequests.ofAKubelet(node, keys)).create();
    var name = request.getMetadata().getName();
    cluster.kubectl().run("certificate", "approve", name);
    return issued(cluster, name, keys);
  }

  /**
   * Once the cluster has signed it.
   *
   * @param request its name
   */
  static KubeletCertificate issued(Cluster cluster, String request, KeyPair keys) {
    eventually(() -> assertThat(status(cluster, request)).isNotEmpty());
    return new KubeletCertificate(cluster, status(cluster, request), keys);
  }

  private static String status(Cluster cluster, String request) {
    return cluster.kubectl().run("get", "csr", request, "--output=jsonpath={.status.certificate}");
  }

  /** Until when it is good. */
  Instant end() {
    try {
      var certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(Base64.getDecoder().decode(data)));
      return certificate.getNotAfter().toInstant();
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whoever has it, and nothing else. */
  Intruder owner() {
    var admin = cluster.client().getConfiguration();
    var config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(admin.getMasterUrl())
            .withCaCertData(admin.getCaCertData())
            .withClientCertData(data)
            .withClientKeyData(
                CertificateRequests.base64(CertificateRequests.pem(keys.getPrivate())))
            .withUserAgent(OperatorRights.TESTS)
            .build();
    return Intruder.of(config);
  }
}
