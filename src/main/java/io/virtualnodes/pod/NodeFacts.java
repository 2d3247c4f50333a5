package io.virtualnodes.pod;

import java.util.Optional;

/**
 * What the rules about pods need to know of the node.
 *
 * @param address the node's InternalIP, which becomes the pods' {@code hostIP}
 * @param backend the name of the rung that runs its pods
 * @param notice what people must know of that backend
 */
public record NodeFacts(
    String pool, String node, String address, String backend, Optional<String> notice) {}
