package io.virtualnodes.pool;

import static io.virtualnodes.pool.PoolConditionReason.ANSWERS;
import static io.virtualnodes.pool.PoolConditionReason.DENIED;
import static io.virtualnodes.pool.PoolConditionReason.NAME_TAKEN;
import static io.virtualnodes.pool.PoolConditionReason.UNAVAILABLE;
import static io.virtualnodes.pool.PoolConditionType.BACKEND_READY;
import static io.virtualnodes.pool.PoolConditionType.NODES_REGISTERED;

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
    turned(before, after, BACKEND_READY)
        .ifPresent(
            now -> {
              if (is(now, UNAVAILABLE)) {
                tell(pool, PoolEventReason.BACKEND_UNAVAILABLE, now.getMessage());
              } else if (is(now, DENIED)) {
                tell(pool, PoolEventReason.BACKEND_DENIED, now.getMessage());
              } else if (is(now, ANSWERS)
                  && one(before, BACKEND_READY)
                      .filter(was -> is(was, UNAVAILABLE) || is(was, DENIED))
                      .isPresent()) {
                tell(pool, PoolEventReason.BACKEND_AVAILABLE, now.getMessage());
              }
            });
    turned(before, after, NODES_REGISTERED)
        .filter(now -> is(now, NAME_TAKEN))
        .ifPresent(now -> tell(pool, PoolEventReason.NAME_TAKEN, now.getMessage()));
  }

  private static Optional<Condition> turned(
      List<Condition> before, List<Condition> after, PoolConditionType type) {
    var was = one(before, type).map(Condition::getReason);
    return one(after, type).filter(now -> !was.equals(Optional.of(now.getReason())));
  }

  private static Optional<Condition> one(List<Condition> conditions, PoolConditionType type) {
    return conditions.stream().filter(condition -> type.is(condition.getType())).findFirst();
  }

  private static boolean is(Condition condition, PoolConditionReason reason) {
    return reason.reason().equals(condition.getReason());
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
