package io.virtualnodes.pool;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.pod.KubernetesFailure;
import io.virtualnodes.pod.PodWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Empties a node of its pods, a step at a time: by eviction, which PodDisruptionBudgets may refuse,
 * until the deadline, and by deletion after it.
 */
public final class NodeDrain {
  private static final Logger log = LoggerFactory.getLogger(NodeDrain.class);
  private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

  private NodeDrain() {}

  /** Pods that have to go before the node is empty. */
  public static List<Pod> inTheWay(List<Pod> pods) {
    return pods.stream()
        .filter(pod -> !ENDED.contains(pod.getStatus().getPhase()))
        // They never run here, and their controller would make each again at once.
        .filter(pod -> !isDaemon(pod))
        .toList();
  }

  private static boolean isDaemon(Pod pod) {
    return pod.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .map(OwnerReference::getKind)
        .anyMatch("DaemonSet"::equals);
  }

  /**
   * Asks every pod that is in the way to go, once.
   *
   * @param nodeClient acts as the node
   * @return how many pods are still in the way
   */
  static int step(
      KubernetesClient nodeClient,
      List<Pod> pods,
      Instant started,
      Duration deadline,
      Instant now) {
    var inTheWay = inTheWay(pods);
    var writer = new PodWriter(nodeClient);
    boolean late = !now.isBefore(started.plus(deadline));
    inTheWay.stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .forEach(pod -> go(writer, pod, late));
    return inTheWay.size();
  }

  private static void go(PodWriter writer, Pod pod, boolean late) {
    try {
      if (late) {
        writer.delete(pod);
      } else if (!writer.evict(pod)) {
        log.atInfo()
            .addKeyValue("pod", key(pod))
            .log("eviction refused by a disruption budget; trying again");
      }
    } catch (KubernetesFailure e) {
      log.atWarn()
          .addKeyValue("pod", key(pod))
          .addKeyValue("failure", e.getMessage())
          .log("pod not asked to go yet");
    }
  }

  /** Whether the API server, asked now, has no pod of the node that is in the way. */
  static boolean nothingRuns(KubernetesClient nodeClient, String node) {
    var pods = nodeClient.pods().inAnyNamespace().withField("spec.nodeName", node).list();
    return inTheWay(pods.getItems()).isEmpty();
  }

  /** Removes pod objects without waiting for anything: for a pool whose backend is given up. */
  static void abandon(KubernetesClient nodeClient, List<Pod> pods) {
    var writer = new PodWriter(nodeClient);
    for (var pod : inTheWay(pods)) {
      writer.remove(pod);
    }
  }

  private static String key(Pod pod) {
    return pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
  }
}
