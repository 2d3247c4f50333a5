package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.fargate.FargateInventory.Known;
import io.virtualnodes.backend.supervisor.Caretaker;
import io.virtualnodes.backend.supervisor.TendedContainer;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import io.virtualnodes.backend.supervisor.TendingRuntime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Finds out whether containers take requests. ECS has health checks by commands in the container
 * only, so that readiness probes are carried out from here, at the group's address.
 *
 * <p>Nothing else is taken on, so nothing is asked of AWS for it: a readiness probe ends no
 * container and leaves nothing to record.
 */
final class FargateCare implements TendingRuntime, AutoCloseable {
  private final Caretaker caretaker;
  private final Runnable changed;

  /**
   * @param changed is called when a container has become ready, or is no longer
   */
  FargateCare(InstantSource clock, Runnable changed) {
    this.changed = changed;
    this.caretaker = new Caretaker(this, clock);
  }

  void onIncident(Consumer<Incident> listener) {
    caretaker.onIncident(listener);
  }

  /** The groups with how those of their containers stand that are looked after. */
  synchronized List<Observation> seen(List<Known> groups, Instant now) {
    record Pair(Known group, Observation seen) {}
    var pairs = groups.stream().map(group -> new Pair(group, group.at(now).observe())).toList();
    var tended = new ArrayList<TendedContainer>();
    for (var pair : pairs) {
      pair.seen()
          .containers()
          .forEach(one -> tended(pair.group(), pair.seen(), one).ifPresent(tended::add));
    }
    caretaker.seen(tended);
    return pairs.stream().map(pair -> withHealth(pair.group(), pair.seen())).toList();
  }

  private Observation withHealth(Known group, Observation seen) {
    boolean looksAfter =
        group.shape().containers().stream().anyMatch(one -> !one.care().equals(Care.NONE));
    if (!looksAfter) {
      return seen;
    }
    return new Observation(
        seen.id(),
        seen.owner(),
        seen.progress(),
        seen.containers().stream().map(one -> withHealth(group, seen, one)).toList(),
        seen.addresses(),
        seen.createdAt(),
        seen.price(),
        seen.finishedAt());
  }

  private ContainerObservation withHealth(Known group, Observation seen, ContainerObservation one) {
    return tended(group, seen, one)
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

  /** Empty unless it runs and has a probe. */
  private static Optional<TendedContainer> tended(
      Known group, Observation seen, ContainerObservation one) {
    return one.state() instanceof Running(var since)
        ? group.shape().containers().stream()
            .filter(shaped -> shaped.name().equals(one.name()))
            .filter(shaped -> shaped.care().readiness().isPresent())
            .findFirst()
            .map(
                shaped ->
                    new TendedContainer(
                        new Instance(seen.id(), one.name(), group.launch().number()),
                        seen.owner(),
                        one.containerId(),
                        since,
                        shaped.care(),
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
    return new Executed.NotBegun("no commands can be run in containers at Fargate yet");
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
