package io.virtualnodes.kubelet;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.kubelet.NodeUsage.ContainerFigures;
import io.virtualnodes.kubelet.NodeUsage.PodUsage;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * {@code /stats/summary}: pure. The shape is <a
 * href="https://pkg.go.dev/k8s.io/kubelet/pkg/apis/stats/v1alpha1#Summary">the kubelet's</a>; what
 * is not known is left out.
 */
final class SummaryJson {
  private SummaryJson() {}

  /**
   * @param onlyCpuAndMemory as the query's {@code only_cpu_and_memory}
   */
  static String of(NodeUsage usage, boolean onlyCpuAndMemory) {
    var node = new LinkedHashMap<String, Object>();
    node.put("nodeName", usage.node());
    node.put("startTime", time(usage.started()));
    var total = usage.total();
    node.put("cpu", cpu(total.at(), total.nanoCores(), OptionalLong.of(total.cpuNanos())));
    node.put(
        "memory",
        amounts(total.at(), Map.of("workingSetBytes", OptionalLong.of(usage.workingSetBytes()))));
    var summary = new LinkedHashMap<String, Object>();
    summary.put("node", node);
    summary.put("pods", usage.pods().stream().map(pod -> pod(pod, onlyCpuAndMemory)).toList());
    return Serialization.asJson(summary);
  }

  private static Map<String, Object> pod(PodUsage pod, boolean onlyCpuAndMemory) {
    var reference = new LinkedHashMap<String, Object>();
    reference.put("name", pod.name());
    reference.put("namespace", pod.namespace());
    reference.put("uid", pod.uid());
    var told = new LinkedHashMap<String, Object>();
    told.put("podRef", reference);
    pod.started().ifPresent(started -> told.put("startTime", time(started)));
    told.put("containers", pod.containers().stream().map(SummaryJson::container).toList());
    var containers = pod.containers();
    var at =
        containers.stream()
            .map(container -> container.usage().at())
            .max(Instant::compareTo)
            .orElseThrow();
    told.put(
        "cpu",
        cpu(
            at,
            sum(containers, ContainerFigures::nanoCores),
            sum(containers, container -> container.usage().cpuNanos())));
    told.put(
        "memory",
        memory(
            at,
            sum(containers, container -> container.usage().usageBytes()),
            sum(containers, container -> container.usage().workingSetBytes()),
            sum(containers, container -> container.usage().rssBytes())));
    if (!onlyCpuAndMemory) {
      network(told, containers.getFirst().usage());
    }
    return told;
  }

  private static Map<String, Object> container(ContainerFigures container) {
    var usage = container.usage();
    var told = new LinkedHashMap<String, Object>();
    told.put("name", container.name());
    told.put("startTime", time(usage.started()));
    told.put("cpu", cpu(usage.at(), container.nanoCores(), usage.cpuNanos()));
    told.put(
        "memory",
        memory(usage.at(), usage.usageBytes(), usage.workingSetBytes(), usage.rssBytes()));
    return told;
  }

  private static Map<String, Object> cpu(
      Instant at, OptionalLong nanoCores, OptionalLong nanoSeconds) {
    var amounts = new LinkedHashMap<String, OptionalLong>();
    amounts.put("usageNanoCores", nanoCores);
    amounts.put("usageCoreNanoSeconds", nanoSeconds);
    return amounts(at, amounts);
  }

  private static Map<String, Object> memory(
      Instant at, OptionalLong usage, OptionalLong workingSet, OptionalLong rss) {
    var amounts = new LinkedHashMap<String, OptionalLong>();
    amounts.put("usageBytes", usage);
    amounts.put("workingSetBytes", workingSet);
    amounts.put("rssBytes", rss);
    return amounts(at, amounts);
  }

  /** The network is the group's: each container has the same figures. */
  private static void network(Map<String, Object> pod, ContainerUsage usage) {
    if (usage.receivedBytes().isEmpty() && usage.sentBytes().isEmpty()) {
      return;
    }
    var amounts = new LinkedHashMap<String, OptionalLong>();
    amounts.put("rxBytes", usage.receivedBytes());
    amounts.put("txBytes", usage.sentBytes());
    var network = amounts(usage.at(), amounts);
    // The backend tells of all interfaces as one, which has no name.
    network.put("name", "");
    pod.put("network", network);
  }

  private static Map<String, Object> amounts(Instant at, Map<String, OptionalLong> amounts) {
    var told = new LinkedHashMap<String, Object>();
    told.put("time", time(at));
    amounts.forEach((name, amount) -> amount.ifPresent(value -> told.put(name, value)));
    return told;
  }

  /** Unknown if one part is: a sum of the others would be too little without saying so. */
  private static OptionalLong sum(
      List<ContainerFigures> containers, Function<ContainerFigures, OptionalLong> amount) {
    var amounts = containers.stream().map(amount).toList();
    return amounts.stream().allMatch(OptionalLong::isPresent)
        ? OptionalLong.of(amounts.stream().mapToLong(OptionalLong::getAsLong).sum())
        : OptionalLong.empty();
  }

  /** As Kubernetes writes times: to the second. */
  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
