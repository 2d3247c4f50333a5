package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Writes the events of one node, in their order, beside whatever they tell of: a burst of pods
 * neither waits for its events nor lets the API server wait. An event that cannot be written is
 * logged and lost, and so is one that finds the box full or is in it when the operator ends.
 */
final class EventOutbox implements AutoCloseable {
  // A kubelet's own bounds, the defaults of its eventRecordQPS and eventBurst: 50 a second after
  // the
  // first 100.
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final Duration BURST = INTERVAL.multipliedBy(100);
  // What a kubelet's broadcaster holds.
  private static final int CAPACITY = 1000;
  private static final int CONFLICT = 409;

  private static final Logger log = LoggerFactory.getLogger(EventOutbox.class);

  private final KubernetesClient client;
  private final BlockingQueue<Event> waiting = new LinkedBlockingQueue<>(CAPACITY);
  private final Thread thread;

  /**
   * @param nodeClient acts as the node
   */
  EventOutbox(String node, KubernetesClient nodeClient) {
    this.client = nodeClient;
    this.thread = Thread.ofVirtual().name("events-" + node).start(this::writeUntilInterrupted);
  }

  /** Takes an event to be written; returns at once. */
  void add(Event event) {
    if (!waiting.offer(event)) {
      lost(event, Level.DEBUG, "too many are waiting");
    }
  }

  private void writeUntilInterrupted() {
    // The instant from which the whole burst may be spent again.
    long earned = System.nanoTime();
    try {
      while (true) {
        var event = waiting.take();
        earned = Math.max(earned, System.nanoTime()) + INTERVAL.toNanos();
        Thread.sleep(Duration.ofNanos(earned - System.nanoTime()).minus(BURST));
        write(event);
      }
    } catch (InterruptedException e) {
      // close() ends the writing this way.
    }
  }

  private void write(Event event) {
    try {
      client.v1().events().inNamespace(event.getMetadata().getNamespace()).resource(event).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() == CONFLICT) {
        return; // One that has a name of its own was written before this process began.
      }
      lost(event, namespaceIsGoing(e) ? Level.DEBUG : Level.WARN, e.getMessage());
    }
  }

  private static void lost(Event event, Level level, String failure) {
    log.atLevel(level)
        .addKeyValue(
            "pod",
            event.getInvolvedObject().getNamespace() + "/" + event.getInvolvedObject().getName())
        .addKeyValue("reason", event.getReason())
        .addKeyValue("failure", failure)
        .log("event not written");
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

  @Override
  public void close() {
    thread.interrupt();
  }
}
