package io.virtualnodes.kubelet;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What callers may do, remembered for a while: the API server would otherwise be asked once for
 * every request that it sends us itself. One instance serves all nodes.
 *
 * <p>A yes is kept for 5 minutes and a no for 30 seconds, as a kubelet does by default. A question
 * that could not be asked is not remembered, and is not a yes.
 */
public final class Authorization {
  private static final Duration ALLOWED = Duration.ofMinutes(5);
  private static final Duration DENIED = Duration.ofSeconds(30);
  // Callers are the API server and a few scrapers, each asking a few things at up to 50 nodes.
  private static final int REMEMBERED = 1024;

  private final AccessReview review;
  private final InstantSource clock;

  private final ReentrantLock lock = new ReentrantLock();
  // Guarded by lock. In order of use, so that the one used longest ago makes room.
  private final SequencedMap<Question, Decision> decisions = new LinkedHashMap<>(16, 0.75f, true);

  public Authorization(AccessReview review, InstantSource clock) {
    this.review = review;
    this.clock = clock;
  }

  /**
   * Whether the caller may do this. Blocks while the cluster is asked.
   *
   * @throws RuntimeException if it had to be asked and did not answer
   */
  boolean allows(Identity caller, NodeAccess access) {
    var question = new Question(caller, access);
    var now = clock.instant();
    var known = remembered(question);
    if (known != null && now.isBefore(known.until())) {
      return known.allowed();
    }
    // Asked outside of the lock: one slow answer must not hold up every other caller.
    boolean allowed = review.allows(caller, access);
    remember(question, new Decision(allowed, now.plus(allowed ? ALLOWED : DENIED)));
    return allowed;
  }

  private Decision remembered(Question question) {
    lock.lock();
    try {
      return decisions.get(question);
    } finally {
      lock.unlock();
    }
  }

  private void remember(Question question, Decision decision) {
    lock.lock();
    try {
      decisions.put(question, decision);
      if (decisions.size() > REMEMBERED) {
        decisions.pollFirstEntry();
      }
    } finally {
      lock.unlock();
    }
  }

  private record Question(Identity caller, NodeAccess access) {}

  private record Decision(boolean allowed, Instant until) {}
}
