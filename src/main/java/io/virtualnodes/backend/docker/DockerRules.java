package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.GroupSize;
import java.util.List;
import java.util.Set;

/** What an engine takes from a pool. It has no sizes: what is asked for is what there is. */
public record DockerRules(DockerBackend.Settings settings) implements GroupRules {
  static final Set<Feature> FEATURES =
      Set.of(Feature.GUESTS, Feature.OWN_ADDRESS, Feature.CLAIMED_VOLUMES);

  @Override
  public Set<Feature> features() {
    return FEATURES;
  }

  @Override
  public List<String> refusals(ContainerGroup group) {
    return new DockerRequests(settings).refusals(group);
  }

  @Override
  public GroupSize size(ContainerGroup group) {
    return new GroupSize(group.requests(), "as requested");
  }
}
