package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.Incident;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds out whether containers take requests, for services that do not tell: readiness probes are
 * carried out from here, at the group's address.
 *
 * <p>Nothing else is taken on, so nothing is asked of the service for it: a readiness probe ends no
 * container and leaves nothing to record.
 */
public final class ReadinessCare implements AutoCloseable {
  private final Caretaker caretaker;

  /**
   * @param changed is called when a container has become ready, or is no longer
   */
  public ReadinessCare(InstantSource clock, Runnable changed) {
    this.caretaker = new Caretaker(new NothingButProbes(changed), clock);
  }

  /**
   * A group.
   *
   * @param observation as its service shows it
   * @param probes by the names of the containers that have one; none runs commands
   */
  public record Group(Observation observation, Map<String, Probe> probes) {}

  /** Tells of probes that fail. */
  public void onIncident(Consumer<Incident> listener) {
    caretaker.onIncident(listener);
  }

  /** All groups that there are, with how those of their containers stand that have a probe. */
  public synchronized List<Observation> seen(List<Group> groups) {
    caretaker.seen(groups.stream().flatMap(ReadinessCare::tended).toList());
    var ids = groups.stream().map(group -> group.observation().id()).collect(Collectors.toSet());
    caretaker.retain(ids::contains);
    return groups.stream().map(this::withHealth).toList();
  }

  /** What probes came to. */
  public List<ProbeTally> probes() {
    return caretaker.probes();
  }

  private Observation withHealth(Group group) {
    var seen = group.observation();
    if (group.probes().isEmpty()) {
      return seen;
    }
    return seen.with(seen.containers().stream().map(one -> withHealth(group, one)).toList());
  }

  private ContainerObservation withHealth(Group group, ContainerObservation one) {
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

  private static Stream<TendedContainer> tended(Group group) {
    return group.observation().containers().stream().flatMap(one -> tended(group, one).stream());
  }

  /** Empty unless it runs and has a probe. */
  private static Optional<TendedContainer> tended(Group group, ContainerObservation one) {
    var seen = group.observation();
    return one.state() instanceof Running(var since)
        ? Optional.ofNullable(group.probes().get(one.name()))
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
  public void close() {
    caretaker.close();
  }

  private record NothingButProbes(Runnable onChange) implements TendingRuntime {
    @Override
    public Executed execute(String runtimeId, List<String> command, Duration timeout, int longest) {
      return new Executed.NotBegun("no commands are run for probes at this backend");
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
      onChange.run();
    }
  }
}
