package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/**
 * One entry of the pool's list of backends: a name, and the settings of exactly one kind of
 * backend.
 */
@ValidationRule(
    value = "has(self.docker)",
    message =
        "spec.backends[] must say which kind of backend it is: `docker: {}` is the engine at its"
            + " usual socket")
public record BackendRung(
    @Required
        @Size(max = 63)
        @ValidationRule(
            value = "self" + Rules.DNS_LABEL,
            message =
                "spec.backends[].name must be lower-case letters, digits and dashes, such as local")
        @JsonPropertyDescription("A name that is unique in this pool.")
        String name,
    @JsonPropertyDescription("Runs pods on an engine that speaks Docker's API.")
        DockerSettings docker) {}
