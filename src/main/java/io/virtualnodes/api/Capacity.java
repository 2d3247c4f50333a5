package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;

/** An amount of compute, and how many pods share it. */
public record Capacity(
    @Required
        @ValidationRule(
            value =
                Rules.IS_QUANTITY
                    + " && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('1m')) >= 0 && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('1M')) <= 0",
            message = "{field} must be from 1m to 1M, in cores, such as 400 or 500m")
        @JsonPropertyDescription("Cores, such as `400` or `500m`.")
        Quantity cpu,
    @Required
        @ValidationRule(
            value =
                Rules.IS_QUANTITY
                    + " && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('1Mi')) >= 0 && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('1Ei')) <= 0",
            message =
                "{field} must be from 1Mi to 1Ei, in bytes: write the unit, such" + " as 1600Gi")
        @JsonPropertyDescription("Memory in bytes, such as `1600Gi`.")
        Quantity memory,
    @Required
        @ValidationRule(
            value =
                Rules.IS_QUANTITY
                    + " && "
                    + Rules.QUANTITY
                    + ".isInteger() && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('1')) >= 0 && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('100000')) <= 0",
            message = "{field} must be a whole number from 1 to 100000")
        @JsonPropertyDescription("How many pods.")
        Quantity pods) {}
