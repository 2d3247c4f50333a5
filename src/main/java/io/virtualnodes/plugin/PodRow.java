package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.pod.PodKeys;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One pod on a virtual node, as {@code pods} tells it.
 *
 * @param phase Kubernetes' own, or the reason that it shows in its place
 * @param backend the name of the rung that runs it; absent while none does
 * @param group the id at the backend; absent while there is none
 * @param created RFC 3339
 * @param requested the sum of its containers' requests, the largest init container's if that is
 *     more
 * @param pricePerHour with its currency; absent where the backend has no price
 */
record PodRow(
    String namespace,
    String name,
    String pool,
    String node,
    String phase,
    Optional<String> backend,
    Optional<String> group,
    String created,
    Amount requested,
    Optional<String> pricePerHour) {

  /** All that is printed with {@code -o json}. */
  record All(List<PodRow> pods) {
    All {
      pods = List.copyOf(pods);
    }
  }

  static PodRow of(Pod pod, String pool) {
    var annotations = Optional.ofNullable(pod.getMetadata().getAnnotations()).orElse(Map.of());
    return new PodRow(
        pod.getMetadata().getNamespace(),
        pod.getMetadata().getName(),
        pool,
        pod.getSpec().getNodeName(),
        phase(pod),
        Optional.ofNullable(annotations.get(PodKeys.BACKEND)),
        Optional.ofNullable(annotations.get(PodKeys.GROUP)),
        pod.getMetadata().getCreationTimestamp(),
        Amount.of(milliCpu(pod), memory(pod)),
        Optional.ofNullable(annotations.get(PodKeys.PRICE)));
  }

  private static String phase(Pod pod) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      return "Terminating";
    }
    return Optional.ofNullable(pod.getStatus())
        .map(status -> status.getReason() == null ? status.getPhase() : status.getReason())
        .orElse("Unknown");
  }

  /** Whether it has ended, and takes no room any more. */
  static boolean ended(Pod pod) {
    return pod.getStatus() != null
        && ("Succeeded".equals(pod.getStatus().getPhase())
            || "Failed".equals(pod.getStatus().getPhase()));
  }

  static long milliCpu(Pod pod) {
    return requested(pod, "cpu", 1000);
  }

  static long memory(Pod pod) {
    return requested(pod, "memory", 1);
  }

  /** As the scheduler counts: sidecars run beside all others, other init containers alone. */
  private static long requested(Pod pod, String resource, int factor) {
    long sidecars = 0;
    long most = 0;
    for (var container : pod.getSpec().getInitContainers()) {
      long amount = amount(container, resource, factor);
      if ("Always".equals(container.getRestartPolicy())) {
        sidecars += amount;
        most = Math.max(most, sidecars);
      } else {
        most = Math.max(most, sidecars + amount);
      }
    }
    long together =
        pod.getSpec().getContainers().stream()
            .mapToLong(container -> amount(container, resource, factor))
            .sum();
    return Math.max(most, sidecars + together);
  }

  private static long amount(Container container, String resource, int factor) {
    return Optional.ofNullable(container.getResources())
        .flatMap(resources -> Optional.ofNullable(resources.getRequests()))
        .flatMap(requests -> Optional.ofNullable(requests.get(resource)))
        .map(
            quantity ->
                quantity.getNumericalAmount().multiply(BigDecimal.valueOf(factor)).longValue())
        .orElse(0L);
  }

  /** For people. */
  static String text(List<PodRow> rows, Instant now) {
    if (rows.isEmpty()) {
      return "no pod is on a virtual node\n";
    }
    var table =
        new Table(
            "NAMESPACE",
            "NAME",
            "NODE",
            "PHASE",
            "BACKEND",
            "GROUP",
            "REQUESTS",
            "PRICE/HOUR",
            "AGE");
    for (var row : rows) {
      table.add(
          row.namespace(),
          row.name(),
          row.node(),
          row.phase(),
          row.backend().orElse("-"),
          row.group().orElse("-"),
          row.requested().toString(),
          row.pricePerHour().orElse("-"),
          Age.of(row.created(), now));
    }
    return table.toString();
  }
}
