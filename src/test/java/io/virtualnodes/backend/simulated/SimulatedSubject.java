package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendSubject;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.simulated.Journal.Entry;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A simulated pool with a journal, whose time stands still until it is passed. */
final class SimulatedSubject implements BackendSubject {
  private static final Spread START_LATENCY =
      new Spread(Duration.ofSeconds(1), Duration.ofSeconds(3));
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final String pool;
  private final Path folder;
  private final Faults faults;
  private final DrivenClock clock;
  private SimulatedCloud cloud;
  private SimulatedBackend backend;
  private Optional<SimulatedSubject> neighbour = Optional.empty();

  /**
   * @param folder for the journals of this pool and its neighbour
   */
  SimulatedSubject(String pool, Path folder, Faults faults) {
    this(pool, folder, faults, new DrivenClock());
  }

  private SimulatedSubject(String pool, Path folder, Faults faults, DrivenClock clock) {
    this.clock = clock;
    this.pool = pool;
    this.folder = folder;
    this.faults = faults;
    this.cloud = new SimulatedCloud(Optional.of(folder));
    this.backend = with(faults);
  }

  private SimulatedBackend with(Faults what) {
    return new SimulatedBackend(
        new SimulatedBackend.Settings(
            pool,
            1,
            START_LATENCY,
            Optional.empty(),
            Share.NEVER,
            List.of("missing/*"),
            Optional.empty(),
            Optional.empty(),
            what),
        cloud,
        clock,
        clock::pass);
  }

  private void become(Faults what) {
    backend.close();
    backend = with(what);
  }

  @Override
  public String pool() {
    return pool;
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public void restart() {
    cloud = new SimulatedCloud(Optional.of(folder));
    become(faults);
  }

  @Override
  public BackendSubject neighbour() {
    neighbour =
        Optional.of(
            neighbour.orElseGet(
                () -> new SimulatedSubject(pool + "-neighbour", folder, faults, clock)));
    return neighbour.get();
  }

  @Override
  public String missingImage() {
    return "missing/image:1";
  }

  @Override
  public boolean showsLogs() {
    return true;
  }

  /** As many as its journal says were accepted and not deleted. */
  @Override
  public int copies(GroupId id) {
    return new Journal(Optional.of(folder.resolve(pool + ".jsonl")))
        .read().stream()
            .filter(entry -> entry.id().equals(id.toString()))
            .mapToInt(
                entry ->
                    switch (entry) {
                      case Entry.Accepted _ -> 1;
                      case Entry.Stopped _ -> 0;
                      case Entry.Deleted _, Entry.Lost _ -> -1;
                    })
            .sum();
  }

  @Override
  public Instant now() {
    return clock.instant();
  }

  @Override
  public void pass(Duration time) {
    clock.pass(time);
  }

  @Override
  public Observation await(GroupId id, Predicate<Observation> wanted) {
    return clock.await(backend, id, wanted, STEP, PATIENCE);
  }

  /** Whatever is asked of it is one request to the simulated service. */
  @Override
  public boolean losingAnswer(int nth, Runnable requests) {
    if (nth > 1) {
      requests.run();
      return false;
    }
    become(
        new Faults(
            Share.NEVER,
            Share.ALWAYS,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Duration.ZERO,
            Share.NEVER,
            Duration.ZERO));
    requests.run();
    become(faults);
    return true;
  }

  @Override
  public void cutOff() {
    become(
        new Faults(
            Share.ALWAYS,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Share.NEVER,
            Duration.ZERO,
            Share.NEVER,
            Duration.ZERO));
  }

  @Override
  public void reconnect() {
    become(faults);
  }

  @Override
  public void close() {
    neighbour.ifPresent(SimulatedSubject::close);
    backend.close();
  }
}
