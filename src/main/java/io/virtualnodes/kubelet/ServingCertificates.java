package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/** How the nodes come by the certificates that they show. */
public sealed interface ServingCertificates {

  /**
   * The certificate of one node, which is looked after from now on; to be closed with the node.
   *
   * @param address what the Node publishes as its InternalIP: whoever verifies, verifies the
   *     address that was dialled
   * @param nodeClient acts as the node
   * @throws IOException if there is none to begin with, in words for people
   */
  ServingCertificate of(
      String node, InetAddress address, KubernetesClient nodeClient, InstantSource clock)
      throws IOException;

  /** Each signs its own: nobody has to do anything, and nobody can verify it. */
  record SelfSigned() implements ServingCertificates {
    @Override
    public ServingCertificate of(
        String node, InetAddress address, KubernetesClient nodeClient, InstantSource clock) {
      return new SelfSignedCertificate(node, address, clock);
    }
  }

  /**
   * The cluster's own signer signs them.
   *
   * @param approver approves them; empty if somebody else does
   */
  record ClusterSigned(Optional<KubernetesClient> approver) implements ServingCertificates {
    @Override
    public ServingCertificate of(
        String node, InetAddress address, KubernetesClient nodeClient, InstantSource clock) {
      var signing = new CertificateSigningRequests(node, nodeClient, approver, clock);
      return new ClusterSignedCertificate(node, address, signing, clock).start();
    }
  }

  /**
   * Somebody else makes one for all nodes.
   *
   * @param folder with {@code tls.crt} and {@code tls.key}
   */
  record Given(Path folder) implements ServingCertificates {
    @Override
    public ServingCertificate of(
        String node, InetAddress address, KubernetesClient nodeClient, InstantSource clock)
        throws IOException {
      return new GivenCertificate(folder, clock);
    }
  }
}
