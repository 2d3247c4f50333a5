package io.virtualnodes.api;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/**
 * Declares where serverless containers run, and the virtual nodes that stand for it in the cluster.
 * Cluster-scoped.
 */
@Group(VirtualNodePool.GROUP)
@Version(VirtualNodePool.VERSION)
@ShortNames("vnp")
public class VirtualNodePool extends CustomResource<VirtualNodePoolSpec, VirtualNodePoolStatus> {
  private static final long serialVersionUID = 1L;

  public static final String GROUP = "virtualnodes.io";
  public static final String VERSION = "v1alpha1";
}
