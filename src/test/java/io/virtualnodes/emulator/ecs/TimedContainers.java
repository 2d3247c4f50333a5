package io.virtualnodes.emulator.ecs;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Containers that do nothing but run, for thousands of tasks: each until it is told when to end,
 * and with as little work for a look. They write nothing.
 */
public final class TimedContainers implements Containers {
  private final InstantSource clock;
  private final Map<Run, Times> runs = new LinkedHashMap<>();
  private final Map<Run, State> view = new View();

  /**
   * @param endsAt {@link Instant#MAX} as long as no end is known
   */
  private record Times(Instant since, Instant endsAt) {
    State at(Instant now) {
      return now.isBefore(endsAt)
          ? new State.Running(since, Optional.empty(), Optional.empty())
          : new State.Exited(0, false, Optional.empty(), since, endsAt);
    }
  }

  public TimedContainers(InstantSource clock) {
    this.clock = clock;
  }

  /** All that run end one after the other, evenly over a time from now on. */
  public synchronized void endAll(Duration over) {
    var from = clock.instant();
    int count = runs.size();
    int place = 1;
    for (var run : List.copyOf(runs.keySet())) {
      var at = from.plus(over.multipliedBy(place++).dividedBy(count));
      runs.computeIfPresent(run, (_, times) -> new Times(times.since(), at));
    }
  }

  /** When the first container of a task began to run. */
  public synchronized Instant startedAt(String task) {
    return times(task).since();
  }

  /** When it ended, or is to. */
  public synchronized Instant endsAt(String task) {
    return times(task).endsAt();
  }

  private Times times(String task) {
    return Objects.requireNonNull(runs.get(new Run(task, 0, "main", 0)), task);
  }

  @Override
  public Pull pull(String image, Optional<Login> login) {
    return new Pull.Done();
  }

  @Override
  public void prepare(String task, List<TaskVolume> volumes) {}

  @Override
  public Optional<String> address(String task) {
    return Optional.of("10.0.0.1");
  }

  @Override
  public synchronized void start(Run run, ContainerPlan plan, Map<String, String> environment) {
    runs.put(run, new Times(clock.instant(), Instant.MAX));
  }

  /** A view, in which how a run is, is only told of the one that is asked for. */
  @Override
  public Map<Run, State> look() {
    return view;
  }

  private final class View extends AbstractMap<Run, State> {
    @Override
    public State get(Object run) {
      synchronized (TimedContainers.this) {
        return runs.get(run).at(clock.instant());
      }
    }

    @Override
    public Set<Entry<Run, State>> entrySet() {
      synchronized (TimedContainers.this) {
        var all = new LinkedHashMap<Run, State>();
        runs.forEach((run, times) -> all.put(run, times.at(clock.instant())));
        return all.entrySet();
      }
    }
  }

  @Override
  public synchronized void stop(Run run, Duration grace) {
    var now = clock.instant();
    runs.computeIfPresent(
        run, (_, times) -> times.endsAt().isAfter(now) ? new Times(times.since(), now) : times);
  }

  @Override
  public void runOutOfMemory(Run run) {
    stop(run, Duration.ZERO);
  }

  @Override
  public List<Line> log(Run run) {
    return new ArrayList<>();
  }

  /** What is known of its times stays. */
  @Override
  public void remove(String task) {}

  @Override
  public void close() {}
}
