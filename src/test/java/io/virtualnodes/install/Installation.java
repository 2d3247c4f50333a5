package io.virtualnodes.install;

import io.virtualnodes.cluster.Cluster;

/**
 * One way in which users bring the operator into a cluster, and out of it again.
 *
 * <p>All do it in the namespace {@code virtual-nodes}, with a Deployment {@code
 * virtual-nodes-operator}, for pools whose engine is the machine's.
 */
public interface Installation {
  /** What users call it. */
  @Override
  String toString();

  /**
   * Does what the documentation says, and returns once the cluster has accepted it; upgrades what
   * is there.
   *
   * @throws AssertionError if something is refused, with all that was said
   */
  void install(Cluster cluster);

  /**
   * The reverse, for when no pool is left.
   *
   * @throws AssertionError if something is refused, with all that was said
   */
  void uninstall(Cluster cluster);
}
