package io.virtualnodes.kubelet;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * What metrics-server makes of {@code /metrics/resource}: its own rules of reading and dropping,
 * from {@code pkg/scraper/client/resource/decode.go} of version 0.9.
 *
 * @param node empty if its figures are dropped
 * @param pods by namespace and name, without those that are dropped
 */
record ScrapedByMetricsServer(Optional<Point> node, Map<String, Map<String, Point>> pods) {

  /** All is 0 that was not read. */
  record Point(long startSeconds, long timestampMillis, long cpuNanos, long memoryBytes) {
    static final Point EMPTY = new Point(0, 0, 0, 0);

    private boolean isPart() {
      return cpuNanos == 0 || memoryBytes == 0;
    }
  }

  private static final Pattern LINE = Pattern.compile("([a-z_]+)(\\{.*})? (\\S+)(?: (\\d+))?");

  static ScrapedByMetricsServer of(String text) {
    var node = Point.EMPTY;
    var pods = new TreeMap<String, Map<String, Point>>();
    for (var line : text.lines().filter(line -> !line.startsWith("#")).toList()) {
      var match = LINE.matcher(line);
      if (!match.matches()) {
        throw new AssertionError("not a sample: " + line);
      }
      double value = Double.parseDouble(match.group(3));
      long at = match.group(4) == null ? 0 : Long.parseLong(match.group(4));
      switch (match.group(1)) {
        case "node_cpu_usage_seconds_total" ->
            node = new Point(0, at, (long) (value * 1e9), node.memoryBytes());
        case "node_memory_working_set_bytes" ->
            node = new Point(0, at, node.cpuNanos(), (long) value);
        case "container_cpu_usage_seconds_total" ->
            update(
                pods,
                match.group(2),
                point ->
                    new Point(point.startSeconds(), at, (long) (value * 1e9), point.memoryBytes()));
        case "container_memory_working_set_bytes" ->
            update(
                pods,
                match.group(2),
                point -> new Point(point.startSeconds(), at, point.cpuNanos(), (long) value));
        case "container_start_time_seconds" ->
            update(
                pods,
                match.group(2),
                point ->
                    new Point(
                        (long) value,
                        point.timestampMillis(),
                        point.cpuNanos(),
                        point.memoryBytes()));
        default -> {}
      }
    }
    pods.values().removeIf(containers -> containers.values().stream().anyMatch(Point::isPart));
    return new ScrapedByMetricsServer(
        Optional.of(node)
            .filter(
                point ->
                    point.timestampMillis() != 0
                        && point.cpuNanos() != 0
                        && point.memoryBytes() != 0),
        pods);
  }

  private static void update(
      Map<String, Map<String, Point>> pods, String labels, UnaryOperator<Point> change) {
    var pod = after(labels, "namespace=\"") + "/" + after(labels, "pod=\"");
    pods.computeIfAbsent(pod, _ -> new HashMap<>())
        .compute(
            after(labels, "container=\""),
            (_, point) -> change.apply(point == null ? Point.EMPTY : point));
  }

  /** The first place where it stands, whatever stands before it. */
  private static String after(String labels, String tag) {
    int from = labels.indexOf(tag) + tag.length();
    return labels.substring(from, labels.indexOf('"', from));
  }
}
