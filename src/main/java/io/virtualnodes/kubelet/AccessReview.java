package io.virtualnodes.kubelet;

/** Asks the cluster whether a caller may do something at a node. */
public interface AccessReview {

  /**
   * Blocks until the cluster answered; may be called by many threads at once. Anything but a clear
   * yes is false.
   *
   * @throws RuntimeException if the cluster could not be asked
   */
  boolean allows(Identity caller, NodeAccess access);
}
