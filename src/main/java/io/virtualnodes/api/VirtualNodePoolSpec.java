package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/**
 * What the user asks for. Components are null where the user left them out and the CRD has no
 * default.
 */
public record VirtualNodePoolSpec(
    @Default("None")
        @JsonPropertyDescription(
            "`None` runs pods. `Hold` starts no new pods and leaves running ones alone."
                + " `HoldAndDrain` also evicts the running ones; the nodes stay.")
        StopPolicy stopPolicy,
    @JsonPropertyDescription("The virtual nodes of this pool.") Nodes nodes,
    @Required
        @Size(min = 1, max = 1)
        @ValidationRule(
            value = "oldSelf.all(old, self.exists(new, new.name == old.name))",
            message =
                "spec.backends[].name cannot change: the containers that run there would be lost;"
                    + " make another pool and delete this one")
        @JsonPropertyDescription("The service that runs the containers: exactly one.")
        List<BackendRung> backends,
    @JsonPropertyDescription(
            "What pods at the backend can reach of the cluster: see docs/network.md.")
        Network network,
    @Default("1h")
        @Size(max = 32)
        @ValidationRule(
            value = Rules.DURATION + "duration('168h')",
            message =
                "spec.retention must be a time from 1s to 168h in hours, minutes and seconds, such"
                    + " as 1h or 1h30m")
        @JsonPropertyDescription(
            "How long a finished pod's containers are kept for their logs, while the pod object"
                + " exists, such as `1h` or `30m`.")
        String retention,
    @JsonPropertyDescription("How nodes are emptied before they go.") Drain drain) {

  /** Whether the pool takes and keeps pods. */
  public enum StopPolicy {
    None,
    Hold,
    HoldAndDrain
  }
}
