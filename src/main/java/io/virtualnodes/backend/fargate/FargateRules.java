package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.GroupSize;
import java.util.List;
import java.util.Set;

/** What Fargate takes from a pool, and in which sizes. */
public record FargateRules(FargatePlace place) implements GroupRules {
  private static final long MILLI = 1000;
  private static final long MIB = 1024 * 1024;

  @Override
  public Set<Feature> features() {
    return Set.of(Feature.ELASTIC_FILE_SYSTEMS);
  }

  @Override
  public List<String> refusals(ContainerGroup group) {
    return FargateRefusals.of(group, place);
  }

  @Override
  public GroupSize size(ContainerGroup group) {
    var size =
        FargateSizes.of(group, place.unnamed(), TaskContent.helpers(group))
            .orElseThrow(() -> new IllegalArgumentException("refused for its size"));
    return new GroupSize(
        new Resources(size.cpu() * MILLI / FargateSizes.UNITS_PER_CORE, size.memory() * MIB),
        size.toString());
  }
}
