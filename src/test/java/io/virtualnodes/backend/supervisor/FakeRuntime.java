package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A runtime that shows what it is told to, and notes what it is asked for. */
final class FakeRuntime implements SupervisedRuntime {
  /** One call of {@link #restart}. */
  record Asked(GroupId id, String container, int number, Duration backOff) {}

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  // Taken by the next looks or restarts, one each.
  final BlockingQueue<RuntimeException> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<RuntimeException> blindness = new LinkedBlockingQueue<>();
  private volatile List<SupervisedGroup> view = List.of();
  private volatile Runnable meanwhile = () -> {};
  private volatile int looks;

  void show(SupervisedGroup... groups) {
    view = List.of(groups);
  }

  /** What happens while a restart is under way. */
  void meanwhile(Runnable task) {
    meanwhile = task;
  }

  int looks() {
    return looks;
  }

  @Override
  public synchronized List<SupervisedGroup> look() {
    looks++;
    var failure = blindness.poll();
    if (failure != null) {
      throw failure;
    }
    return view;
  }

  @Override
  public void restart(GroupId id, String container, int number, Duration backOff) {
    asked.add(new Asked(id, container, number, backOff));
    meanwhile.run();
    var failure = failures.poll();
    if (failure != null) {
      throw failure;
    }
  }
}
