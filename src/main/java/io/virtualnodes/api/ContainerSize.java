package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Quantity;

/** How large one container is. */
public record ContainerSize(
    @Default("500m")
        @ValidationRule(
            value =
                Rules.IS_QUANTITY
                    + " && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('10m')) >= 0 && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('31')) <= 0",
            message = "{field} must be from 10m to 31, in cores, such as 500m")
        @JsonPropertyDescription("Cores, such as `500m`.")
        Quantity cpu,
    @Default("512Mi")
        @ValidationRule(
            value =
                Rules.IS_QUANTITY
                    + " && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('16Mi')) >= 0 && "
                    + Rules.QUANTITY
                    + ".compareTo(quantity('240G')) <= 0",
            message = "{field} must be from 16Mi to 240G, in bytes: write the unit, such as 512Mi")
        @JsonPropertyDescription("Memory in bytes, such as `512Mi`.")
        Quantity memory) {}
