package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import io.virtualnodes.backend.GroupWatch;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Wakes the pods of one node when their group changed, when they wait for a look that is fresh
 * enough, when they should have gone long ago, or when JOSDK lost their first event.
 */
final class GroupEventSource extends AbstractEventSource<Observation, Pod>
    implements GroupWatch.Listener {
  /** Some looks at groups: what a stop and a removal take of themselves. */
  private static final Duration OVERDUE = Duration.ofSeconds(10);

  private final GroupWatch groups;
  private final Supplier<Stream<Pod>> cached;
  private final ConcurrentMap<String, ResourceID> followed = new ConcurrentHashMap<>();
  // The same by name: a node that is emptied has thousands asked for, one by one.
  private final ConcurrentMap<ResourceID, Set<String>> uids = new ConcurrentHashMap<>();
  private final Set<String> awaiting = ConcurrentHashMap.newKeySet();

  /**
   * @param cached the pods of the node as last seen
   */
  GroupEventSource(GroupWatch groups, Supplier<Stream<Pod>> cached) {
    super(Observation.class, "groups");
    this.groups = groups;
    this.cached = cached;
  }

  @Override
  public void start() {
    super.start();
    groups.listen(this);
  }

  @Override
  public void stop() {
    groups.unlisten(this);
    super.stop();
  }

  /** From now on the pod is woken when its group changes. */
  void follow(Pod pod) {
    var uid = pod.getMetadata().getUid();
    var name = ResourceID.fromResource(pod);
    if (followed.put(uid, name) == null) {
      uids.compute(name, (_, before) -> with(before, uid));
    }
  }

  /** Uids of the pods that are followed under this name: several, if one succeeded another. */
  Set<String> followed(ResourceID name) {
    return uids.getOrDefault(name, Set.of());
  }

  /** JOSDK no longer knows of the pod: the next look tells it as if the pod were new. */
  void introduceAgain(String podUid) {
    unfollow(podUid);
  }

  private void unfollow(String podUid) {
    var name = followed.remove(podUid);
    if (name != null) {
      uids.computeIfPresent(name, (_, before) -> without(before, podUid));
    }
  }

  private static Set<String> with(Set<String> before, String uid) {
    return before == null
        ? Set.of(uid)
        : Stream.concat(before.stream(), Stream.of(uid)).collect(Collectors.toUnmodifiableSet());
  }

  /** Null, and so no entry, if none is left. */
  private static Set<String> without(Set<String> before, String uid) {
    var left =
        before.stream().filter(other -> !other.equals(uid)).collect(Collectors.toUnmodifiableSet());
    return left.isEmpty() ? null : left;
  }

  /** The pod is woken after the next look, whatever that sees. */
  void await(Pod pod) {
    awaiting.add(pod.getMetadata().getUid());
  }

  /** Something that every pod depends on changed. */
  void wakeAll() {
    followed.keySet().forEach(this::wake);
  }

  void forget(String podUid) {
    unfollow(podUid);
    awaiting.remove(podUid);
  }

  @Override
  public void looked(Snapshot snapshot, Set<String> changed) {
    var due = new HashSet<>(changed);
    // Taken before anybody is woken: one who waits again once woken waits for the next look.
    for (var uid : Set.copyOf(awaiting)) {
      awaiting.remove(uid);
      due.add(uid);
    }
    cached
        .get()
        .filter(pod -> isOverdue(pod, snapshot.began()))
        .forEach(pod -> due.add(pod.getMetadata().getUid()));
    due.forEach(this::wake);
    // JOSDK 5.3 knows resources by name, and drops what it heard of a successor while it was still
    // at its predecessor's deletion.
    cached
        .get()
        .filter(pod -> !followed.containsKey(pod.getMetadata().getUid()))
        .forEach(this::introduce);
  }

  /**
   * Should have gone by now. Whatever kept it is over, or it would be told of it; an event that got
   * lost would cost it the five minutes until all pods are looked at.
   */
  private static boolean isOverdue(Pod pod, Instant now) {
    var deletion = pod.getMetadata().getDeletionTimestamp();
    return deletion != null && Instant.parse(deletion).plus(OVERDUE).isBefore(now);
  }

  /** Only a resource's own event begins the work on one that is new to JOSDK. */
  private void introduce(Pod pod) {
    getEventHandler()
        .handleEvent(new ResourceEvent(ResourceAction.ADDED, ResourceID.fromResource(pod), pod));
  }

  @Override
  public void failed(GroupWatch.Outage outage) {
    // What is known stays: a backend that is down says nothing about the groups that run on it.
  }

  private void wake(String uid) {
    var pod = followed.get(uid);
    if (pod != null) {
      getEventHandler().handleEvent(new Event(pod));
    }
  }

  @Override
  public Set<Observation> getSecondaryResources(Pod pod) {
    return groups
        .latest()
        .flatMap(snapshot -> snapshot.group(pod.getMetadata().getUid()))
        .map(Set::of)
        .orElse(Set.of());
  }
}
