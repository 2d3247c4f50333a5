package io.virtualnodes.backend;

import io.virtualnodes.backend.BackendMeters.Operation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A backend whose calls are measured. What people do with running groups by {@link Streams} is not:
 * it comes in by the nodes' ports, where it is counted.
 */
public final class MeteredBackend implements Backend {
  private final Backend backend;
  private final BackendMeters meters;

  public MeteredBackend(Backend backend, BackendMeters meters) {
    this.backend = backend;
    this.meters = meters;
  }

  @Override
  public Capabilities capabilities() {
    return backend.capabilities();
  }

  @Override
  public void create(ContainerGroup group) {
    measure(Operation.CREATE, () -> backend.create(group));
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    measure(Operation.STOP, () -> backend.stop(id, grace));
  }

  @Override
  public void delete(GroupId id) {
    measure(Operation.DELETE, () -> backend.delete(id));
  }

  @Override
  public void removeShared() {
    backend.removeShared();
  }

  @Override
  public List<Observation> list() {
    return meters.measure(Operation.LIST, backend::list);
  }

  @Override
  public Optional<Quota> quota() {
    return meters.measure(Operation.QUOTA, backend::quota);
  }

  private void measure(Operation operation, Runnable call) {
    meters.measure(
        operation,
        () -> {
          call.run();
          return operation;
        });
  }

  @Override
  public void onChange(Runnable listener) {
    backend.onChange(listener);
  }

  @Override
  public void useLogins(RegistryLogins logins) {
    backend.useLogins(logins);
  }

  @Override
  public void onIncident(Consumer<Incident> listener) {
    backend.onIncident(listener);
  }

  @Override
  public List<ProbeTally> probes() {
    return backend.probes();
  }

  @Override
  public Streams streams() {
    return backend.streams();
  }

  @Override
  public Optional<LiveFiles> liveFiles() {
    return backend.liveFiles();
  }

  @Override
  public Optional<Guests> guests() {
    return backend.guests();
  }

  @Override
  public Optional<Volumes> volumes() {
    return backend.volumes();
  }

  @Override
  public void close() {
    backend.close();
  }
}
