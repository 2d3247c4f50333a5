package io.virtualnodes.pod;

/**
 * What the rules about pods need to know of the node.
 *
 * @param address the node's InternalIP, which becomes the pods' {@code hostIP}
 * @param backend the name of the rung that runs its pods
 */
public record NodeFacts(String pool, String node, String address, String backend) {}
