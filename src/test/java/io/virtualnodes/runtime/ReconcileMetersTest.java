package io.virtualnodes.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.virtualnodes.metrics.Metric;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReconcileMetersTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void allNodesPodsAreOneController() throws Exception {
    var pods = ReconcileMeters.ofPods(registry);

    assertThat(pods.<String>timeControllerExecution(new Step("pods-burst-0", null)))
        .isEqualTo("done");
    pods.timeControllerExecution(new Step("pods-burst-1", null));

    assertThat(steps("pod", "success")).isEqualTo(2);
    assertThat(steps("pod", "failure")).isZero();
    assertThat(registry.get("virtualnodes_reconcile").timers()).hasSize(1);
  }

  @Test
  void aStepThatFailsIsCountedAndFailsAllTheSame() {
    var failure = new IllegalStateException("the API server is away");

    assertThatThrownBy(
            () ->
                new ReconcileMeters(registry)
                    .timeControllerExecution(new Step("virtualnodepool", failure)))
        .isSameAs(failure);

    assertThat(steps("pool", "failure")).isEqualTo(1);
    assertThat(steps("pool", "success")).isZero();
  }

  private double steps(String controller, String result) {
    return registry
        .get(Metric.RECONCILES.series())
        .tags("controller", controller, "result", result)
        .counter()
        .count();
  }

  private record Step(String controllerName, RuntimeException failure)
      implements Metrics.ControllerExecution<String> {
    @Override
    public String name() {
      return "reconcile";
    }

    @Override
    public String successTypeName(String result) {
      return "patch";
    }

    @Override
    public ResourceID resourceID() {
      return new ResourceID("burst");
    }

    @Override
    public Map<String, Object> metadata() {
      return Map.of();
    }

    @Override
    public String execute() {
      if (failure != null) {
        throw failure;
      }
      return "done";
    }
  }
}
