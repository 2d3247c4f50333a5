package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** What an event of this operator looks like, whatever it is about. */
public final class OperatorEvent {
  private static final String COMPONENT = "virtual-nodes-operator";

  /** Where events about objects without a namespace are. */
  private static final String DEFAULT_NAMESPACE = "default";

  // The API server's limit is 1024 bytes; a message is cut before it, with room for what is not
  // ASCII.
  private static final int LONGEST_MESSAGE = 900;

  private OperatorEvent() {}

  /**
   * An event that was not written yet.
   *
   * @param node the node in whose name it is told; empty if it is in the operator's own
   */
  public static Event about(
      ObjectReference subject,
      Optional<String> node,
      EventReason reason,
      String message,
      Instant now) {
    var time = now.truncatedTo(ChronoUnit.SECONDS).toString();
    long unique = now.getEpochSecond() * 1_000_000_000L + now.getNano();
    return new EventBuilder()
        .withNewMetadata()
        .withNamespace(Optional.ofNullable(subject.getNamespace()).orElse(DEFAULT_NAMESPACE))
        .withName(subject.getName() + "." + Long.toHexString(unique))
        .endMetadata()
        .withInvolvedObject(subject)
        .withType(reason.warns() ? "Warning" : "Normal")
        .withReason(reason.reason())
        .withMessage(shortened(message))
        .withNewSource()
        .withComponent(COMPONENT)
        .withHost(node.orElse(null))
        .endSource()
        .withReportingComponent(COMPONENT)
        .withReportingInstance(node.orElse(COMPONENT))
        .withFirstTimestamp(time)
        .withLastTimestamp(time)
        .withCount(1)
        .build();
  }

  private static String shortened(String message) {
    return message.length() <= LONGEST_MESSAGE
        ? message
        : message.substring(0, LONGEST_MESSAGE) + "…";
  }
}
