package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A runtime whose commands end as they are told to, and which notes what it is asked for. */
final class FakeTending implements TendingRuntime {
  /** What a command that is not told otherwise ends with. */
  private static final int WELL = 0;

  final Map<String, Integer> codes = new ConcurrentHashMap<>();
  final Map<String, Duration> takes = new ConcurrentHashMap<>();
  final Set<String> unanswered = ConcurrentHashMap.newKeySet();
  // What it was asked for, in order: commands by their name, milestones and stops.
  final List<String> asked = new CopyOnWriteArrayList<>();
  final List<Duration> graces = new CopyOnWriteArrayList<>();
  final AtomicInteger changes = new AtomicInteger();

  long times(String what) {
    return asked.stream().filter(what::equals).count();
  }

  @Override
  public Executed execute(String runtimeId, List<String> command, Duration timeout, int longest)
      throws InterruptedException {
    var name = command.getFirst();
    asked.add(name);
    if (unanswered.contains(name)) {
      throw new BackendException.Unavailable("nobody there", null);
    }
    var time = takes.getOrDefault(name, Duration.ZERO);
    Thread.sleep(time.compareTo(timeout) > 0 ? timeout : time);
    if (time.compareTo(timeout) > 0) {
      return new Executed.TimedOut();
    }
    int code = codes.getOrDefault(name, WELL);
    return new Executed.Ended(code, name + " said " + code);
  }

  @Override
  public void record(Instance instance, Milestone milestone) {
    asked.add(milestone.name());
  }

  @Override
  public void stop(String runtimeId, Duration grace) {
    graces.add(grace);
    asked.add("stop " + runtimeId);
  }

  @Override
  public void changed() {
    changes.incrementAndGet();
  }
}
