package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.GroupRules;
import io.virtualnodes.backend.GroupSize;
import io.virtualnodes.backend.Price;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a simulation takes from a pool, and what it says that it costs. */
public record SimulatedRules(SimulatedBackend.Settings settings) implements GroupRules {
  static final Set<Feature> FEATURES = Set.of(Feature.OWN_ADDRESS);

  @Override
  public Set<Feature> features() {
    return FEATURES;
  }

  @Override
  public List<String> refusals(ContainerGroup group) {
    return SimulationHints.refusals(group);
  }

  @Override
  public GroupSize size(ContainerGroup group) {
    return new GroupSize(group.requests(), "as requested");
  }

  @Override
  public Optional<Price> price(ContainerGroup group) {
    var requests = group.requests();
    return settings.price().map(rates -> rates.of(requests.milliCpu(), requests.memoryBytes()));
  }
}
