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

  private final String reason;
  private final boolean warns;
  private final String meaning;
  private final String remedy;

  NodeEventReason(String reason, boolean warns, String meaning, String remedy) {
    this.reason = reason;
    this.warns = warns;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  @Override
  public String reason() {
    return reason;
  }

  @Override
  public boolean warns() {
    return warns;
  }

  @Override
  public String meaning() {
    return meaning;
  }

  @Override
  public String remedy() {
    return remedy;
  }
}
