package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/**
 * One entry of the pool's list of backends: a name, and the settings of exactly one kind of
 * backend.
 */
public record BackendRung(
    @Required @JsonPropertyDescription("A name that is unique in this pool.") String name,
    @JsonPropertyDescription("Runs pods on an engine that speaks Docker's API.")
        DockerSettings docker) {}
