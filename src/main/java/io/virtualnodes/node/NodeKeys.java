package io.virtualnodes.node;

/**
 * Labels, taints and annotations of our Nodes. Keys of other systems keep their spelling and name
 * their page.
 */
public final class NodeKeys {
  /** Label and default taint: the pool that a node belongs to. */
  public static final String POOL = "virtualnodes.io/pool";

  /** Taint: the pool's stopPolicy lets no new pods in. */
  public static final String STOPPED = "virtualnodes.io/stopped";

  /** Taint: the node is being emptied. */
  public static final String DRAINING = "virtualnodes.io/draining";

  /** Taint: the backend does not answer; what runs there goes on. */
  public static final String BACKEND_UNAVAILABLE = "virtualnodes.io/backend-unavailable";

  /** Taint: the backend had no room a moment ago. */
  public static final String NO_CAPACITY = "virtualnodes.io/no-capacity";

  /** Annotation: which labels and taints of the node came from us. */
  public static final String APPLIED = "virtualnodes.io/applied";

  /** Annotation: when the node began to be emptied, RFC 3339. */
  public static final String DRAIN_STARTED = "virtualnodes.io/drain-started";

  /** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-os */
  static final String OS = "kubernetes.io/os";

  /** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-arch */
  static final String ARCH = "kubernetes.io/arch";

  /** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetesiohostname */
  static final String HOSTNAME = "kubernetes.io/hostname";

  /** https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone */
  static final String ZONE = "topology.kubernetes.io/zone";

  /** Shown in kubectl's ROLES column. */
  static final String ROLE = "node-role.kubernetes.io/virtual";

  /**
   * https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers
   */
  static final String NO_LOAD_BALANCER = "node.kubernetes.io/exclude-from-external-load-balancers";

  private NodeKeys() {}
}
