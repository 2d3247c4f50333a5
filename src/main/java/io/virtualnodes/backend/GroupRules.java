package io.virtualnodes.backend;

import io.virtualnodes.backend.Capabilities.Feature;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a service takes and makes of it, as far as that is known without asking the service: pure,
 * and had without credentials. A {@link Backend} keeps to the same rules before it asks for a
 * group.
 */
public interface GroupRules {

  /** What pods may ask for here that not every service can do: {@link Capabilities#features}. */
  Set<Feature> features();

  /**
   * Every reason why the group cannot run here, each as {@code <field of the pod>: <why>}; empty if
   * the service can be asked for it.
   */
  List<String> refusals(ContainerGroup group);

  /** How large the group would be. Only for a group without {@link #refusals}. */
  GroupSize size(ContainerGroup group);

  /** What it would cost while it is there; empty if nothing is known of prices here. */
  default Optional<Price> price(ContainerGroup group) {
    return Optional.empty();
  }
}
