package io.virtualnodes.chaos;

import static io.virtualnodes.chaos.Replicas.awaitWithin;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Gate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * That a leader that loses its way to the API server, and runs on, gives up before another leads.
 */
@Tag("failover")
class CutOffIT {
  private static final Path FOLDER = Path.of("target", "cut-off");
  // What the client tries before it takes a request for lost, twice, and a busy machine.
  private static final Duration GIVES_UP_WITHIN = Duration.ofSeconds(60);

  private static final Map<String, Gate> gates = new HashMap<>();
  private static Replicas replicas;

  @BeforeAll
  static void twoReplicasEachWithAWayOfItsOwn() {
    replicas = new Replicas(CutOffIT.class, CutOffIT::throughAGate);
    replicas.begin();
  }

  @AfterAll
  static void end() {
    if (replicas != null) {
      replicas.close();
    }
    gates.values().forEach(Gate::close);
  }

  @Test
  void aLeaderWithoutAnApiServerEndsAndTheOtherTakesOver() {
    var leader = replicas.leader();
    var began = Instant.now();
    var before = replicas.witnesses();

    replicas.create("half-done", Task.ending(Duration.ofSeconds(5), 0));
    gates.get(leader.name()).shut();
    replicas.awaitTakeOver(leader);
    replicas.runToItsEnd("after-cut");
    awaitWithin(GIVES_UP_WITHIN, () -> !leader.process().running());

    gates.get(leader.name()).reopen();
    replicas.startBoth();
    assertThat(leader.process().log()).contains("the lead was lost");
    assertThat(replicas.standby()).isEqualTo(leader);
    assertThat(replicas.witnesses()).isEqualTo(before);
    assertThat(replicas.violations(began)).isEmpty();
  }

  /** The operator's own access, by another address of the API server. */
  private static Map<String, String> throughAGate(String replica) {
    var cluster = Cluster.of(CutOffIT.class);
    var gate = Gate.beforeApiServer(cluster);
    gates.put(replica, gate);
    var file = FOLDER.resolve(replica + ".kubeconfig").toAbsolutePath();
    return Map.of("KUBECONFIG", gate.kubeconfig(cluster.rights().kubeconfig(), file).toString());
  }
}
