package io.virtualnodes.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;

/** The dashboards and alerts of {@code deploy}. */
public final class Monitoring {
  static final Path ALERTS = Path.of("deploy/monitoring/alerts.yaml");
  static final Path RULE = Path.of("deploy/components/monitoring/prometheus-rule.yaml");
  private static final Path DASHBOARDS = Path.of("deploy/dashboards");
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Monitoring() {}

  /** Grafana's dashboards, by file. */
  static Map<String, JsonNode> dashboards() {
    try (var files = Files.newDirectoryStream(DASHBOARDS, "*.json")) {
      var dashboards = new TreeMap<String, JsonNode>();
      files.forEach(file -> dashboards.put(file.getFileName().toString(), read(file)));
      return dashboards;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<JsonNode> alerts() {
    return StreamSupport.stream(read(ALERTS).at("/groups/0/rules").spliterator(), false).toList();
  }

  /** JSON is YAML, too. */
  static JsonNode read(Path file) {
    try {
      return YAML.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything that is asked for on a dashboard. */
  static List<String> expressions(JsonNode dashboard) {
    return StreamSupport.stream(dashboard.get("panels").spliterator(), false)
        .flatMap(panel -> panel.path("targets").findValuesAsText("expr").stream())
        .toList();
  }

  /** Every series that a dashboard or an alert names. */
  public static SortedSet<String> series() {
    var names = new TreeSet<String>();
    dashboards().values().stream()
        .flatMap(dashboard -> expressions(dashboard).stream())
        .map(SeriesNames::asked)
        .forEach(names::addAll);
    alerts().stream()
        .map(alert -> SeriesNames.asked(alert.get("expr").asText()))
        .forEach(names::addAll);
    return names;
  }
}
