package io.virtualnodes.kubelet;

import static java.util.stream.Collectors.toMap;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.ProbeTally;
import io.virtualnodes.kubelet.PrometheusText.Labels;
import io.virtualnodes.kubelet.PrometheusText.Type;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * {@code /metrics/probes}: how often the node's containers were probed: pure. Name, help and labels
 * are <a href="https://kubernetes.io/docs/reference/instrumentation/metrics/">the kubelet's</a>;
 * how long probes take is not told.
 */
final class ProbeMetricsText {
  private static final String TOTAL = "prober_probe_total";

  private ProbeMetricsText() {}

  /**
   * @param pods of the node
   * @param tallies of the whole pool; those of other nodes are left out
   */
  static String of(List<NodePod> pods, List<ProbeTally> tallies) {
    Map<GroupId, NodePod> byGroup =
        pods.stream().collect(toMap(NodePod::group, Function.identity(), (one, _) -> one));
    var text =
        new PrometheusText()
            .family(
                TOTAL,
                Type.COUNTER,
                "[BETA] Cumulative number of a liveness, readiness or startup probe for a container"
                    + " by result.");
    tallies.stream()
        .filter(tally -> byGroup.containsKey(tally.group()))
        .sorted(
            Comparator.comparing((ProbeTally tally) -> tally.group().toString())
                .thenComparing(ProbeTally::container)
                .thenComparing(ProbeTally::probe)
                .thenComparing(ProbeTally::result))
        .forEach(
            tally ->
                text.sample(
                    TOTAL,
                    labels(byGroup.get(tally.group()), tally),
                    BigDecimal.valueOf(tally.count()),
                    Optional.empty()));
    return text.toString();
  }

  private static Labels labels(NodePod pod, ProbeTally tally) {
    var metadata = pod.pod().getMetadata();
    return Labels.NONE
        .with("container", tally.container())
        .with("namespace", metadata.getNamespace())
        .with("pod", metadata.getName())
        .with("pod_uid", metadata.getUid())
        .with("probe_type", tally.probe())
        .with("result", tally.result().name().toLowerCase(Locale.ROOT));
  }
}
