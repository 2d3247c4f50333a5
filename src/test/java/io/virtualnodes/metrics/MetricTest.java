package io.virtualnodes.metrics;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.virtualnodes.metrics.Metric.Kind;
import io.virtualnodes.pod.GoldenCase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricTest {
  private static final String HEAD =
      """
      # The operator's own metrics

      What the operator tells Prometheus of itself, at port 9000 of its pod under `/q/metrics`. [metrics.md](../metrics.md) says how to scrape it,
      and tells of what pods use. This page is written from the operator's own list, and a test fails where the two differ.

      Names, labels and their values are stable: they change with a major version only. No label is a pod or a node. The series of a pool come
      with it and go with it; only the replica that leads has any. A histogram has the series `_bucket`, `_count` and `_sum`, and `_max`, which
      is the longest of the last minutes. Beside these there is what the libraries tell of the process, under `jvm_`, `process_`, `system_`
      and others; those names are theirs.

      | Metric | Kind | What it is | Labels |
      |---|---|---|---|
      """;

  @Test
  void everyMetricIsOnThePage() {
    var rows = Arrays.stream(Metric.values()).map(MetricTest::row).collect(joining("\n"));

    new GoldenCase(Path.of("docs", "reference")).expect("metrics.md", HEAD + rows + "\n");
  }

  private static String row(Metric metric) {
    var labels =
        metric.labels().stream()
            .map(label -> "`" + label.name() + "`: " + label.meaning())
            .collect(joining("<br>"));
    var buckets =
        metric.buckets().stream().map(MetricTest::seconds).collect(joining(", ", " (", " s)"));
    return "| `%s` | %s | %s | %s |"
        .formatted(
            metric.series(),
            metric.kind().name().toLowerCase(Locale.ROOT)
                + (metric.kind() == Kind.HISTOGRAM ? buckets : ""),
            metric.help(),
            labels);
  }

  private static String seconds(Duration bound) {
    return bound.toMillis() % 1000 == 0
        ? Long.toString(bound.toSeconds())
        : Double.toString(bound.toMillis() / 1000.0);
  }

  @ParameterizedTest
  @EnumSource
  void aMetricKeepsPrometheusRulesOfNames(Metric metric) {
    assertThat(metric.series()).matches("virtualnodes(_[a-z]+)+");
    assertThat(metric.series().endsWith("_total")).isEqualTo(metric.kind() == Kind.COUNTER);
    if (metric.kind() == Kind.HISTOGRAM) {
      assertThat(metric.series()).endsWith("_seconds");
      assertThat(metric.buckets()).isSorted().doesNotHaveDuplicates().isNotEmpty();
    } else {
      assertThat(metric.buckets()).isEmpty();
    }
    assertThat(metric.help()).doesNotEndWith(".");
    assertThat(metric.labels())
        .extracting(Metric.Label::name)
        .doesNotHaveDuplicates()
        .doesNotContain("pod", "node", "le", "instance", "job");
  }

  // Micrometer has a newer class for it; this is the one that Quarkus makes.
  @SuppressWarnings("deprecation")
  @Test
  void prometheusScrapesEveryMetricUnderItsNameUntilItsOwnerIsGone() {
    var prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // As Quarkus puts it before the one that is scraped.
    var registry = new CompositeMeterRegistry();
    registry.add(prometheus);
    var meters = new Meters(registry);
    for (var metric : Metric.values()) {
      var values = metric.labels().stream().map(Metric.Label::name).toArray(String[]::new);
      switch (metric.kind()) {
        case COUNTER -> meters.counter(metric, values).increment();
        case GAUGE -> meters.gauge(metric, this, _ -> 1, values);
        case HISTOGRAM -> meters.timer(metric, values).record(Duration.ofSeconds(1));
      }
    }

    assertThat(SeriesNames.told(prometheus.scrape()))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Metric.values())
                .flatMap(metric -> SeriesNames.ofMetric(metric).stream())
                .toList());

    meters.close();

    assertThat(SeriesNames.told(prometheus.scrape())).isEmpty();
  }

  @Test
  void seriesGoWithTheirOwner() {
    var registry = new SimpleMeterRegistry();
    var others = new Meters(registry);
    others.counter(Metric.ORPHANS_REMOVED, "calm");
    var meters = new Meters(registry);
    meters.counter(Metric.ORPHANS_REMOVED, "burst");
    meters.timer(Metric.POD_START, "burst", "accepted_to_running");
    meters.gauge(Metric.ORPHANS_HELD, this, _ -> 1, "burst");
    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getTag("pool"))
        .contains("calm", "burst");

    meters.close();

    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getTag("pool"))
        .containsExactly("calm");
  }

  @Test
  void aSeriesOfAnotherShapeThanTheListSaysIsRefused() {
    var meters = new Meters(new SimpleMeterRegistry());

    Stream.<Runnable>of(
            () -> meters.counter(Metric.ORPHANS_REMOVED),
            () -> meters.counter(Metric.ORPHANS_REMOVED, "burst", "local"),
            () -> meters.counter(Metric.ORPHANS_HELD, "burst"),
            () -> meters.timer(Metric.ORPHANS_REMOVED, "burst"))
        .forEach(
            call ->
                assertThatThrownBy(call::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("virtualnodes_orphans_"));
  }
}
