package io.virtualnodes.kubelet.stream;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** The streams of a connection that no session has taken yet, and how the connection ended. */
final class Arrivals {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // All guarded by lock.
  private final Deque<ByteStream> streams = new ArrayDeque<>();
  private Optional<Ending> ending = Optional.empty();
  private Optional<Consumer<Ending>> listener = Optional.empty();

  void add(ByteStream stream) {
    lock.lock();
    try {
      streams.addLast(stream);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The connection ends. Only the first reason counts. */
  void end(Ending reason) {
    Optional<Consumer<Ending>> told;
    lock.lock();
    try {
      if (ending.isPresent()) {
        return;
      }
      ending = Optional.of(reason);
      told = listener;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    told.ifPresent(one -> one.accept(reason));
  }

  void onEnding(Consumer<Ending> one) {
    Optional<Ending> already;
    lock.lock();
    try {
      listener = Optional.of(one);
      already = ending;
    } finally {
      lock.unlock();
    }
    already.ifPresent(one);
  }

  Optional<ByteStream> next(Duration wait) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = wait.toNanos();
      while (streams.isEmpty() && ending.isEmpty() && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (ending.isPresent()) {
        throw new IOException(ending.get().sentence());
      }
      return Optional.ofNullable(streams.pollFirst());
    } finally {
      lock.unlock();
    }
  }
}
