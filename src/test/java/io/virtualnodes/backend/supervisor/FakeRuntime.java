package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** A runtime that shows what it is told to, and notes what it is asked for. */
final class FakeRuntime implements SupervisedRuntime {
  /** One call of {@link #start}. */
  record Asked(GroupId id, String container, int number, Duration backOff) {}

  /** One call of {@link #end}. */
  record AskedToEnd(GroupId id, String container, Duration grace) {}

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  final List<AskedToEnd> askedToEnd = new CopyOnWriteArrayList<>();
  // Taken by the next looks or steps, one each.
  final BlockingQueue<RuntimeException> failures = new LinkedBlockingQueue<>();
  final BlockingQueue<RuntimeException> blindness = new LinkedBlockingQueue<>();
  private volatile List<SupervisedGroup> view = List.of();
  private volatile Runnable meanwhile = () -> {};
  private volatile int looks;

  void show(SupervisedGroup... groups) {
    view = List.of(groups);
  }

  /** What happens while a step is under way. */
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
  public void start(GroupId id, String container, int number, Duration backOff) {
    asked.add(new Asked(id, container, number, backOff));
    happen();
  }

  @Override
  public void end(GroupId id, String container, Duration grace) {
    askedToEnd.add(new AskedToEnd(id, container, grace));
    happen();
  }

  private void happen() {
    meanwhile.run();
    var failure = failures.poll();
    if (failure != null) {
      throw failure;
    }
  }
}
