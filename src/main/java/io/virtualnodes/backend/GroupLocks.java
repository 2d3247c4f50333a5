package io.virtualnodes.backend;

import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * What keeps apart that which is done to one group: its launch, its end and what changes it in
 * between. There is a fixed number of locks, so nothing has to be forgotten with a group; two
 * groups that share one wait for each other now and then. Whoever holds a group's lock may take it
 * again, and must take no other group's.
 */
public final class GroupLocks {
  private final List<Lock> locks;

  /**
   * @param stripes how many locks there are
   */
  public GroupLocks(int stripes) {
    this.locks = Stream.<Lock>generate(ReentrantLock::new).limit(stripes).toList();
  }

  /**
   * @param key of a group; equal keys have the same lock
   */
  public Lock of(Object key) {
    return locks.get(Math.floorMod(key.hashCode(), locks.size()));
  }

  /** Runs an action while the lock of a group is held. */
  public void run(Object key, Runnable action) {
    var lock = of(key);
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }
}
