package io.virtualnodes.backend.fargate;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Things at AWS that many groups need and one of them makes, by what they are named. What is known
 * of them is an ARN. May be used by many threads.
 */
final class MadeOnce {
  private final Map<String, String> arns = new ConcurrentHashMap<>();
  // Many groups ask for the same one at once, and one of them has to wait for its turn.
  private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();

  /**
   * @param make makes it or finds it; nothing else is done meanwhile for this name
   * @return its ARN
   */
  String get(String name, Supplier<String> make) {
    var known = arns.get(name);
    if (known != null) {
      return known;
    }
    var lock = locks.computeIfAbsent(name, _ -> new ReentrantLock());
    lock.lock();
    try {
      var made = arns.get(name);
      if (made == null) {
        made = make.get();
        arns.put(name, made);
      }
      return made;
    } finally {
      lock.unlock();
      locks.remove(name, lock);
    }
  }

  /** Somebody else has removed some of them: each is looked for again. */
  void forgetAll() {
    arns.clear();
  }

  /** What is called so may be gone: whoever needs it has it looked for or made. */
  void forgetNamed(String name) {
    arns.remove(name);
  }

  /** Whatever has another ARN than these is gone. */
  void forgetAllBut(Set<String> there) {
    arns.values().retainAll(there);
  }

  /** It is not used any more: whoever needs such a thing has it made. */
  void forget(String arn) {
    arns.values().remove(arn);
  }
}
