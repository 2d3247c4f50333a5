package io.virtualnodes.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A taint that every node of the pool carries. */
public record NodeTaint(
    @Required
        @Size(max = 317)
        @ValidationRule(
            value = "self" + Rules.QUALIFIED_NAME + " && self" + Rules.PREFIX_FITS,
            message =
                "spec.nodes.taints[].key must be a name with or without a DNS prefix, such as"
                    + " burst or example.com/burst")
        @ValidationRule(
            value = "self == 'virtualnodes.io/pool' || !self" + Rules.RESERVED,
            message =
                "spec.nodes.taints[].key must not have a prefix that ends in kubernetes.io, k8s.io"
                    + " or virtualnodes.io (virtualnodes.io/pool excepted): use a prefix of your"
                    + " own")
        @JsonPropertyDescription(
            "The taint's key, such as `example.com/burst`. Reserved prefixes are refused: those"
                + " that end in `kubernetes.io`, `k8s.io` or `virtualnodes.io`, but for"
                + " `virtualnodes.io/pool`.")
        String key,
    @Size(max = 63)
        @ValidationRule(
            value = "self" + Rules.LABEL_VALUE,
            message =
                "spec.nodes.taints[].value must be letters, digits, dashes, dots and underscores,"
                    + " with a letter or digit first and last")
        @JsonPropertyDescription("The value that a toleration must have.")
        String value,
    @Required
        @JsonPropertyDescription(
            "What happens to pods that do not tolerate it: `NoSchedule` keeps them away,"
                + " `PreferNoSchedule` avoids them, `NoExecute` also evicts those that run.")
        Effect effect) {

  /** What a taint does. */
  public enum Effect {
    NoSchedule,
    PreferNoSchedule,
    NoExecute
  }
}
