package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.pod.OperatorEvent;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the owner of a pool is told, once when it happens. Reasons are stable: people alert on them.
 * An event that cannot be written is logged and never holds up a pool.
 */
final class PoolEvents {
  private static final Logger log = LoggerFactory.getLogger(PoolEvents.class);

  private final KubernetesClient client;
  private final InstantSource clock;

  PoolEvents(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  void nodeCreated(VirtualNodePool pool, String node) {
    tell(pool, PoolEventReason.NODE_CREATED, "Created node " + node);
  }

  void nodeDraining(VirtualNodePool pool, String node) {
    tell(
        pool,
        PoolEventReason.NODE_DRAINING,
        "Emptying node "
            + node
            + ": its pods are evicted, and deleted after "
            + pool.getSpec().drain().deadline());
  }

  void nodeRemoved(VirtualNodePool pool, String node) {
    tell(pool, PoolEventReason.NODE_REMOVED, "Removed node " + node + ", which was empty");
  }

  /** Containers that may still run at the backend are nobody's from here on. */
  void nodeAbandoned(VirtualNodePool pool, String node) {
    tell(
        pool,
        PoolEventReason.NODE_ABANDONED,
        "Removed node "
            + node
            + " without the backend, as spec.drain.forceOrphan says: look there for containers"
            + " that carry the pool's name");
  }

  /** Tells of the conditions that turned. */
  void turned(VirtualNodePool pool, List<Condition> before, List<Condition> after) {
    turned(before, after, "BackendReady")
        .ifPresent(
            now -> {
              switch (now.getReason()) {
                case "Unavailable" ->
                    tell(pool, PoolEventReason.BACKEND_UNAVAILABLE, now.getMessage());
                case "Denied" -> tell(pool, PoolEventReason.BACKEND_DENIED, now.getMessage());
                case "Answers" -> {
                  var was = reason(before, "BackendReady");
                  if (was.equals("Unavailable") || was.equals("Denied")) {
                    tell(pool, PoolEventReason.BACKEND_AVAILABLE, now.getMessage());
                  }
                }
                default -> {}
              }
            });
    turned(before, after, "NodesRegistered")
        .filter(now -> now.getReason().equals("NameTaken"))
        .ifPresent(now -> tell(pool, PoolEventReason.NAME_TAKEN, now.getMessage()));
  }

  private static Optional<Condition> turned(
      List<Condition> before, List<Condition> after, String type) {
    return after.stream()
        .filter(condition -> condition.getType().equals(type))
        .filter(condition -> !condition.getReason().equals(reason(before, type)))
        .findFirst();
  }

  private static String reason(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals(type))
        .map(Condition::getReason)
        .findFirst()
        .orElse("");
  }

  private void tell(VirtualNodePool pool, PoolEventReason reason, String message) {
    var name = pool.getMetadata().getName();
    var subject =
        new ObjectReferenceBuilder()
            .withApiVersion(pool.getApiVersion())
            .withKind(pool.getKind())
            .withName(name)
            .withUid(pool.getMetadata().getUid())
            .build();
    var event = OperatorEvent.about(subject, Optional.empty(), reason, message, clock.instant());
    try {
      client.v1().events().inNamespace(event.getMetadata().getNamespace()).resource(event).create();
    } catch (KubernetesClientException e) {
      log.atWarn()
          .addKeyValue("pool", name)
          .addKeyValue("reason", reason.reason())
          .addKeyValue("failure", e.getMessage())
          .log("event not written");
    }
  }
}
