package io.virtualnodes.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All rounds of a run, in their order: pairs of a round of each agent, the warm-ups first.
 *
 * @param baseline the agent that the other is compared with
 */
record Outcome(String baseline, String compared, List<Round> rounds) {

  /** Least, middle and greatest of several values. */
  record Spread(double least, double median, double greatest) {
    static Spread of(double[] values) {
      var sorted = Arrays.stream(values).sorted().toArray();
      int middle = sorted.length / 2;
      double median =
          sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
      return new Spread(sorted[0], median, sorted[sorted.length - 1]);
    }
  }

  /** Something that is measured in every round. */
  private record Metric(String name, String format, ToDoubleFunction<Round> value) {}

  private static final List<Metric> METRICS =
      List.of(
          new Metric("Running, pods/s", "%.0f", round -> round.running().podsPerSecond()),
          new Metric("  create to Running, p50 ms", "%.0f", round -> round.running().p50Millis()),
          new Metric("  create to Running, p99 ms", "%.0f", round -> round.running().p99Millis()),
          new Metric("gone, pods/s", "%.0f", round -> round.gone().podsPerSecond()),
          new Metric("  delete to gone, p50 ms", "%.0f", round -> round.gone().p50Millis()),
          new Metric("  delete to gone, p99 ms", "%.0f", round -> round.gone().p99Millis()),
          new Metric("agent's CPU, ms/pod", "%.2f", Round::agentCpuMillis),
          new Metric("control plane's CPU, ms/pod", "%.2f", Round::controlPlaneCpuMillis),
          new Metric("agent's requests/pod", "%.2f", round -> sum(round.requests().values())),
          new Metric("others' requests/pod", "%.2f", round -> sum(round.otherRequests().values())),
          new Metric("changes seen by a watch/pod", "%.2f", Round::changesSeen),
          new Metric("agent's peak RSS, MiB", "%.0f", round -> round.peakMemoryBytes() / 1048576.));

  private static final List<Metric> JVM_METRICS =
      List.of(
          new Metric("allocated, KiB/pod", "%.0f", round -> round.jvm().allocatedBytes() / 1024.),
          new Metric("collections", "%.0f", round -> round.jvm().collections()),
          new Metric("collections, ms", "%.0f", round -> round.jvm().collectionMillis()));

  private static double sum(Collection<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The rounds that count, of one agent. */
  List<Round> of(String agent) {
    return rounds.stream()
        .filter(round -> round.agent().equals(agent))
        .filter(round -> round.number() > 0)
        .toList();
  }

  /** As a person reads it. */
  String table() {
    return Stream.of(header(), metrics(), requests(baseline), requests(compared))
        .collect(Collectors.joining("\n"));
  }

  private String header() {
    var first = rounds.getFirst();
    return """
    %d pods a round, %d at a time, %d pairs of rounds after a warm-up of each; medians, and \
    (least to greatest)
    """
        .formatted(first.pods(), Stage.PARALLEL, of(baseline).size());
  }

  private String metrics() {
    var lines = Stream.<String>builder();
    lines.add(line("", baseline, compared, compared + "/" + baseline));
    for (var metric : METRICS) {
      lines.add(
          line(
              metric.name(),
              text(metric, of(baseline)),
              text(metric, of(compared)),
              text("%.2f", ratio(metric))));
    }
    if (of(compared).stream().allMatch(round -> round.jvm() != null)) {
      JVM_METRICS.forEach(
          metric -> lines.add(line(metric.name(), "", text(metric, of(compared)), "")));
    }
    return lines.build().collect(Collectors.joining("\n")) + "\n";
  }

  /** Of each pair of rounds by itself, since the machine may be slower for one than for another. */
  private Spread ratio(Metric metric) {
    var below = of(baseline);
    var above = of(compared);
    return Spread.of(
        IntStream.range(0, below.size())
            .mapToDouble(
                pair ->
                    metric.value().applyAsDouble(above.get(pair))
                        / metric.value().applyAsDouble(below.get(pair)))
            .toArray());
  }

  private static String text(Metric metric, List<Round> rounds) {
    return text(metric.format(), Spread.of(rounds.stream().mapToDouble(metric.value()).toArray()));
  }

  private static String text(String format, Spread spread) {
    return (format + " (" + format + " to " + format + ")")
        .formatted(spread.median(), spread.least(), spread.greatest());
  }

  private static String line(String name, String first, String second, String third) {
    return "%-30s %-26s %-26s %s".formatted(name, first, second, third).stripTrailing();
  }

  private String requests(String agent) {
    var rounds = of(agent);
    return Stream.of(
            Stream.of("requests per pod while the " + agent + " works: its own"),
            kinds(rounds, Round::requests),
            Stream.of("and those of others"),
            kinds(rounds, Round::otherRequests))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  private static Stream<String> kinds(
      List<Round> rounds, Function<Round, SortedMap<String, Double>> requests) {
    return rounds.stream()
        .flatMap(round -> requests.apply(round).keySet().stream())
        .distinct()
        .map(
            kind -> {
              var spread =
                  Spread.of(
                      rounds.stream()
                          .mapToDouble(round -> requests.apply(round).getOrDefault(kind, 0.))
                          .toArray());
              return new Kind(kind, spread);
            })
        // What a round has a handful of, in all, says nothing about pods.
        .filter(kind -> kind.spread().median() >= 0.005)
        .sorted(Comparator.comparingDouble((Kind kind) -> -kind.spread().median()))
        .map(kind -> "  %8.3f  %s".formatted(kind.spread().median(), kind.name()));
  }

  private record Kind(String name, Spread spread) {}
}
