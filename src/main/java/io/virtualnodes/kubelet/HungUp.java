package io.virtualnodes.kubelet;

/** The caller is gone or takes nothing more: nobody is left to be answered. */
final class HungUp extends Exception {
  private static final long serialVersionUID = 1L;

  HungUp(Throwable cause) {
    super("the caller hung up", cause, false, false);
  }
}
