package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.Observation.ContainerObservation;
import java.util.Optional;

/** How containers are, for those who read their logs and talk with them. */
final class SeenContainers {
  private final AciInventory inventory;

  SeenContainers(AciInventory inventory) {
    this.inventory = inventory;
  }

  /** As Azure says now, which costs a read; empty if there is no such container of this pool. */
  Optional<ContainerObservation> look(String group, String container) {
    return inventory.find(group).flatMap(seen -> named(seen, container));
  }

  /** As {@link #look}, of one that runs. */
  Optional<ContainerObservation> running(String group, String container) {
    return look(group, container).filter(now -> now.state() instanceof Running);
  }

  /** As the last read said; empty if none did. */
  Optional<ContainerObservation> known(String group, String container) {
    return inventory.known(group).flatMap(seen -> named(seen, container));
  }

  /** Whether the same instance still runs, as the last read said; one is made if there is none. */
  boolean seemsToRun(String group, ContainerObservation instance) {
    return known(group, instance.name())
        .or(() -> look(group, instance.name()))
        .filter(now -> runs(now, instance))
        .isPresent();
  }

  /** Whether the same instance still runs. */
  static boolean runs(ContainerObservation now, ContainerObservation instance) {
    return now.restarts() == instance.restarts() && now.state() instanceof Running;
  }

  private static Optional<ContainerObservation> named(AciInventory.Seen seen, String container) {
    return seen.observation().containers().stream()
        .filter(one -> one.name().equals(container))
        .findFirst();
  }
}
