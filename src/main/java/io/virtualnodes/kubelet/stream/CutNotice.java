package io.virtualnodes.kubelet.stream;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Tells whoever uses a stream that it was cut off, once. */
final class CutNotice {
  private final Flow flow;

  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock.
  private Optional<Runnable> action = Optional.empty();
  private boolean cut;

  CutNotice(Flow flow) {
    this.flow = flow;
  }

  void tell(Runnable told) {
    boolean already;
    lock.lock();
    try {
      action = Optional.of(told);
      already = cut;
    } finally {
      lock.unlock();
    }
    if (already) {
      flow.apart(told);
    }
  }

  void happened() {
    Optional<Runnable> told;
    lock.lock();
    try {
      told = cut ? Optional.empty() : action;
      cut = true;
    } finally {
      lock.unlock();
    }
    told.ifPresent(flow::apart);
  }
}
