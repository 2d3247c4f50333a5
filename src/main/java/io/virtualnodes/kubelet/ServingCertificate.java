package io.virtualnodes.kubelet;

/** The certificate that one node shows to whoever connects. */
public sealed interface ServingCertificate extends AutoCloseable
    permits SelfSignedCertificate, GivenCertificate, ClusterSignedCertificate {

  /**
   * The one to show now; the same object until there is a newer one. Called for each connection, in
   * an event loop, so it does not wait.
   */
  KeyAndChain current();

  /** Looks after it no longer. */
  @Override
  default void close() {}
}
