package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes groups whose pod is gone, for the deletions that nobody told us of. One sweep at a time;
 * not thread-safe.
 *
 * <p>A cache may be stale, so that only a live answer of the API server counts. A sweep that would
 * remove much of a pool waits: then it is more likely that something is wrong with what we see than
 * that so many deletions were missed.
 */
public final class OrphanSweep {
  private static final Logger log = LoggerFactory.getLogger(OrphanSweep.class);

  /**
   * A sweep waits if it would remove more than this many groups and more than {@link #BRAKE_SHARE}
   * of them.
   */
  static final int BRAKE_COUNT = 10;

  static final double BRAKE_SHARE = 0.1;

  /** How long it waits; if the API server still says the same, it is right. */
  static final Duration BRAKE = Duration.ofMinutes(2);

  private final Backend backend;
  private final Function<String, KubernetesClient> nodeClients;
  private final InstantSource clock;
  // When a group was first seen without a pod: one that is being made has its pod in the cache a
  // moment later.
  private final Map<String, Instant> suspectedSince = new HashMap<>();

  /**
   * @param nodeClients the client that acts as the node of this name
   */
  public OrphanSweep(
      Backend backend, Function<String, KubernetesClient> nodeClients, InstantSource clock) {
    this.backend = backend;
    this.nodeClients = nodeClients;
    this.clock = clock;
  }

  /**
   * What a sweep did.
   *
   * @param removed how many groups
   * @param held how many it would have removed, had it not waited
   */
  public record Result(int removed, int held) {}

  /**
   * @param knownPods uids of the pods in the caches of the pool's nodes
   */
  public Result sweep(Snapshot snapshot, Set<String> knownPods) {
    var now = clock.instant();
    var suspects =
        snapshot.groups().stream()
            .filter(group -> !knownPods.contains(group.id().podUid()))
            .toList();
    var uids = new HashSet<String>();
    suspects.forEach(suspect -> uids.add(suspect.id().podUid()));
    suspectedSince.keySet().retainAll(uids);
    uids.forEach(uid -> suspectedSince.putIfAbsent(uid, now));

    var orphans =
        suspects.stream()
            .filter(suspect -> suspectedSince.get(suspect.id().podUid()).isBefore(now))
            .filter(this::podIsGone)
            .toList();
    if (brakes(orphans, snapshot.groups().size(), suspectedSince, now)) {
      return new Result(0, orphans.size());
    }
    return new Result((int) orphans.stream().filter(this::remove).count(), 0);
  }

  /** Whether a sweep waits. */
  static boolean brakes(
      List<Observation> orphans, int groups, Map<String, Instant> suspectedSince, Instant now) {
    if (orphans.size() <= BRAKE_COUNT || orphans.size() <= groups * BRAKE_SHARE) {
      return false;
    }
    return orphans.stream()
        .map(orphan -> suspectedSince.get(orphan.id().podUid()))
        .anyMatch(since -> since.plus(BRAKE).isAfter(now));
  }

  /**
   * Asks the API server itself. A node may only list its own pods, and get none that is not there.
   */
  private boolean podIsGone(Observation group) {
    var owner = group.owner();
    try {
      var pods =
          nodeClients
              .apply(owner.node())
              .pods()
              .inNamespace(owner.namespace())
              .withField("spec.nodeName", owner.node())
              .withField("metadata.name", owner.pod())
              .list()
              .getItems();
      return pods.stream().map(OrphanSweep::uid).noneMatch(group.id().podUid()::equals);
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("group", group.id())
          .addKeyValue("failure", e.getMessage())
          .log("cannot ask for the pod of a group; it stays");
      return false;
    }
  }

  private static String uid(Pod pod) {
    return Optional.ofNullable(pod.getMetadata().getUid()).orElse("");
  }

  private boolean remove(Observation orphan) {
    try {
      backend.delete(orphan.id());
      log.atInfo()
          .addKeyValue("group", orphan.id())
          .addKeyValue("pod", orphan.owner().namespace() + "/" + orphan.owner().pod())
          .log("group without a pod removed");
      return true;
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("group", orphan.id())
          .addKeyValue("failure", e.getMessage())
          .log("group without a pod not removed yet");
      return false;
    }
  }
}
