package io.virtualnodes.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Which versions of ConfigMaps and Secrets are the present ones. Each is read at most once in a
 * {@link #PERIOD}, for all pods of a node that refer to it, and nothing of what it says is kept.
 * One that nobody asks for any more is forgotten.
 */
final class ObjectVersions {
  /** How old an answer may be: what a kubelet waits between two looks at a pod. */
  static final Duration PERIOD = Duration.ofMinutes(1);

  private static final Duration FORGOTTEN_AFTER = PERIOD.multipliedBy(3);

  private final Function<Subject, Found> read;
  private final ConcurrentMap<Subject, Entry> entries = new ConcurrentHashMap<>();

  /**
   * @param read one object, as it is now
   */
  ObjectVersions(Function<Subject, Found> read) {
    this.read = read;
  }

  /** What can be referred to. */
  enum Kind {
    CONFIG_MAP,
    SECRET
  }

  /** One of them. */
  record Subject(Kind kind, String namespace, String name) {}

  /**
   * One as it was read.
   *
   * @param version as the API server numbers it; empty if there is no such object
   * @param immutable whether it will never be another
   */
  record Found(Optional<String> version, boolean immutable) {}

  /**
   * @param until when it may be another
   */
  record Answer(Optional<String> version, Instant until) {}

  /** The lock guards what is known. */
  private static final class Entry {
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Answer> known = Optional.empty();
    private volatile Instant askedAt = Instant.EPOCH;
  }

  /** Reads only if what is known is too old; whatever that throws is thrown. */
  Answer of(Subject subject, Instant now) {
    var entry = entries.computeIfAbsent(subject, _ -> new Entry());
    entry.askedAt = now;
    entry.lock.lock();
    try {
      if (entry.known.filter(answer -> answer.until().isAfter(now)).isEmpty()) {
        forgetOthers(now);
        var found = read.apply(subject);
        var until = found.immutable() ? Instant.MAX : now.plus(PERIOD);
        entry.known = Optional.of(new Answer(found.version(), until));
      }
      return entry.known.get();
    } finally {
      entry.lock.unlock();
    }
  }

  /** Somebody read an object for a reason of their own. */
  void saw(Subject subject, Optional<String> version, Instant now) {
    var entry = entries.computeIfAbsent(subject, _ -> new Entry());
    entry.askedAt = now;
    entry.lock.lock();
    try {
      // What is known to be immutable stays so.
      if (entry.known.filter(answer -> answer.version().equals(version)).isEmpty()) {
        entry.known = Optional.of(new Answer(version, now.plus(PERIOD)));
      }
    } finally {
      entry.lock.unlock();
    }
  }

  private void forgetOthers(Instant now) {
    entries.values().removeIf(entry -> entry.askedAt.plus(FORGOTTEN_AFTER).isBefore(now));
  }
}
