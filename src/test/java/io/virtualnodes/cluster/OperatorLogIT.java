package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The log of the packaged operator in JSON, of a replica that stands by. */
@Execution(ExecutionMode.CONCURRENT)
class OperatorLogIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @Test
  void everyLineIsAnObjectWithItsKeyValuesAsFields() {
    var cluster = Cluster.of(OperatorLogIT.class);
    cluster.operator();
    try (var standby =
        OperatorProcess.of(cluster, Map.of("QUARKUS_LOG_CONSOLE_JSON_ENABLED", "true")).launch()) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(lines(standby))
                      .filteredOn(line -> line.path("message").asText().equals("leader seen"))
                      .isNotEmpty()
                      .allSatisfy(
                          line -> {
                            assertThat(line.at("/mdc/leader").asText()).isNotEmpty();
                            assertThat(line.at("/level").asText()).isEqualTo("INFO");
                            assertThat(line.at("/loggerName").asText())
                                .isEqualTo("io.virtualnodes.runtime.LeaderElection");
                            assertThat(line.at("/timestamp").asText()).isNotEmpty();
                          }));
      assertThat(standby.metrics()).contains("\nvirtualnodes_leader 0.0\n");
    }
  }

  private static List<JsonNode> lines(OperatorProcess operator) {
    return operator
        .log()
        .lines()
        // The JVM's own, which tells of the variable with its flags.
        .filter(line -> !line.startsWith("Picked up "))
        .map(OperatorLogIT::parsed)
        .toList();
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      throw new AssertionError("no JSON: " + line, e);
    }
  }
}
