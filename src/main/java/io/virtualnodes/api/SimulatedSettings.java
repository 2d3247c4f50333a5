package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** A service that runs nothing and behaves as if it did. */
public record SimulatedSettings(
    @Default("0")
        @Min(0)
        @JsonPropertyDescription(
            "What chance follows from: with the same seed the same pods fare alike.")
        Integer seed,
    @JsonPropertyDescription(
            "From accepting a pod to the start of its containers. Left out: at once.")
        TimeSpread startLatency,
    @JsonPropertyDescription(
            "How long containers run whose command is not understood. Left out: until they are"
                + " stopped.")
        TimeSpread runTime,
    @Size(max = 20)
        @ValidationRule(
            value = "self.all(image, image.matches(r'^[^*]+[*]?$'))",
            message =
                "spec.backends[].simulated.missingImages[] must be names of images, or beginnings"
                    + " of names with a * at the end, such as missing/*")
        @JsonPropertyDescription(
            "Images that are never found, by name or as the beginning of a name with a `*` at the"
                + " end: `missing/*`.")
        List<@Size(min = 1, max = 512) String> missingImages,
    @JsonPropertyDescription(
            "What may run in all; more finds no room. Nodes advertise it, unless"
                + " `spec.nodes.capacity` says otherwise.")
        Capacity quota,
    @Default("Running")
        @JsonPropertyDescription(
            "Which pods take a place of `quota.pods`: `Running`, or `UntilDeleted`, where one that"
                + " has ended keeps its place until what is left of it is removed.")
        QuotaCounts quotaCounts,
    @JsonPropertyDescription(
            "What pods would cost by what they request, shown on each as the annotation"
                + " `virtualnodes.io/price-per-hour`. Left out: no annotation.")
        SimulatedPrice price,
    @JsonPropertyDescription(
            "What goes wrong, and how often. A share is written as `5%` or `0.1%`.")
        SimulatedFailures failures) {

  /** Which pods take a place of the quota's. */
  public enum QuotaCounts {
    Running,
    UntilDeleted
  }
}
