package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what groups had in common once no group needs it any more: secrets, and the task
 * definitions that refer to them. Others stay registered for a while, for the next group of their
 * kind; they cost nothing and say nothing secret. An earlier process's are told from another pool's
 * by the pool's uid in their names.
 *
 * <p>Nothing is removed while something is being made that may refer to it.
 */
final class Leftovers {
  // Groups of one kind often come one after the other, as those of a CronJob.
  private static final Duration KEPT = Duration.ofMinutes(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(10);
  // Those of a CronJob that runs every hour stay.
  private static final Duration DEFINITIONS_KEPT = Duration.ofMinutes(70);
  // With a look every 5 s: two fifths of what ECS takes, where no registration waits.
  private static final int DEREGISTERED_BY_A_LOOK = 2;

  private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

  private final SecretStore secrets;
  private final DefinitionStore definitions;
  private final FargateInventory inventory;
  private final TaskLaunches launches;
  private final InstantSource clock;
  private final ReadWriteLock making = new ReentrantReadWriteLock();
  private final AtomicReference<Instant> looked;
  private final AtomicBoolean deregistering = new AtomicBoolean();
  private volatile Instant deregisterFrom = Instant.MIN;

  Leftovers(
      SecretStore secrets,
      DefinitionStore definitions,
      FargateInventory inventory,
      TaskLaunches launches,
      InstantSource clock) {
    this.secrets = secrets;
    this.definitions = definitions;
    this.inventory = inventory;
    this.launches = launches;
    this.clock = clock;
    this.looked = new AtomicReference<>(clock.instant());
  }

  /** Makes something of which nothing is removed meanwhile. */
  void keeping(Runnable make) {
    making.readLock().lock();
    try {
      make.run();
    } finally {
      making.readLock().unlock();
    }
  }

  /**
   * At the end of the last group all is removed: the pool may be about to go.
   *
   * @throws BackendException if something is left
   */
  void removeIfLast() {
    if (inventory.isEmpty()) {
      remove(Duration.ZERO);
    }
  }

  /**
   * The pool goes, and with it whatever waited for a task.
   *
   * @throws BackendException if something is left, but for definitions that the operator may not
   *     look for
   */
  void removeAll() {
    launches.giveUpAll();
    remove(Duration.ZERO);
    if (forgetUnused(Duration.ZERO)) {
      definitions.deregisterForgotten(Integer.MAX_VALUE);
    }
    int left = definitions.forgotten();
    if (left > 0) {
      throw new Unavailable(left + " task definitions have yet to be deregistered", null);
    }
  }

  /** Now and then, what no group needs. A list must not wait for it. */
  void removeIfDue(Executor tasks) {
    var now = clock.instant();
    var last = looked.get();
    if (last.plus(BETWEEN_LOOKS).isAfter(now) || !looked.compareAndSet(last, now)) {
      return;
    }
    tasks.execute(
        () -> {
          try {
            remove(KEPT);
            forgetUnused(DEFINITIONS_KEPT);
          } catch (BackendException e) {
            if (e instanceof Unavailable turn && !turn.wasAsked()) {
              // More than AWS takes at once: the rest goes with the next list.
              looked.compareAndSet(now, last);
              return;
            }
            log.atWarn()
                .addKeyValue("failure", e.getMessage())
                .log("what no group needs could not be removed, trying again");
          }
        });
  }

  /**
   * @return false if the operator may not look for them, as by a policy from before it did
   */
  private boolean forgetUnused(Duration age) {
    List<String> there;
    try {
      there = definitions.families();
    } catch (Denied e) {
      log.atWarn()
          .addKeyValue("failure", e.getMessage())
          .log("task definitions that no group needs stay registered");
      return false;
    }
    making.writeLock().lock();
    try {
      Set<String> needed = new HashSet<>(inventory.definitions());
      needed.addAll(launches.definitions());
      definitions.forgetUnused(there, needed, age);
      return true;
    } finally {
      making.writeLock().unlock();
    }
  }

  /** A few definitions that nothing is run by any more, while there are any. */
  void deregisterSome(Executor tasks) {
    if (definitions.forgotten() == 0
        || deregisterFrom.isAfter(clock.instant())
        || !deregistering.compareAndSet(false, true)) {
      return;
    }
    tasks.execute(
        () -> {
          try {
            definitions.deregisterForgotten(DEREGISTERED_BY_A_LOOK);
          } catch (BackendException e) {
            deregisterFrom = clock.instant().plus(BETWEEN_LOOKS);
            log.atWarn()
                .addKeyValue("failure", e.getMessage())
                .log("task definitions that no group needs could not be deregistered");
          } finally {
            deregistering.set(false);
          }
        });
  }

  private void remove(Duration age) {
    making.writeLock().lock();
    try {
      launches.giveUpOld();
      Set<String> used = new HashSet<>(inventory.secrets());
      used.addAll(launches.secrets());
      secrets.removeAllBut(used, age, definitions::forget);
      definitions.deregisterForgotten(Integer.MAX_VALUE);
    } finally {
      making.writeLock().unlock();
    }
  }
}
