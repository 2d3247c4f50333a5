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
    value =
        "[has(self.aci), has(self.docker), has(self.fargate), has(self.simulated)].exists_one(kind,"
            + " kind)",
    message =
        "spec.backends[] must say which one kind of backend it is: `docker: {}` is the engine at"
            + " its usual socket, `simulated: {}` a service that runs nothing, `aci` needs a"
            + " subscription and more, `fargate` a cluster and more")
@ValidationRule(
    value =
        "has(self.docker) == has(oldSelf.docker) && has(self.fargate) == has(oldSelf.fargate) &&"
            + " has(self.simulated) == has(oldSelf.simulated)",
    message =
        "spec.backends[] cannot become another kind of backend: the containers at the old one would"
            + " be lost; make another pool and delete this one")
public record BackendRung(
    @Required
        @Size(max = 63)
        @ValidationRule(
            value = "self" + Rules.DNS_LABEL,
            message =
                "spec.backends[].name must be lower-case letters, digits and dashes, such as local")
        @JsonPropertyDescription(
            "A name for the backend, unique in this pool, as status and `kubectl get vnp` show it.")
        String name,
    @JsonPropertyDescription("Runs pods as container groups of Azure Container Instances.")
        AciSettings aci,
    @JsonPropertyDescription(
            "Runs pods on an engine that speaks Docker's API. `docker: {}` is the engine at its"
                + " usual socket.")
        DockerSettings docker,
    @JsonPropertyDescription("Runs pods as tasks of AWS Fargate.") FargateSettings fargate,
    @JsonPropertyDescription(
            "Runs nothing and behaves as if it did: for trying things out, for tests and"
                + " benchmarks. `simulated: {}` starts every pod at once and never fails.")
        SimulatedSettings simulated) {}
