package io.virtualnodes.pod;

/** What tells a volume of ours from others. Keys of other systems keep their spelling. */
public final class ClaimKeys {
  /** In a StorageClass: its volumes are made by us. */
  public static final String PROVISIONER = "virtualnodes.io/volume";

  /** Label of a PersistentVolume: the pool whose backend has it. */
  public static final String POOL = "virtualnodes.io/volume-of-pool";

  /** Keeps a PersistentVolume until its content is gone, where it is to go. */
  public static final String FINALIZER = "virtualnodes.io/volume";

  /**
   * Annotation of a PersistentVolume: whose it is to look after.
   * https://kubernetes.io/docs/reference/labels-annotations-taints/#pv-kubernetes-io-provisioned-by
   */
  public static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";

  private ClaimKeys() {}
}
