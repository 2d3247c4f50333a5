package io.virtualnodes.api;

import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
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
@Categories("serverless")
@ValidationRule(
    value = "self.metadata.name.size() <= 50 && self.metadata.name" + Rules.DNS_LABEL,
    message =
        "metadata.name begins the names of the pool's nodes: use at most 50 lower-case letters,"
            + " digits and dashes, and no dot")
public class VirtualNodePool extends CustomResource<VirtualNodePoolSpec, VirtualNodePoolStatus> {
  private static final long serialVersionUID = 1L;

  public static final String GROUP = "virtualnodes.io";
  public static final String VERSION = "v1alpha1";
}
