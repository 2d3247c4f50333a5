package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Incident;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What the owner of a pod is told. Reasons are stable: people alert on them. A reason is told once
 * per pod until {@link #forget}; an event that cannot be written is logged and never holds up a
 * pod.
 */
final class PodEvents {
  private static final Logger log = LoggerFactory.getLogger(PodEvents.class);

  private final KubernetesClient client;
  private final NodeFacts node;
  private final InstantSource clock;
  private final ConcurrentMap<String, String> lastTold = new ConcurrentHashMap<>();

  PodEvents(KubernetesClient nodeClient, NodeFacts node, InstantSource clock) {
    this.client = nodeClient;
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

  /** Something happened to one of the pod's containers; each is told, in a kubelet's words. */
  void incident(Pod pod, Incident incident) {
    switch (incident.kind()) {
      case UNHEALTHY -> about(pod, incident, "Warning", "Unhealthy");
      case PROBE_WARNING -> about(pod, incident, "Warning", "ProbeWarning");
      case ENDED_AS_UNHEALTHY -> about(pod, incident, "Normal", "Killing");
      case POST_START_FAILED -> about(pod, incident, "Warning", "FailedPostStartHook");
      case PRE_STOP_FAILED -> about(pod, incident, "Warning", "FailedPreStopHook");
    }
  }

  private void about(Pod pod, Incident incident, String type, String reason) {
    boolean init =
        pod.getSpec().getInitContainers().stream()
            .anyMatch(container -> container.getName().equals(incident.container()));
    var field =
        "spec.%s{%s}".formatted(init ? "initContainers" : "containers", incident.container());
    write(pod, Optional.of(field), type, reason, incident.message());
  }

  void forget(String podUid) {
    lastTold.remove(podUid);
  }

  private void tell(Pod pod, String type, String reason, String message) {
    var uid = pod.getMetadata().getUid();
    if (!reason.equals(lastTold.put(uid, reason))) {
      write(pod, Optional.empty(), type, reason, message);
    }
  }

  /**
   * @param field what of the pod it is about; empty is all of it
   */
  private void write(Pod pod, Optional<String> field, String type, String reason, String message) {
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
        OperatorEvent.about(
            subject, Optional.of(node.node()), type, reason, message, clock.instant());
    try {
      client.v1().events().inNamespace(pod.getMetadata().getNamespace()).resource(event).create();
    } catch (KubernetesClientException e) {
      log.atLevel(namespaceIsGoing(e) ? Level.DEBUG : Level.WARN)
          .addKeyValue("pod", pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName())
          .addKeyValue("reason", reason)
          .addKeyValue("failure", e.getMessage())
          .log("event not written");
    }
  }

  /** Nobody can be told anything there any more. */
  private static boolean namespaceIsGoing(KubernetesClientException e) {
    return Optional.ofNullable(e.getStatus())
        .map(Status::getDetails)
        .map(StatusDetails::getCauses)
        .stream()
        .flatMap(List::stream)
        .anyMatch(cause -> "NamespaceTerminating".equals(cause.getReason()));
  }
}
