package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;

/** How nodes are emptied when the pool is deleted, scaled down or told to drain. */
public record Drain(
    @Default("10m")
        @Pattern(VirtualNodePoolSpec.DURATION)
        @JsonPropertyDescription(
            "How long PodDisruptionBudgets are respected; pods that are left are deleted then.")
        String deadline,
    @Default("false")
        @JsonPropertyDescription(
            "Lets a deleted pool go although its backend cannot be reached. Containers that still"
                + " run there are then nobody's.")
        Boolean forceOrphan) {}
