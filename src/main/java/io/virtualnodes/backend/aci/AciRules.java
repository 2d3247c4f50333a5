package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.GroupSize;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What Azure takes from a pool, and in which sizes. */
public record AciRules(AciPlace place) implements GroupRules {
  private static final double MILLI = 1000;
  private static final double GIGA = 1e9;

  @Override
  public Set<Feature> features() {
    var features = EnumSet.of(Feature.AZURE_FILES, Feature.IDENTITIES);
    if (place.sku() instanceof AciPlace.Sku.Confidential) {
      features.add(Feature.CONFIDENTIAL);
    }
    return Collections.unmodifiableSet(features);
  }

  @Override
  public List<String> refusals(ContainerGroup group) {
    return AciRefusals.of(group, place);
  }

  @Override
  public GroupSize size(ContainerGroup group) {
    var sizes = AciSizes.of(group, place.unnamed());
    return new GroupSize(
        new Resources(Math.round(sizes.cores() * MILLI), Math.round(sizes.gigabytes() * GIGA)),
        "%s cores and %s GB".formatted(sizes.cores(), sizes.gigabytes()));
  }
}
