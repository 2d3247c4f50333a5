package io.virtualnodes.kubelet;

import static io.virtualnodes.kubelet.PrometheusText.seconds;

import io.virtualnodes.kubelet.NodeUsage.ContainerFigures;
import io.virtualnodes.kubelet.NodeUsage.PodUsage;
import io.virtualnodes.kubelet.PrometheusText.Labels;
import io.virtualnodes.kubelet.PrometheusText.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code /metrics/cadvisor}: the figures by the names that most dashboards use: pure. What is not
 * known is left out. Names and labels are <a
 * href="https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md">cAdvisor's</a>,
 * but for {@code id}: there is no cgroup here whose path it could be.
 */
final class CadvisorMetricsText {
  private static final String CPU = "container_cpu_usage_seconds_total";
  private static final String WORKING_SET = "container_memory_working_set_bytes";
  private static final String MEMORY = "container_memory_usage_bytes";
  private static final String RSS = "container_memory_rss";
  private static final String START = "container_start_time_seconds";
  private static final String RECEIVED = "container_network_receive_bytes_total";
  private static final String SENT = "container_network_transmit_bytes_total";

  private CadvisorMetricsText() {}

  static String of(Optional<NodeUsage> usage) {
    var text =
        new PrometheusText()
            .family(CPU, Type.COUNTER, "Cumulative cpu time consumed in seconds.")
            .family(RSS, Type.GAUGE, "Size of RSS in bytes.")
            .family(MEMORY, Type.GAUGE, "Current memory usage in bytes, including all memory.")
            .family(WORKING_SET, Type.GAUGE, "Current working set in bytes.")
            .family(RECEIVED, Type.COUNTER, "Cumulative count of bytes received")
            .family(SENT, Type.COUNTER, "Cumulative count of bytes transmitted")
            .family(START, Type.GAUGE, "Start time of the container since unix epoch in seconds.");
    usage.ifPresent(known -> known.pods().forEach(pod -> pod(text, pod)));
    return text.toString();
  }

  private static void pod(PrometheusText text, PodUsage pod) {
    pod.containers().forEach(container -> container(text, pod, container));
    // The network is the group's: each container has the same figures, and one is enough.
    var first = pod.containers().getFirst().usage();
    var labels = labels(pod, "", "", "");
    sample(text, RECEIVED, labels, first.receivedBytes(), first.at());
    sample(text, SENT, labels, first.sentBytes(), first.at());
  }

  private static void container(PrometheusText text, PodUsage pod, ContainerFigures container) {
    var usage = container.usage();
    var labels = labels(pod, container.name(), container.image(), container.id());
    if (usage.cpuNanos().isPresent()) {
      text.sample(
          CPU,
          labels.with("cpu", "total"),
          seconds(usage.cpuNanos().getAsLong()),
          Optional.of(usage.at()));
    }
    sample(text, RSS, labels, usage.rssBytes(), usage.at());
    sample(text, MEMORY, labels, usage.usageBytes(), usage.at());
    sample(text, WORKING_SET, labels, usage.workingSetBytes(), usage.at());
    text.sample(START, labels, seconds(usage.started()), Optional.of(usage.at()));
  }

  private static Labels labels(PodUsage pod, String container, String image, String id) {
    return Labels.NONE
        .with("container", container)
        .with("image", image)
        .with("name", id)
        .with("namespace", pod.namespace())
        .with("pod", pod.name());
  }

  private static void sample(
      PrometheusText text, String family, Labels labels, OptionalLong value, Instant at) {
    if (value.isPresent()) {
      text.sample(family, labels, BigDecimal.valueOf(value.getAsLong()), Optional.of(at));
    }
  }
}
