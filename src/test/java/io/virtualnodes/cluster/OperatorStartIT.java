package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What becomes of an operator that cannot begin. */
@Execution(ExecutionMode.CONCURRENT)
class OperatorStartIT {
  // Of which the client takes 20 s to try again and again.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Test
  void withoutAnApiServerItEndsAndSaysWhy(@TempDir Path folder) throws IOException {
    // Nothing listens at port 1.
    var nowhere =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            apiVersion: v1
            kind: Config
            clusters: [{ name: gone, cluster: { server: "https://127.0.0.1:1" } }]
            users: [{ name: operator, user: { token: unused } }]
            contexts: [{ name: gone, context: { cluster: gone, user: operator } }]
            current-context: gone
            """);
    var cluster = Cluster.of(OperatorStartIT.class);

    try (var operator =
        OperatorProcess.of(cluster, Map.of("KUBECONFIG", nowhere.toString())).launch()) {
      assertThat(operator.awaitEnd(PATIENCE)).isEqualTo(1);
      assertThat(operator.log()).contains("Connection refused: /127.0.0.1:1");
    }
  }
}
