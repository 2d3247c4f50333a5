package io.virtualnodes.kubelet;

import io.virtualnodes.pod.EventReason;

/** Why whoever looks after a node is told something. */
public enum NodeEventReason implements EventReason {
  CERTIFICATE_NOT_SIGNED(
      "CertificateNotSigned",
      true,
      "The cluster has not signed the certificate of the node's HTTPS port: for ten minutes, or it"
          + " refuses to.",
      "Approve the request that the message names.");

  private final Told told;

  NodeEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.told = new Told(reason, warns, meaning, remedy);
  }

  @Override
  public Told told() {
    return told;
  }
}
