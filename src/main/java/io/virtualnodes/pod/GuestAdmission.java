package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Guests;
import io.virtualnodes.backend.Observation;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the ephemeral containers that were added to the running pods of a node. */
final class GuestAdmission {
  private static final Logger log = LoggerFactory.getLogger(GuestAdmission.class);
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final Supplier<NodeFacts> node;
  private final Optional<Guests> guests;
  private final PodInputsReader inputs;
  private final PodEvents events;

  /**
   * @param node asked for with each container
   * @param guests empty if the backend can add none; what asks for one is refused then
   */
  GuestAdmission(
      Supplier<NodeFacts> node, Optional<Guests> guests, PodInputsReader inputs, PodEvents events) {
    this.node = node;
    this.guests = guests;
    this.inputs = inputs;
    this.events = events;
  }

  /**
   * Asks for those of a pod that are not there.
   *
   * @return when to look again; empty if there is nothing to wait for
   */
  Optional<Duration> admit(Pod pod, Observation group) {
    for (var wanted : pod.getSpec().getEphemeralContainers()) {
      var refusals = PodGuests.refusals(pod, wanted.getName(), node.get());
      if (!refusals.isEmpty()) {
        events.guestRefused(pod, String.join("; ", refusals));
      }
    }
    var missing = PodGuests.missing(pod, group, node.get());
    if (missing.isEmpty() || guests.isEmpty()) {
      return Optional.empty();
    }
    missing.forEach(wanted -> admit(pod, group, wanted, guests.get()));
    return Optional.of(AGAIN);
  }

  private void admit(Pod pod, Observation group, EphemeralContainer wanted, Guests host) {
    try {
      host.admit(group.id(), PodGuests.guest(pod, wanted, inputs.readServices(pod), node.get()));
    } catch (BackendException | MissingInput e) {
      log.atWarn()
          .addKeyValue("pod", pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName())
          .addKeyValue("container", wanted.getName())
          .addKeyValue("failure", e.getMessage())
          .log("ephemeral container not started, trying again");
    }
  }
}
