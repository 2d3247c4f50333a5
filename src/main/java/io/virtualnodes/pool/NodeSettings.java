package io.virtualnodes.pool;

/**
 * What all nodes of this process have in common.
 *
 * @param address the InternalIP that nodes publish: where the API server reaches this process
 * @param firstPort the first port that a kubelet endpoint tries; 0 for any
 * @param kubeletVersion what nodes publish as their version
 */
public record NodeSettings(String address, int firstPort, String kubeletVersion) {}
