package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An operator that begins while the API server is away. */
@Execution(ExecutionMode.CONCURRENT)
class OperatorStartIT {
  // The client tries for 20 s before it takes a request for lost.
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void itWaitsAndIsReadyOnceTheApiServerIsBack() {
    try (var gate = Gate.beforeApiServer(Cluster.of(OperatorStartIT.class));
        var operator = behind(gate)) {
      gate.shut();
      operator.launch();
      await().atMost(PATIENCE).until(() -> operator.log().contains("does not answer; waiting"));
      assertThat(operator.passes("started")).isTrue();
      assertThat(operator.passes("live")).isTrue();
      assertThat(operator.passes("ready")).isFalse();

      gate.reopen();

      operator.awaitReady();
    }
  }

  @Test
  void itEndsAtOnceWhenItIsToldToWhileItWaits() {
    try (var gate = Gate.beforeApiServer(Cluster.of(OperatorStartIT.class));
        var operator = behind(gate)) {
      gate.shut();
      operator.launch();
      await().atMost(PATIENCE).until(() -> operator.passes("live"));

      operator.stop();
    }
  }

  private OperatorProcess behind(Gate gate) {
    var cluster = Cluster.of(OperatorStartIT.class);
    // Beside the operator of the other tests, which leads.
    cluster.operator();
    var kubeconfig =
        gate.kubeconfig(cluster.rights().kubeconfig(), folder.resolve("behind-a-gate.kubeconfig"));
    return OperatorProcess.of(cluster, Map.of("KUBECONFIG", kubeconfig.toString()));
  }
}
