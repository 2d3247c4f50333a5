package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Quantity;

/** What a pool advertises in all; it is split over its nodes. */
public record Capacity(
    @Required @JsonPropertyDescription("Cores, such as 400 or 500m.") Quantity cpu,
    @Required @JsonPropertyDescription("Memory, such as 1600Gi.") Quantity memory,
    @Required @JsonPropertyDescription("How many pods.") Quantity pods) {}
