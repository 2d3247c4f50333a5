package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How long something takes, as times of services are measured. */
@ValidationRule(
    value =
        "!self.p50"
            + Rules.SHORT_DURATION
            + " || !self.p99"
            + Rules.SHORT_DURATION
            + " || duration(self.p50) <= duration(self.p99)",
    message =
        "{field}.p99 must not be shorter than p50: 99 of 100 take no longer than p99, and half of"
            + " all no longer than p50")
public record TimeSpread(
    @Required
        @Size(max = 32)
        @ValidationRule(
            value = Rules.SHORT_TIME + "duration('168h')",
            message = Rules.SHORT_TIME_MESSAGE)
        @JsonPropertyDescription("Half of all take no longer, such as `2s` or `250ms`.")
        String p50,
    @Required
        @Size(max = 32)
        @ValidationRule(
            value = Rules.SHORT_TIME + "duration('168h')",
            message = Rules.SHORT_TIME_MESSAGE)
        @JsonPropertyDescription("99 of 100 take no longer, such as `9s`.")
        String p99) {}
