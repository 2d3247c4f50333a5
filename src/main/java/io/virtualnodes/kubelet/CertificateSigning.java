package io.virtualnodes.kubelet;

/**
 * The cluster's part in giving one node a certificate. Each method blocks until the cluster
 * answered.
 */
interface CertificateSigning {

  /**
   * Asks for a certificate.
   *
   * @param request as PKCS #10, in PEM
   * @return the name that the request goes by
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if it could not be made
   */
  String request(String request);

  /**
   * Approves the request if that is its part, and does nothing otherwise.
   *
   * @return whether it did
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if it may not or could not
   */
  boolean approve(String name);

  /**
   * What became of a request.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException if it could not be read
   */
  Outcome outcome(String name);

  /** Tells whoever looks at the Node; what cannot be told is logged. */
  void warn(NodeEventReason reason, String message);

  /** What became of a request. */
  sealed interface Outcome {
    /** Nobody has approved it yet. */
    record Waiting() implements Outcome {}

    /** It is approved and about to be signed. */
    record Approved() implements Outcome {}

    /** The certificate, with those that vouch for it, in PEM. */
    record Signed(String pem) implements Outcome {}

    /** There will be none. */
    record Refused(String why) implements Outcome {}

    /** The request is not there any more. */
    record Gone() implements Outcome {}
  }
}
