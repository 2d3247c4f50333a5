package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.backend.GroupId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
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
  // The API server's limit is 1024 bytes; a message is cut before it, with room for what is not
  // ASCII.
  private static final int LONGEST_MESSAGE = 900;

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
    tell(pod, "Normal", "Launched", "Backend " + node.backend() + " accepted group " + group);
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
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName() + "." + Long.toHexString(unique(clock.instant())))
            .endMetadata()
            .withNewInvolvedObject()
            .withApiVersion("v1")
            .withKind("Pod")
            .withNamespace(pod.getMetadata().getNamespace())
            .withName(pod.getMetadata().getName())
            .withUid(uid)
            .endInvolvedObject()
            .withType(type)
            .withReason(reason)
            .withMessage(shortened(message))
            .withNewSource()
            .withComponent("virtual-nodes-operator")
            .withHost(node.node())
            .endSource()
            .withReportingComponent("virtual-nodes-operator")
            .withReportingInstance(node.node())
            .withFirstTimestamp(now)
            .withLastTimestamp(now)
            .withCount(1)
            .build();
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

  private static long unique(Instant now) {
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  private static String shortened(String message) {
    return message.length() <= LONGEST_MESSAGE
        ? message
        : message.substring(0, LONGEST_MESSAGE) + "…";
  }
}
