package io.virtualnodes.backend;

import java.time.Instant;
import java.util.OptionalLong;

/**
 * What one running container has used. What is not known is empty, never 0.
 *
 * @param at when this was measured, by the backend's own clock
 * @param started when the present instance was started
 * @param cpuNanos processor time since then, in nanoseconds
 * @param workingSetBytes memory in use that cannot be had back at once
 * @param usageBytes memory in use with all that could be had back
 * @param rssBytes anonymous memory
 * @param receivedBytes by the group's network since it started, the same for each container of it
 * @param sentBytes likewise
 */
public record ContainerUsage(
    GroupId group,
    String container,
    Instant at,
    Instant started,
    OptionalLong cpuNanos,
    OptionalLong workingSetBytes,
    OptionalLong usageBytes,
    OptionalLong rssBytes,
    OptionalLong receivedBytes,
    OptionalLong sentBytes) {}
