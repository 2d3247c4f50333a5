package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import java.util.List;

/**
 * What the user asks for. Components are null where the user left them out and the CRD has no
 * default.
 */
public record VirtualNodePoolSpec(
    @Default("None")
        @JsonPropertyDescription(
            "None runs pods. Hold starts no new pods and leaves running ones alone. HoldAndDrain"
                + " also evicts the running ones.")
        StopPolicy stopPolicy,
    @Required @JsonPropertyDescription("The virtual nodes of this pool.") Nodes nodes,
    @Required @JsonPropertyDescription("The service that runs the containers: exactly one.")
        List<BackendRung> backends,
    @Default("1h")
        @Pattern(VirtualNodePoolSpec.DURATION)
        @JsonPropertyDescription(
            "How long a finished pod's containers are kept for their logs while the pod object"
                + " exists, such as 1h or 30m.")
        String retention,
    @JsonPropertyDescription("How nodes are emptied before they go.") Drain drain) {

  /** Go's duration format, as far as hours, minutes and seconds in whole numbers. */
  static final String DURATION = "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$";

  /** Whether the pool takes and keeps pods. */
  public enum StopPolicy {
    None,
    Hold,
    HoldAndDrain
  }
}
