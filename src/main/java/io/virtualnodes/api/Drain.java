package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How nodes are emptied when the pool is deleted, scaled down or told to drain. */
public record Drain(
    @Default("10m")
        @Size(max = 32)
        @ValidationRule(
            value = Rules.DURATION + "duration('24h')",
            message =
                "spec.drain.deadline must be a time from 1s to 24h in hours, minutes and seconds,"
                    + " such as 10m or 1h30m")
        @JsonPropertyDescription(
            "How long PodDisruptionBudgets are respected. Pods that are left then are deleted.")
        String deadline,
    @Default("false")
        @JsonPropertyDescription(
            "Lets a deleted pool go although its backend cannot be reached. Containers that still"
                + " run there are then nobody's.")
        Boolean forceOrphan) {}
