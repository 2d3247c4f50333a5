package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceList;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lists the Services of a namespace for pods that are about to start, and nothing in between.
 *
 * <p>Whatever was there before a pod is in its list: it is at least as new as the pod, by the
 * versions that the API server gives to all objects in one order. So those of a burst, which wait
 * for each other, share lists.
 */
final class ServiceReader {
  /** A pod that starts again, long after it was changed last, gets no older list than this. */
  static final Duration KEPT = Duration.ofSeconds(5);

  private final Lister lister;
  private final InstantSource clock;
  private final ConcurrentMap<String, Namespace> namespaces = new ConcurrentHashMap<>();

  /** Asks the API server. */
  interface Lister {
    /** The Services of a namespace, by a list that is not older than a version. */
    ServiceList list(String namespace, String notOlderThan);
  }

  ServiceReader(Lister lister, InstantSource clock) {
    this.lister = lister;
    this.clock = clock;
  }

  private record Answer(ServiceList list, Instant at) {
    /** Versions of objects and of lists are numbers of one row. */
    boolean hasSeen(String version) {
      return !PodPlanner.older(list.getMetadata().getResourceVersion(), version);
    }
  }

  /** The lock guards the answer; whoever lists holds it, so that others wait for the list. */
  private static final class Namespace {
    private final ReentrantLock lock = new ReentrantLock();
    private Optional<Answer> latest = Optional.empty();
    private volatile Instant askedAt;

    Namespace(Instant now) {
      this.askedAt = now;
    }
  }

  /** As the API server has them in memory, as a kubelet's watch would show them. */
  ServiceList services(Pod pod) {
    var now = clock.instant();
    var name = pod.getMetadata().getNamespace();
    var version = pod.getMetadata().getResourceVersion();
    var oldest = now.minus(KEPT);
    namespaces.values().removeIf(known -> known.askedAt.isBefore(oldest));
    var namespace = namespaces.computeIfAbsent(name, _ -> new Namespace(now));
    namespace.askedAt = now;
    namespace.lock.lock();
    try {
      var answer =
          namespace
              .latest
              .filter(latest -> !latest.at().isBefore(oldest) && latest.hasSeen(version))
              .orElseGet(() -> new Answer(lister.list(name, version), now));
      namespace.latest = Optional.of(answer);
      return answer.list();
    } finally {
      namespace.lock.unlock();
    }
  }
}
