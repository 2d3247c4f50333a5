package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Lists the Services of a namespace for pods that are about to start, and nothing in between. Many
 * that ask while a list is on its way share the next one, so that a burst of pods costs a list for
 * each round of them and not one for each.
 *
 * <p>Nobody is answered with a list that began before they asked.
 */
final class ServiceReader {
  private final Function<String, List<Service>> list;
  // Counts both who asks and what is listed, so that the two can be told to be in order.
  private final AtomicLong turns = new AtomicLong();
  private final ConcurrentMap<String, Namespace> namespaces = new ConcurrentHashMap<>();

  /**
   * @param list the Services of a namespace, as they are now
   */
  ServiceReader(Function<String, List<Service>> list) {
    this.list = list;
  }

  /** A list and the turn at which it was asked for. */
  private record Answer(long began, List<Service> services) {}

  /** The lock guards the answer. */
  private static final class Namespace {
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Answer> latest = Optional.empty();
  }

  List<Service> services(String name) {
    long asked = turns.incrementAndGet();
    var namespace = namespaces.computeIfAbsent(name, _ -> new Namespace());
    namespace.lock.lock();
    try {
      var answer =
          namespace
              .latest
              .filter(latest -> latest.began() > asked)
              .orElseGet(() -> new Answer(turns.incrementAndGet(), list.apply(name)));
      // Kept for those who wait only.
      namespace.latest = namespace.lock.hasQueuedThreads() ? Optional.of(answer) : Optional.empty();
      return answer.services();
    } finally {
      namespace.lock.unlock();
    }
  }
}
