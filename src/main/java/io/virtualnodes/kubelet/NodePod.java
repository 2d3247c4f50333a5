package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.GroupId;

/**
 * A pod that is bound to the node.
 *
 * @param group the group that runs it, or would
 */
public record NodePod(Pod pod, GroupId group) {}
