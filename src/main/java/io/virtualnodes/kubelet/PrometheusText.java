package io.virtualnodes.kubelet;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Figures in Prometheus' text format, version 0.0.4, with times in milliseconds: <a
 * href="https://prometheus.io/docs/instrumenting/exposition_formats/">exposition formats</a>. A
 * family without samples is left out.
 */
final class PrometheusText {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  /** How a family's values relate to each other over time. */
  enum Type {
    COUNTER,
    GAUGE
  }

  private record Family(String name, Type type, String help, List<String> samples) {}

  private final Map<String, Family> families = new LinkedHashMap<>();

  /** Begins a family; families are written in the order in which they were begun. */
  PrometheusText family(String name, Type type, String help) {
    families.put(name, new Family(name, type, help, new ArrayList<>()));
    return this;
  }

  /**
   * One value of a family that was begun.
   *
   * @param labels in their order
   * @param at when it was measured; empty if the time of reading will do
   */
  void sample(String family, Labels labels, BigDecimal value, Optional<Instant> at) {
    families
        .get(family)
        .samples()
        .add(
            family
                + labels.text()
                + " "
                + value.stripTrailingZeros().toPlainString()
                + at.map(time -> " " + time.toEpochMilli()).orElse(""));
  }

  /** Nanoseconds as seconds, with nothing lost. */
  static BigDecimal seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9);
  }

  /** Seconds since 1970. */
  static BigDecimal seconds(Instant instant) {
    return BigDecimal.valueOf(instant.getEpochSecond()).add(seconds(instant.getNano()));
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (var family : families.values()) {
      if (!family.samples().isEmpty()) {
        text.append("# HELP %s %s\n".formatted(family.name(), family.help()));
        text.append(
            "# TYPE %s %s\n"
                .formatted(family.name(), family.type().name().toLowerCase(Locale.ROOT)));
        family.samples().forEach(sample -> text.append(sample).append('\n'));
      }
    }
    return text.toString();
  }

  /** Names with values. */
  static final class Labels {
    static final Labels NONE = new Labels("");

    private final String inside;

    private Labels(String inside) {
      this.inside = inside;
    }

    Labels with(String name, String value) {
      var escaped = value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
      return new Labels(inside + (inside.isEmpty() ? "" : ",") + name + "=\"" + escaped + "\"");
    }

    private String text() {
      return inside.isEmpty() ? "" : "{" + inside + "}";
    }
  }
}
