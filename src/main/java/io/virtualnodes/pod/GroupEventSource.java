package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.virtualnodes.backend.GroupWatch;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Snapshot;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Wakes the pods of one node when their group changed, or when they wait for a look that is fresh
 * enough.
 */
final class GroupEventSource extends AbstractEventSource<Observation, Pod>
    implements GroupWatch.Listener {
  private final GroupWatch groups;
  private final ConcurrentMap<String, ResourceID> pods = new ConcurrentHashMap<>();
  private final Set<String> awaiting = ConcurrentHashMap.newKeySet();

  GroupEventSource(GroupWatch groups) {
    super(Observation.class, "groups");
    this.groups = groups;
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
    pods.put(pod.getMetadata().getUid(), ResourceID.fromResource(pod));
  }

  /** The pod is woken after the next look, whatever that sees. */
  void await(Pod pod) {
    awaiting.add(pod.getMetadata().getUid());
  }

  void forget(String podUid) {
    pods.remove(podUid);
    awaiting.remove(podUid);
  }

  @Override
  public void looked(Snapshot snapshot, Set<String> changed) {
    changed.forEach(this::wake);
    for (var uid : Set.copyOf(awaiting)) {
      awaiting.remove(uid);
      if (!changed.contains(uid)) {
        wake(uid);
      }
    }
  }

  @Override
  public void failed(GroupWatch.Outage outage) {
    // What is known stays: a backend that is down says nothing about the groups that run on it.
  }

  private void wake(String uid) {
    var pod = pods.get(uid);
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
