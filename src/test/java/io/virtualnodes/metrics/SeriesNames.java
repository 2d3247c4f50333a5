package io.virtualnodes.metrics;

import io.virtualnodes.metrics.Metric.Kind;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Names of series in what Prometheus scrapes and in what people ask it. */
public final class SeriesNames {
  private static final Pattern OURS = Pattern.compile("\\bvirtualnodes_[a-z_]+");
  // What libraries tell of the process, by the beginnings of their names.
  private static final Pattern OF_THE_PROCESS =
      Pattern.compile("\\b(?:process|system|jvm)_[a-z_]+");
  private static final List<String> OF_HISTOGRAMS = List.of("_bucket", "_count", "_sum", "_max");

  private SeriesNames() {}

  /** All that an expression asks for. */
  static SortedSet<String> asked(String expression) {
    return Stream.of(OURS, OF_THE_PROCESS)
        .flatMap(pattern -> pattern.matcher(expression).results())
        .map(match -> match.group())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** All that a scrape tells. */
  public static SortedSet<String> told(String scrape) {
    return scrape
        .lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .map(line -> line.split("[{ ]", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Of which metric a series is; empty if of none of ours. */
  static Optional<Metric> metric(String series) {
    return Arrays.stream(Metric.values())
        .filter(metric -> ofMetric(metric).contains(series))
        .findFirst();
  }

  /** What Prometheus has of a metric. */
  public static Collection<String> ofMetric(Metric metric) {
    return metric.kind() == Kind.HISTOGRAM
        ? OF_HISTOGRAMS.stream().map(suffix -> metric.series() + suffix).toList()
        : List.of(metric.series());
  }
}
