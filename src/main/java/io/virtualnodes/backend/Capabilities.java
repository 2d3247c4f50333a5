package io.virtualnodes.backend;

import java.time.Duration;
import java.util.Optional;

/**
 * What a backend can do and how it is best asked.
 *
 * @param runtime the scheme of its container ids and the name in the node's {@code
 *     containerRuntimeVersion}, such as docker
 * @param version the service's own version, for people; empty until it has told it
 * @param settling how long after a request a list may still not know of it
 * @param beat how often it may be listed
 * @param notice what people must know before they take what runs there for what it seems; shown on
 *     nodes, pools and pods
 */
public record Capabilities(
    String runtime, String version, Duration settling, Duration beat, Optional<String> notice) {}
