package io.virtualnodes.pod;

/** Annotations of pods: those that we write, for people and tools, and those that we read. */
public final class PodKeys {
  /** Read: the name of the identity of the cloud's that the pod's programs are to act as. */
  public static final String IDENTITY = "virtualnodes.io/identity";

  /** Read: what alone may run in a confidential pod, in the cloud's own words. */
  public static final String CONFIDENTIAL_POLICY = "virtualnodes.io/confidential-policy";

  /** The id of the pod's group at its backend. */
  public static final String GROUP = "virtualnodes.io/group";

  /** The name of the rung that runs the group. */
  public static final String BACKEND = "virtualnodes.io/backend";

  /** What the group costs an hour, with the currency, where its backend has a price. */
  public static final String PRICE = "virtualnodes.io/price-per-hour";

  private PodKeys() {}
}
