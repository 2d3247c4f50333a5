package io.virtualnodes.kubelet;

/**
 * What a caller wants to do at a node, as the cluster's authorizer is asked about it: {@code verb}
 * on {@code nodes/<subresource>} of the node with this name.
 */
public record NodeAccess(String node, String subresource, String verb) {}
