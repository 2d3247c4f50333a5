package io.virtualnodes.bench;

import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.OperatorProcess;
import io.virtualnodes.cluster.Place;
import java.util.Map;
import java.util.Optional;

/** The operator as shipped, with a simulated pool of one node that starts every pod at once. */
final class OperatorAgent implements Agent {
  private static final String USER = "system:serviceaccount:virtual-nodes:virtual-nodes-operator";

  private final Place place;
  private final String pool;
  private final OperatorProcess operator;
  private final JvmMeter jvm;

  private OperatorAgent(Place place, String pool, OperatorProcess operator) {
    this.place = place;
    this.pool = pool;
    this.operator = operator;
    this.jvm = JvmMeter.of(operator.process());
  }

  /**
   * One that runs and whose pool is ready.
   *
   * @param jvmFlags beyond those of the Deployment
   */
  static OperatorAgent of(Cluster cluster, Place place, String jvmFlags) {
    var flags = OperatorProcess.deploymentEnvironment().get("JAVA_TOOL_OPTIONS");
    var operator =
        OperatorProcess.of(cluster, Map.of("JAVA_TOOL_OPTIONS", flags + " " + jvmFlags)).start();
    var pool = place.pool("pool");
    place
        .kubectl()
        .runWith(
            """
            apiVersion: virtualnodes.io/v1alpha1
            kind: VirtualNodePool
            metadata: { name: %s }
            spec:
              backends:
              - name: simulation
                simulated: { quota: { cpu: 100k, memory: 100Ti, pods: 100k } }
              drain: { deadline: 1s }
            """
                .formatted(pool),
            "apply",
            "-f",
            "-");
    place.kubectl().run("wait", "--for=condition=Ready", "vnp/" + pool, "--timeout=60s");
    return new OperatorAgent(place, pool, operator);
  }

  @Override
  public String name() {
    return "operator";
  }

  @Override
  public String node() {
    return pool + "-0";
  }

  /** It runs on between rounds, as an operator does. */
  @Override
  public void begin() {}

  @Override
  public void end() {}

  @Override
  public ProcessHandle process() {
    return operator.process();
  }

  @Override
  public Optional<JvmMeter> jvm() {
    return Optional.of(jvm);
  }

  @Override
  public boolean made(Request request) {
    return request.user().equals(USER) || request.user().equals("system:node:" + node());
  }

  @Override
  public void close() {
    place.kubectl().run("delete", "vnp", pool, "--timeout=60s");
    jvm.close();
    // By TERM, so that what it was told to write at its end is written: a flight recording, say.
    operator.stop();
  }
}
