package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a pod says of how it is to be simulated: in variables of a container, which are harmless
 * anywhere else. Of the environment nothing else is looked at.
 */
final class SimulationHints {
  /** How much processor time it uses: {@link Load#phases}. */
  static final String LOAD = "SIMULATED_CPU_LOAD";

  /** The ports that answer, separated by commas. */
  static final String PORTS = "SIMULATED_PORTS";

  private static final String LIST_OF_PORTS = "\\d{1,5}( *, *\\d{1,5})*";
  private static final int LAST_PORT = 65_535;

  private SimulationHints() {}

  static List<Load.Phase> load(ContainerSpec container) {
    return value(container, LOAD).flatMap(Load::phases).orElse(List.of());
  }

  /** Empty if nothing is said of them. */
  static Optional<List<Integer>> ports(ContainerSpec container) {
    return value(container, PORTS).flatMap(SimulationHints::ports);
  }

  private static Optional<List<Integer>> ports(String text) {
    if (!text.strip().matches(LIST_OF_PORTS)) {
      return Optional.empty();
    }
    var ports = Stream.of(text.split(",")).map(String::strip).map(Integer::valueOf).toList();
    return ports.stream().allMatch(port -> port > 0 && port <= LAST_PORT)
        ? Optional.of(ports)
        : Optional.empty();
  }

  /** Every hint that is not understood: half of them heeded would be another simulation. */
  static List<String> refusals(ContainerGroup group) {
    var reasons = new ArrayList<String>();
    for (var container : group.containers()) {
      var at =
          "spec.%s[%s].env[%%s]: "
              .formatted(
                  container.part() == Part.MAIN ? "containers" : "initContainers",
                  container.name());
      value(container, LOAD)
          .filter(text -> Load.phases(text).isEmpty())
          .ifPresent(
              _ -> reasons.add(at.formatted(LOAD) + "write a load as 80% or as 20% 5m, 90% 10m"));
      value(container, PORTS)
          .filter(text -> ports(text).isEmpty())
          .ifPresent(_ -> reasons.add(at.formatted(PORTS) + "write ports as 8080, 9090"));
    }
    return reasons;
  }

  private static Optional<String> value(ContainerSpec container, String name) {
    return container.environment().get(name) instanceof EnvironmentValue.Plain(var text)
        ? Optional.of(text)
        : Optional.empty();
  }
}
