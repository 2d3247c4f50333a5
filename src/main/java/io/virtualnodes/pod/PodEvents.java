package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.GroupId;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What the owner of a pod is told. Reasons are stable: people alert on them. A reason is told once
 * per pod until {@link #forget}; no event ever holds up a pod.
 */
final class PodEvents {
  private final EventOutbox outbox;
  private final NodeFacts node;
  private final InstantSource clock;
  private final ConcurrentMap<String, String> lastTold = new ConcurrentHashMap<>();

  PodEvents(EventOutbox outbox, NodeFacts node, InstantSource clock) {
    this.outbox = outbox;
    this.node = node;
    this.clock = clock;
  }

  /** The backend accepted the pod's group. */
  void launched(Pod pod, GroupId group) {
    tell(
        pod,
        "Normal",
        "Launched",
        "Backend "
            + node.backend()
            + " accepted group "
            + group
            + node.notice().map(notice -> ". " + notice).orElse(""));
  }

  /** The pod cannot start, for now or for good. */
  void troubled(Pod pod, PodFailure.Consequence consequence) {
    tell(pod, "Warning", consequence.reason(), consequence.message());
  }

  /** The group is asked to end. */
  void stopping(Pod pod) {
    tell(pod, "Normal", "Killing", "Stopping the pod's containers");
  }

  /** The group vanished from its backend. */
  void lost(Pod pod) {
    tell(
        pod,
        "Warning",
        "GroupLost",
        "The pod's containers are gone from backend "
            + node.backend()
            + "; nobody here removed them");
  }

  void forget(String podUid) {
    lastTold.remove(podUid);
  }

  private void tell(Pod pod, String type, String reason, String message) {
    var uid = pod.getMetadata().getUid();
    if (reason.equals(lastTold.put(uid, reason))) {
      return;
    }
    var subject =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Pod")
            .withNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .withUid(uid)
            .build();
    outbox.add(
        OperatorEvent.about(
            subject, Optional.of(node.node()), type, reason, message, clock.instant()));
  }
}
