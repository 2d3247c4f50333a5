package io.virtualnodes.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Rounds of pods, on the floor's node and on the operator's in turn. Run by {@code make bench},
 * which sets what is read from system properties here.
 */
class PodLifeBenchmark {
  private static final Path FOLDER = Path.of("target", "bench").toAbsolutePath();
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final int pods = Integer.getInteger("bench.pods", 300);
  private final int pairs = Integer.getInteger("bench.pairs", 2);
  private final Path floor = Path.of(System.getProperty("bench.floor", ""));
  private final String compared = System.getProperty("bench.compared", "operator");
  private final String jvmFlags = System.getProperty("bench.jvmFlags", "");

  @Test
  void theOperatorBesideTheFloor() throws IOException {
    Files.createDirectories(FOLDER);
    var cluster = Cluster.of(PodLifeBenchmark.class);
    var place = cluster.place(PodLifeBenchmark.class);
    try (var api = new ApiServer(cluster.client().getConfiguration());
        var baseline = FloorAgent.of(cluster, floor, FOLDER);
        var other = compared(cluster, place)) {
      var stage = new Stage(api, place.namespace(), pods, new ProcessMeter(cluster.process()));
      var rounds = new ArrayList<Round>();
      for (int number = 0; number <= pairs; number++) {
        rounds.add(played(stage, baseline, number));
        rounds.add(played(stage, other, number));
      }
      var outcome = counted(rounds, baseline, other, cluster.audit().requests());
      JSON.writeValue(FOLDER.resolve("pod-life.json").toFile(), outcome);
      System.out.println();
      System.out.println(outcome.table());
      assertWritesAreCounted(outcome);
    }
  }

  private Agent compared(Cluster cluster, Place place) {
    return switch (compared) {
      case "operator" -> OperatorAgent.of(cluster, place, jvmFlags);
      case "floor-as-node" -> FloorAgent.asNode(cluster, floor, FOLDER);
      default -> throw new IllegalArgumentException("no such agent: " + compared);
    };
  }

  private static Outcome counted(
      List<Round> rounds, Agent baseline, Agent other, List<Request> requests) {
    return new Outcome(
        baseline.name(),
        other.name(),
        rounds.stream()
            .map(
                round ->
                    Requests.counted(
                        round, round.agent().equals(baseline.name()) ? baseline : other, requests))
            .toList());
  }

  private static Round played(Stage stage, Agent agent, int number) {
    var round = stage.play(agent, number);
    System.out.printf(
        "%-13s %s: Running %4.0f pods/s, gone %4.0f pods/s, %5.2f ms CPU a pod%n",
        round.agent(),
        number == 0 ? "warm-up" : "round " + number,
        round.running().podsPerSecond(),
        round.gone().podsPerSecond(),
        round.agentCpuMillis());
    return round;
  }

  /** That each did what it is for, and that the log tells of it: else no figure means much. */
  private static void assertWritesAreCounted(Outcome outcome) {
    assertThat(outcome.rounds())
        .allSatisfy(
            round -> {
              // One for the start; the operator also tells the end.
              double reports = round.agent().equals("operator") ? 2 : 1;
              assertThat(round.requests()).containsEntry("patch pods/status", reports);
              assertThat(round.requests()).containsEntry("delete pods", 1.);
            });
  }
}
