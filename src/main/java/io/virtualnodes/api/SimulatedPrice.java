package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What a simulated service would charge. */
public record SimulatedPrice(
    @Required
        @Size(max = 16)
        @ValidationRule(value = Rules.MONEY, message = Rules.MONEY_MESSAGE)
        @JsonPropertyDescription("Of a core for an hour, such as `0.04`; up to 999999.999999.")
        String cpuHour,
    @Required
        @Size(max = 16)
        @ValidationRule(value = Rules.MONEY, message = Rules.MONEY_MESSAGE)
        @JsonPropertyDescription(
            "Of a GiB of memory for an hour, such as `0.0045`; up to 999999.999999.")
        String memoryGiBHour,
    @Default("USD")
        @Size(max = 3)
        @ValidationRule(
            value = "self.matches(r'^[A-Z]{3}$')",
            message = "{field} must be the three letters of a currency, such as USD")
        @JsonPropertyDescription("The currency, by its three letters.")
        String currency) {}
