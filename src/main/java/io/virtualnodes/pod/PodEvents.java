package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Incident;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
  private final ConcurrentMap<String, EventReason> lastTold = new ConcurrentHashMap<>();
  private final Set<String> notIsolated = ConcurrentHashMap.newKeySet();

  PodEvents(EventOutbox outbox, NodeFacts node, InstantSource clock) {
    this.outbox = outbox;
    this.node = node;
    this.clock = clock;
  }

  /** The backend accepted the pod's group. */
  void launched(Pod pod, GroupId group) {
    tell(
        pod,
        PodEventReason.LAUNCHED,
        "Backend "
            + node.backend()
            + " accepted group "
            + group
            + node.notice().map(notice -> ". " + notice).orElse(""));
  }

  /** The pod cannot start, for now or for good. */
  void troubled(Pod pod, PodFailure.Consequence consequence) {
    tell(pod, consequence.event(), consequence.message());
  }

  /** A variable is not there, since what it comes from is not, and need not be. */
  void doneWithout(Pod pod, MissingOption missing) {
    write(
        pod,
        Optional.empty(),
        missing.event(),
        missing.what() + "; the pod starts without it",
        Optional.empty());
  }

  /**
   * Images were changed while the pod runs.
   *
   * @param paths of the fields, at least one
   */
  void imagesKept(Pod pod, List<String> paths) {
    write(
        pod,
        Optional.empty(),
        PodEventReason.IMAGE_KEPT,
        String.join(", ", paths)
            + ": a pod on a virtual node runs the images that it started with; delete it to have it"
            + " made anew",
        Optional.empty());
  }

  /** One of its containers cannot be started, or not yet. */
  void container(Pod pod, ContainerNews news) {
    write(pod, Optional.of(news.field()), news.reason(), news.message(), Optional.empty());
  }

  /** What the files of a running pod come from is there no more; they stay as they are. */
  void filesKept(Pod pod, MissingInput missing) {
    tell(
        pod,
        PodEventReason.FAILED_MOUNT,
        missing.getMessage() + ". The pod runs on with the files that it has");
  }

  /** An ephemeral container cannot run here; the pod runs on. */
  void guestRefused(Pod pod, String why) {
    tell(pod, PodEventReason.GUEST_UNSUPPORTED, why);
  }

  /** Images are fetched without the logins of these secrets; the words are the kubelet's. */
  void pullSecretsMissing(Pod pod, List<String> names) {
    tell(
        pod,
        PodEventReason.PULL_SECRET_MISSING,
        "Unable to retrieve some image pull secrets (%s); attempting to pull the image may not succeed."
            .formatted(String.join(", ", names)));
  }

  /** The group is asked to end. */
  void stopping(Pod pod) {
    tell(pod, PodEventReason.KILLING, "Stopping the pod's containers");
  }

  /** The group vanished from its backend. */
  void lost(Pod pod) {
    tell(
        pod,
        PodEventReason.GROUP_LOST,
        "The pod's containers are gone from backend "
            + node.backend()
            + "; nobody here removed them");
  }

  /**
   * NetworkPolicies select the pod, and nothing here enforces any. Told once in the life of a pod,
   * also when the operator is started anew: the event's name is the pod's own, so that the API
   * server refuses a second one for as long as it keeps the first.
   *
   * @param policies their names, at least one
   */
  void notIsolated(Pod pod, List<String> policies) {
    var uid = pod.getMetadata().getUid();
    if (!notIsolated.add(uid)) {
      return;
    }
    write(
        pod,
        Optional.empty(),
        PodEventReason.NOT_ISOLATED,
        "Backend "
            + node.backend()
            + " does not enforce NetworkPolicies: what reaches its network reaches this pod, and"
            + " the pod whatever is there. Keep the pod off virtual nodes, or guard that network"
            + " itself. Selected by "
            + String.join(", ", policies),
        Optional.of(uid + ".network-policy"));
  }

  /** Something happened to one of the pod's containers; each is told, in a kubelet's words. */
  void incident(Pod pod, Incident incident) {
    switch (incident.kind()) {
      case UNHEALTHY -> about(pod, incident, PodEventReason.UNHEALTHY);
      case PROBE_WARNING -> about(pod, incident, PodEventReason.PROBE_WARNING);
      case ENDED_AS_UNHEALTHY -> about(pod, incident, PodEventReason.KILLING);
      case POST_START_FAILED -> about(pod, incident, PodEventReason.POST_START_FAILED);
      case PRE_STOP_FAILED -> about(pod, incident, PodEventReason.PRE_STOP_FAILED);
    }
  }

  private void about(Pod pod, Incident incident, EventReason reason) {
    boolean init =
        pod.getSpec().getInitContainers().stream()
            .anyMatch(container -> container.getName().equals(incident.container()));
    var field =
        "spec.%s{%s}".formatted(init ? "initContainers" : "containers", incident.container());
    write(pod, Optional.of(field), reason, incident.message(), Optional.empty());
  }

  void forget(String podUid) {
    lastTold.remove(podUid);
    notIsolated.remove(podUid);
  }

  private void tell(Pod pod, EventReason reason, String message) {
    if (!reason.equals(lastTold.put(pod.getMetadata().getUid(), reason))) {
      write(pod, Optional.empty(), reason, message, Optional.empty());
    }
  }

  /**
   * @param field what of the pod it is about; empty is all of it
   * @param name of the event, of which there can be one only; empty for any
   */
  private void write(
      Pod pod, Optional<String> field, EventReason reason, String message, Optional<String> name) {
    var subject =
        new ObjectReferenceBuilder()
            .withApiVersion("v1")
            .withKind("Pod")
            .withNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .withUid(pod.getMetadata().getUid())
            .withFieldPath(field.orElse(null))
            .build();
    var event =
        OperatorEvent.about(subject, Optional.of(node.node()), reason, message, clock.instant());
    name.ifPresent(event.getMetadata()::setName);
    outbox.add(event);
  }
}
