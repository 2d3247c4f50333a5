package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.metrics.Metric;
import io.virtualnodes.metrics.Monitoring;
import io.virtualnodes.metrics.SeriesNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What the operator tells of itself, against its own list, its dashboards and its alerts. */
@Execution(ExecutionMode.CONCURRENT)
class OperatorMetricsIT {
  // make test-monitoring has Prometheus' own tool look at it.
  private static final Path SCRAPE = Path.of("target", "operator-metrics", "scrape.txt");
  // The pool's status, from which pods are counted, is made anew every five seconds.
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  // Whatever its pods do: three dozen series and five histograms of calls, four of starts.
  private static final int SERIES_OF_A_POOL = 250;

  @Test
  void everyMetricIsToldWhileAPoolRunsAndThePoolsGoWithIt() throws IOException {
    var pool = VirtualPool.simulated("{}", OperatorMetricsIT.class);
    var operator = pool.cluster().operator();
    try {
      pool.run("runs", "Always", "sleep 3600");
      pool.awaitPhase("runs", "Running");
      pool.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: { name: refused }
          spec:
            $onThePool
            hostNetwork: true
            containers:
            - name: main
              $busybox
          """);
      pool.awaitPhase("refused", "Failed");
      pool.kubectl().run("logs", "runs");

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(value(pool, "virtualnodes_pods", "phase=\"running\"")).isEqualTo(1));
      var scrape = operator.metrics();
      Files.createDirectories(SCRAPE.getParent());
      Files.writeString(SCRAPE, scrape);

      assertThat(SeriesNames.told(scrape))
          .containsAll(
              Arrays.stream(Metric.values())
                  .flatMap(metric -> SeriesNames.ofMetric(metric).stream())
                  .toList())
          .containsAll(Monitoring.series());
      assertThat(value(pool, "virtualnodes_pod_start_seconds_count", "accepted_to_running"))
          .isEqualTo(1);
      assertThat(value(pool, "virtualnodes_pod_start_seconds_sum", "scheduled_to_running"))
          .isBetween(0.0, (double) PATIENCE.toSeconds());
      assertThat(value(pool, "virtualnodes_pod_launch_failures_total", "\"Unsupported\""))
          .isPositive();
      assertThat(
              value(
                  pool,
                  "virtualnodes_backend_calls_total",
                  "operation=\"create\"",
                  "outcome=\"ok\""))
          .isEqualTo(1);
      assertThat(value(pool, "virtualnodes_backend_up")).isEqualTo(1);
      assertThat(value(pool, "virtualnodes_nodes", "ready=\"true\"")).isPositive();
      assertThat(value(pool, "virtualnodes_nodes", "ready=\"false\"")).isZero();
      assertThat(value(pool, "virtualnodes_node_lease_age_seconds")).isBetween(0.0, 30.0);
      assertThat(value(pool, "virtualnodes_observation_age_seconds")).isBetween(0.0, 30.0);
      assertThat(value(pool, "virtualnodes_groups")).isEqualTo(1);
      assertThat(value(pool, "virtualnodes_quota_groups_used")).isEqualTo(1);
      assertThat(value(pool, "virtualnodes_quota_groups")).isPositive();
      assertThat(scrape).contains("\nvirtualnodes_leader 1.0\n");
      assertThat(sum(scrape, "virtualnodes_node_api_requests_total", "code=\"200\"")).isPositive();
      assertThat(sum(scrape, "virtualnodes_kubelet_requests_total", "code=\"200\"")).isPositive();
      assertThat(sum(scrape, "virtualnodes_reconciles_total", "\"pod\"", "\"success\""))
          .isPositive();
      assertThat(sum(scrape, "virtualnodes_reconciles_total", "\"pool\"", "\"success\""))
          .isPositive();
      assertThat(ours(scrape, "pool=\"" + pool.name() + "\"").size()).isLessThan(SERIES_OF_A_POOL);
    } finally {
      pool.close();
    }

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(ours(operator.metrics(), "pool=\"" + pool.name() + "\"")).isEmpty());
    assertThat(ours(operator.metrics(), "pod=\"")).isEmpty();
    assertThat(ours(operator.metrics(), "node=\"")).isEmpty();
  }

  /** Of all series that have these in their labels. */
  private static double sum(String scrape, String series, String... labels) {
    return ours(scrape, labels).stream()
        .filter(line -> line.startsWith(series + "{"))
        .mapToDouble(OperatorMetricsIT::number)
        .sum();
  }

  private static double number(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ')));
  }

  /** The one series of the pool that has these in its labels. */
  private static double value(VirtualPool pool, String series, String... labels) {
    var all =
        Stream.concat(Stream.of("pool=\"" + pool.name() + "\""), Arrays.stream(labels))
            .toArray(String[]::new);
    return ours(pool.cluster().operator().metrics(), all).stream()
        .filter(line -> line.startsWith(series + "{"))
        .map(OperatorMetricsIT::number)
        .reduce((one, other) -> Double.NaN)
        .orElseThrow(() -> new AssertionError("no " + series + " with " + List.of(all)));
  }

  private static List<String> ours(String scrape, String... labels) {
    return scrape
        .lines()
        .filter(line -> line.startsWith("virtualnodes_"))
        .filter(line -> Arrays.stream(labels).allMatch(line::contains))
        .toList();
  }
}
