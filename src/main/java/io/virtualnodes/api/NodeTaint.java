package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A taint that every node of the pool carries. */
public record NodeTaint(
    @Required @JsonPropertyDescription("A qualified name, such as example.com/burst.") String key,
    @JsonPropertyDescription("The value that a toleration must have.") String value,
    @Required @JsonPropertyDescription("What happens to pods that do not tolerate it.")
        Effect effect) {

  /** What a taint does. */
  public enum Effect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute
  }
}
