package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.supervisor.Caretaker;
import io.virtualnodes.backend.supervisor.TendedContainer;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import io.virtualnodes.backend.supervisor.TendingRuntime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Finds out whether containers take requests. Azure carries readiness probes out and does not tell
 * what they found, so they are carried out from here, at the group's address.
 *
 * <p>Nothing else is taken on, so nothing is asked of Azure for it: a readiness probe ends no
 * container and leaves nothing to record.
 */
final class AciCare implements TendingRuntime, AutoCloseable {
  private final Caretaker caretaker;
  private final Runnable changed;

  /**
   * @param changed is called when a container has become ready, or is no longer
   */
  AciCare(InstantSource clock, Runnable changed) {
    this.changed = changed;
    this.caretaker = new Caretaker(this, clock);
  }

  void onIncident(Consumer<Incident> listener) {
    caretaker.onIncident(listener);
  }

  /** The groups with how those of their containers stand that are looked after. */
  synchronized List<Observation> seen(List<AciInventory.Seen> groups) {
    caretaker.seen(groups.stream().flatMap(AciCare::tended).toList());
    return groups.stream().map(this::withHealth).toList();
  }

  private Observation withHealth(AciInventory.Seen group) {
    var seen = group.observation();
    if (AciTags.readiness(group.azures().tags()).isEmpty()) {
      return seen;
    }
    return new Observation(
        seen.id(),
        seen.owner(),
        seen.progress(),
        seen.containers().stream().map(one -> withHealth(group, one)).toList(),
        seen.addresses(),
        seen.createdAt(),
        seen.price(),
        seen.finishedAt());
  }

  private ContainerObservation withHealth(AciInventory.Seen group, ContainerObservation one) {
    return tended(group, one)
        .flatMap(tended -> caretaker.standing(tended).health())
        .map(
            health ->
                new ContainerObservation(
                    one.name(),
                    one.state(),
                    one.previous(),
                    one.previousId(),
                    one.restarts(),
                    one.image(),
                    one.imageId(),
                    one.containerId(),
                    Optional.of(health)))
        .orElse(one);
  }

  private static Stream<TendedContainer> tended(AciInventory.Seen group) {
    return group.observation().containers().stream().flatMap(one -> tended(group, one).stream());
  }

  /** Empty unless it runs and has a probe. */
  private static Optional<TendedContainer> tended(
      AciInventory.Seen group, ContainerObservation one) {
    var seen = group.observation();
    return one.state() instanceof Running(var since)
        ? Optional.ofNullable(AciTags.readiness(group.azures().tags()).get(one.name()))
            .map(
                readiness ->
                    new TendedContainer(
                        new Instance(seen.id(), one.name(), one.restarts()),
                        seen.owner(),
                        one.containerId(),
                        since,
                        new Care(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(readiness),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty()),
                        seen.addresses().stream().findFirst(),
                        // Of use only to what ends containers, which no readiness probe does.
                        RestartPolicy.ALWAYS,
                        Duration.ZERO,
                        false,
                        Set.of()))
        : Optional.empty();
  }

  @Override
  public Executed execute(String runtimeId, List<String> command, Duration timeout, int longest) {
    return new Executed.NotBegun("Azure runs no commands for probes");
  }

  @Override
  public void record(Instance instance, Milestone milestone) {
    throw new IllegalStateException("a readiness probe leaves nothing to record: " + milestone);
  }

  @Override
  public void stop(String runtimeId, Duration grace) {
    throw new IllegalStateException("a readiness probe ends no container: " + runtimeId);
  }

  @Override
  public void changed() {
    changed.run();
  }

  @Override
  public void close() {
    caretaker.close();
  }
}
