package io.virtualnodes.kubelet.stream;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The thread that holds one session, and why it should end. */
final class Session {
  private final Thread thread = Thread.currentThread();

  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock.
  private Optional<Ending> ending = Optional.empty();
  private boolean settled;

  /** Ends what the thread waits for. Only the first reason counts. */
  void end(Ending reason) {
    lock.lock();
    try {
      if (ending.isPresent()) {
        return;
      }
      ending = Optional.of(reason);
      if (!settled) {
        thread.interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * It is over, and its thread must not be interrupted in what remains to be said.
   *
   * @return why
   */
  Ending settle() {
    lock.lock();
    try {
      settled = true;
      // What was to interrupt the session; the reason is kept.
      Thread.interrupted();
      return ending.orElse(Ending.DONE);
    } finally {
      lock.unlock();
    }
  }
}
