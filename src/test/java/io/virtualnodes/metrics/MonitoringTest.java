package io.virtualnodes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.metrics.Metric.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Dashboards and alerts, held against the list of metrics. promtool tries the alerts themselves.
 */
class MonitoringTest {
  private static final Path RUNBOOKS = Path.of("docs/alerts.md");
  private static final int COLUMNS = 24;
  private static final Set<String> WITHOUT_PLUGINS = Set.of("row", "stat", "timeseries", "heatmap");
  // A series with what chooses among its like.
  private static final Pattern CHOICE = Pattern.compile("(virtualnodes_[a-z_]+)\\{([^}]*)}");
  private static final Pattern CHOSEN = Pattern.compile("([a-z_]+)(?:=~|!~|!=|=)\"([^\"]*)\"");

  static Stream<String> expressions() {
    return Stream.concat(
        Monitoring.dashboards().values().stream()
            .flatMap(dashboard -> Monitoring.expressions(dashboard).stream()),
        Monitoring.alerts().stream().map(alert -> alert.get("expr").asText()));
  }

  static Stream<JsonNode> dashboards() {
    return Monitoring.dashboards().values().stream();
  }

  static Stream<JsonNode> alerts() {
    return Monitoring.alerts().stream();
  }

  @ParameterizedTest
  @MethodSource("expressions")
  void onlySeriesAndLabelsThatThereAreAreAskedFor(String expression) {
    assertThat(SeriesNames.asked(expression))
        .isNotEmpty()
        .filteredOn(series -> series.startsWith("virtualnodes_"))
        .allSatisfy(series -> assertThat(SeriesNames.metric(series)).as(series).isPresent());

    var choices = CHOICE.matcher(expression).results().toList();
    assertThat(choices)
        .allSatisfy(
            choice -> {
              var metric = SeriesNames.metric(choice.group(1)).orElseThrow();
              var labels =
                  metric.labels().stream().collect(Collectors.toMap(Label::name, Label::meaning));
              for (var chosen : CHOSEN.matcher(choice.group(2)).results().toList()) {
                assertThat(labels).as(metric.series()).containsKey(chosen.group(1));
                if (!chosen.group(1).equals("pool")) {
                  assertThat(chosen.group(2).split("\\|"))
                      .allSatisfy(
                          value ->
                              assertThat(labels.get(chosen.group(1))).contains("`" + value + "`"));
                }
              }
            });
  }

  /** A figure that nobody looks at is not worth its series. */
  @Test
  void everyMetricIsOnADashboard() {
    var shown = new HashSet<Metric>();
    dashboards()
        .flatMap(dashboard -> Monitoring.expressions(dashboard).stream())
        .flatMap(expression -> SeriesNames.asked(expression).stream())
        .forEach(series -> SeriesNames.metric(series).ifPresent(shown::add));

    assertThat(shown).containsExactlyInAnyOrder(Metric.values());
  }

  @Test
  void dashboardsKeepTheirUids() {
    assertThat(dashboards().map(dashboard -> dashboard.get("uid").asText()))
        .containsExactly("virtual-nodes-overview", "virtual-nodes-pool");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void aDashboardNeedsNoPluginAndNoParticularDataSource(JsonNode dashboard) {
    var variables = dashboard.at("/templating/list");
    assertThat(variables.get(0).get("name").asText()).isEqualTo("datasource");
    assertThat(variables.get(0).get("type").asText()).isEqualTo("datasource");
    assertThat(variables.get(0).get("query").asText()).isEqualTo("prometheus");
    assertThat(dashboard.has("id")).as("an id, which is of one Grafana's").isFalse();
    assertThat(dashboard.has("__inputs")).isFalse();
    assertThat(panels(dashboard))
        .allSatisfy(
            panel -> {
              assertThat(WITHOUT_PLUGINS).contains(panel.get("type").asText());
              assertThat(panel.get("title").asText()).isNotBlank();
              assertThat(panel.findValues("uid").stream().map(JsonNode::asText))
                  .allMatch("${datasource}"::equals);
              if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("targets").size()).isPositive();
                assertThat(panel.at("/fieldConfig/defaults").isObject()).isTrue();
                assertThat(refIds(panel)).doesNotHaveDuplicates();
              }
            });
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panelsLieSideBySide(JsonNode dashboard) {
    assertThat(panels(dashboard).stream().map(panel -> panel.get("id").asInt()))
        .doesNotHaveDuplicates();
    var taken = new HashSet<List<Integer>>();
    for (var panel : panels(dashboard)) {
      var place = panel.get("gridPos");
      int x = place.get("x").asInt();
      int y = place.get("y").asInt();
      assertThat(x + place.get("w").asInt()).isLessThanOrEqualTo(COLUMNS);
      for (int column = x; column < x + place.get("w").asInt(); column++) {
        for (int row = y; row < y + place.get("h").asInt(); row++) {
          assertThat(taken.add(List.of(column, row))).as(panel.get("title").asText()).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("alerts")
  void anAlertSaysWhatItMeansAndWhereHelpIs(JsonNode alert) throws IOException {
    var name = alert.get("alert").asText();

    assertThat(alert.at("/labels/severity").asText()).isIn("critical", "warning");
    assertThat(alert.at("/annotations/summary").asText()).isNotBlank();
    assertThat(alert.at("/annotations/description").asText()).isNotBlank();
    assertThat(alert.at("/annotations/runbook_url").asText())
        .isEqualTo("docs/alerts.md#" + name.toLowerCase());
    assertThat(Files.readString(RUNBOOKS)).contains("\n## " + name + "\n");
  }

  @Test
  void everySectionOfTheRunbookIsOfAnAlert() throws IOException {
    var sections =
        Files.readAllLines(RUNBOOKS).stream()
            .filter(line -> line.startsWith("## "))
            .map(line -> line.substring(3));

    assertThat(sections)
        .containsExactlyElementsOf(alerts().map(alert -> alert.get("alert").asText()).toList());
  }

  @Test
  void thePrometheusOperatorHasTheSameAlerts() {
    assertThat(Monitoring.read(Monitoring.RULE).at("/spec/groups"))
        .isEqualTo(Monitoring.read(Monitoring.ALERTS).get("groups"));
  }

  private static List<JsonNode> panels(JsonNode dashboard) {
    return StreamSupport.stream(dashboard.get("panels").spliterator(), false).toList();
  }

  private static List<String> refIds(JsonNode panel) {
    var ids = new ArrayList<String>();
    panel.get("targets").forEach(target -> ids.add(target.get("refId").asText()));
    return ids;
  }
}
