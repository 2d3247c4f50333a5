package io.virtualnodes.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A backend that can be listed, and gives hints when told to. */
final class ListedBackend implements Backend {
  private final Duration beat;
  private final AtomicInteger lists = new AtomicInteger();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile Supplier<List<Observation>> answer = List::of;

  ListedBackend(Duration beat) {
    this.beat = beat;
  }

  /** From now on a list says this, or throws it. */
  void answers(Supplier<List<Observation>> next) {
    answer = next;
  }

  void hint() {
    listeners.forEach(Runnable::run);
  }

  /** How many lists were asked for. */
  int lists() {
    return lists.get();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities("fake", "1", Duration.ZERO, beat, Optional.empty(), Set.of());
  }

  @Override
  public List<Observation> list() {
    lists.incrementAndGet();
    return answer.get();
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  @Override
  public void create(ContainerGroup group) {
    throw unsupported("create");
  }

  @Override
  public void stop(GroupId id, Duration grace) {
    throw unsupported("stop");
  }

  @Override
  public void delete(GroupId id) {
    throw unsupported("delete");
  }

  @Override
  public Streams streams() {
    throw unsupported("streams");
  }

  @Override
  public Optional<Quota> quota() {
    return Optional.empty();
  }

  @Override
  public void close() {}

  private static BackendException unsupported(String call) {
    return new BackendException.Unsupported(List.of(call));
  }
}
