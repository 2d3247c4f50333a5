package io.virtualnodes.pod;

/** Annotations that we write on pods, for people and tools. */
public final class PodKeys {
  /** The id of the pod's group at its backend. */
  public static final String GROUP = "virtualnodes.io/group";

  /** The name of the rung that runs the group. */
  public static final String BACKEND = "virtualnodes.io/backend";

  /** What the group costs an hour, with the currency, where its backend has a price. */
  public static final String PRICE = "virtualnodes.io/price-per-hour";

  private PodKeys() {}
}
