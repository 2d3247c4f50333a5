package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import io.virtualnodes.cluster.Place;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That an operator whose heartbeat stands still says so to its liveness probe. */
@Tag("failover")
class StuckHeartIT {
  // A minute, by its own rule, from the last beat on.
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(90);

  private static Debugger debugger;
  private static OperatorProcess operator;
  private static Place place;

  @BeforeAll
  static void anOperator() {
    var cluster = Cluster.of(StuckHeartIT.class);
    cluster.stopOperator();
    debugger = Debugger.listening();
    place = cluster.place(StuckHeartIT.class);
    operator = OperatorProcess.of(cluster, Map.of("JDK_JAVA_OPTIONS", debugger.option()));
  }

  @AfterAll
  static void end() {
    if (operator != null) {
      if (!operator.running()) {
        start();
      }
      place.kubectl().run("delete", "vnp", "--all", "--timeout=60s");
      operator.stop();
      debugger.close();
    }
  }

  @Test
  void aHeartbeatThatStandsStillFailsTheLivenessProbe() {
    var halt = start();
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              nodes: { count: 2, capacity: { cpu: "4", memory: 4Gi, pods: "4" } }
              backends: [{ name: simulated, simulated: {} }]
            """
                .formatted(place.pool("pool")),
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "vnp", "--all", "--timeout=60s");
    assertThat(operator.passes("live")).isTrue();

    halt.oneThreadAt(new CrashPoint(SideEffect.LEASE_RENEW, CrashPoint.Side.BEFORE));
    Awaitility.await().atMost(NOTICED_WITHIN).until(halt::reached);
    assertThat(operator.passes("live")).as("at first").isTrue();

    Awaitility.await().atMost(NOTICED_WITHIN).until(() -> !operator.passes("live"));
    assertThat(operator.running()).isTrue();
    // What a kubelet does then.
    operator.kill();
    start();
    assertThat(operator.passes("live")).isTrue();
  }

  /** Until it is ready; it waits for its debugger before it does anything. */
  private static Debugger.Halt start() {
    operator.launch();
    var halt = debugger.accept();
    operator.awaitReady();
    return halt;
  }
}
