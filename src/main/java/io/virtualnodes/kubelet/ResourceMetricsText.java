package io.virtualnodes.kubelet;

import static io.virtualnodes.kubelet.PrometheusText.seconds;

import io.virtualnodes.kubelet.NodeUsage.ContainerFigures;
import io.virtualnodes.kubelet.NodeUsage.PodUsage;
import io.virtualnodes.kubelet.PrometheusText.Labels;
import io.virtualnodes.kubelet.PrometheusText.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * {@code /metrics/resource}, from which metrics-server knows what {@code kubectl top} and
 * autoscalers are told: pure. Names, help and labels are <a
 * href="https://kubernetes.io/docs/reference/instrumentation/metrics/">the kubelet's</a>.
 *
 * <p>metrics-server drops a whole pod if one of its containers lacks a figure or has 0 for one. So
 * a container of which processor time or memory is not known is left out completely, its start too,
 * and 0 is written as the least there is. It finds labels by searching for {@code container="},
 * {@code pod="} and {@code namespace="}: no other label's name may end in one of these.
 */
final class ResourceMetricsText {
  private static final String CONTAINER_CPU = "container_cpu_usage_seconds_total";
  private static final String CONTAINER_MEMORY = "container_memory_working_set_bytes";
  private static final String CONTAINER_START = "container_start_time_seconds";
  private static final String NODE_CPU = "node_cpu_usage_seconds_total";
  private static final String NODE_MEMORY = "node_memory_working_set_bytes";
  private static final String POD_CPU = "pod_cpu_usage_seconds_total";
  private static final String POD_MEMORY = "pod_memory_working_set_bytes";
  private static final String ERROR = "resource_scrape_error";
  private static final String OLD_ERROR = "scrape_error";

  private ResourceMetricsText() {}

  /**
   * @param usage empty if nothing is known: then nothing is told of node and containers
   * @param failing whether reading it failed, be there older figures or not
   */
  static String of(Optional<NodeUsage> usage, boolean failing) {
    var text =
        new PrometheusText()
            .family(
                CONTAINER_CPU,
                Type.COUNTER,
                "[STABLE] Cumulative cpu time consumed by the container in core-seconds")
            .family(
                CONTAINER_MEMORY,
                Type.GAUGE,
                "[STABLE] Current working set of the container in bytes")
            .family(
                CONTAINER_START,
                Type.GAUGE,
                "[STABLE] Start time of the container since unix epoch in seconds")
            .family(
                NODE_CPU,
                Type.COUNTER,
                "[STABLE] Cumulative cpu time consumed by the node in core-seconds")
            .family(NODE_MEMORY, Type.GAUGE, "[STABLE] Current working set of the node in bytes")
            .family(
                POD_CPU,
                Type.COUNTER,
                "[STABLE] Cumulative cpu time consumed by the pod in core-seconds")
            .family(POD_MEMORY, Type.GAUGE, "[STABLE] Current working set of the pod in bytes")
            .family(
                ERROR,
                Type.GAUGE,
                "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise")
            .family(
                OLD_ERROR,
                Type.GAUGE,
                "[ALPHA] (Deprecated since 1.29.0) 1 if there was an error while getting container"
                    + " metrics, 0 otherwise");
    usage.ifPresent(
        known -> {
          node(text, known);
          known.pods().forEach(pod -> pod(text, pod));
        });
    var error = failing ? BigDecimal.ONE : BigDecimal.ZERO;
    text.sample(ERROR, Labels.NONE, error, Optional.empty());
    text.sample(OLD_ERROR, Labels.NONE, error, Optional.empty());
    return text.toString();
  }

  private static void node(PrometheusText text, NodeUsage usage) {
    var at = Optional.of(usage.total().at());
    text.sample(NODE_CPU, Labels.NONE, seconds(atLeastOne(usage.total().cpuNanos())), at);
    text.sample(NODE_MEMORY, Labels.NONE, bytes(usage.workingSetBytes()), at);
  }

  private static void pod(PrometheusText text, PodUsage pod) {
    var whole = pod.containers().stream().filter(ResourceMetricsText::isWhole).toList();
    if (whole.isEmpty()) {
      return;
    }
    var names = Labels.NONE.with("namespace", pod.namespace()).with("pod", pod.name());
    for (var container : whole) {
      // virtual-kubelet's own tests look for the pod in the second label of every series.
      var labels = names.with("container", container.name());
      var at = Optional.of(container.usage().at());
      text.sample(CONTAINER_CPU, labels, seconds(cpuNanos(container)), at);
      text.sample(CONTAINER_MEMORY, labels, bytes(memory(container)), at);
      text.sample(CONTAINER_START, labels, seconds(container.usage().started()), Optional.empty());
    }
    var at = Optional.of(newest(whole));
    long cpu = whole.stream().mapToLong(ResourceMetricsText::cpuNanos).sum();
    long memory = whole.stream().mapToLong(ResourceMetricsText::memory).sum();
    text.sample(POD_CPU, names, seconds(cpu), at);
    text.sample(POD_MEMORY, names, bytes(memory), at);
  }

  private static boolean isWhole(ContainerFigures container) {
    return container.usage().cpuNanos().isPresent()
        && container.usage().workingSetBytes().isPresent();
  }

  private static long cpuNanos(ContainerFigures container) {
    return atLeastOne(container.usage().cpuNanos().orElseThrow());
  }

  private static long memory(ContainerFigures container) {
    return atLeastOne(container.usage().workingSetBytes().orElseThrow());
  }

  private static Instant newest(List<ContainerFigures> containers) {
    return containers.stream()
        .map(container -> container.usage().at())
        .max(Instant::compareTo)
        .orElseThrow();
  }

  private static BigDecimal bytes(long bytes) {
    return BigDecimal.valueOf(atLeastOne(bytes));
  }

  private static long atLeastOne(long value) {
    return Math.max(1, value);
  }
}
