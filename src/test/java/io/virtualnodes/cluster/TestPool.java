package io.virtualnodes.cluster;

import com.github.dockerjava.api.model.Container;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.virtualnodes.api.VirtualNodePool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** A pool as its owner handles it, with kubectl, and what others see of it. */
public record TestPool(Place place, String name) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String WAIT = "--timeout=" + PATIENCE.toSeconds() + "s";
  private static final String LEASES = "kube-node-lease";

  static TestPool of(Place place, String suffix) {
    return new TestPool(place, place.pool(suffix));
  }

  /** Applies it with the engine of the tests as its backend. */
  TestPool apply(String spec) {
    return apply(spec, place.cluster().engine().host());
  }

  /**
   * @param spec what stands in {@code spec} apart from the backends
   * @param engine where the engine listens
   */
  TestPool apply(String spec, String engine) {
    String pool =
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: %s }
        spec:
          backends:
          - name: local
            docker: { host: "%s", sandboxImage: "virtualnodes/pause:latest" }
        """
            .formatted(name, engine);
    place.kubectl().runWith(pool + spec.indent(2), "apply", "-f", "-");
    return this;
  }

  TestPool awaitReady() {
    return await("Ready");
  }

  /**
   * @param condition as {@code kubectl wait} takes it, such as Ready or Ready=False
   */
  TestPool await(String condition) {
    place.kubectl().run("wait", "--for=condition=" + condition, "vnp/" + name, WAIT);
    return this;
  }

  /** Deletes it and waits until it is gone. */
  void delete() {
    place.kubectl().run("delete", "vnp", name, "--ignore-not-found", WAIT);
  }

  VirtualNodePool resource() {
    return place.cluster().client().resources(VirtualNodePool.class).withName(name).get();
  }

  Condition condition(String type) {
    return resource().getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  String nodeName(int index) {
    return name + "-" + index;
  }

  /** Null if there is none. */
  Node node(int index) {
    return place.cluster().client().nodes().withName(nodeName(index)).get();
  }

  /** Null if there is none. */
  Lease lease(int index) {
    return place.cluster().client().leases().inNamespace(LEASES).withName(nodeName(index)).get();
  }

  /** Its containers at the engine, ended ones included. */
  List<Container> containers() {
    return place.cluster().engine().containers(Map.of("virtualnodes.io/pool", name));
  }

  List<Container> containers(String podName) {
    return place
        .cluster()
        .engine()
        .containers(Map.of("virtualnodes.io/pool", name, "virtualnodes.io/pod", podName));
  }

  /** A pod that runs until it is told to end, on any node of the pool. */
  Pod run(String podName) {
    return run(podName, "nodeSelector: { virtualnodes.io/pool: " + name + " }");
  }

  /** A pod that runs until it is told to end, on this node, whatever its taints. */
  Pod runOn(int node, String podName) {
    return run(podName, "nodeName: " + nodeName(node));
  }

  private Pod run(String podName, String where) {
    start(podName, where, "trap 'exit 0' TERM; while true; do sleep 0.1; done");
    place.kubectl().run("wait", "--for=condition=Ready", "pod/" + podName, WAIT);
    return pod(podName);
  }

  /** A pod that ends by itself. */
  Pod runToItsEnd(String podName) {
    start(podName, "nodeSelector: { virtualnodes.io/pool: " + name + " }", "echo done");
    place.kubectl().run("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/" + podName, WAIT);
    return pod(podName);
  }

  /** Applies a pod that tolerates the pool and waits for nothing. */
  void start(String podName, String where, String script) {
    place
        .kubectl()
        .runWith(
            """
            apiVersion: v1
            kind: Pod
            metadata: { name: %s, labels: { app: %s } }
            spec:
              %s
              tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]
              terminationGracePeriodSeconds: 2
              restartPolicy: Never
              automountServiceAccountToken: false
              containers:
              - name: main
                image: virtualnodes/busybox:latest
                imagePullPolicy: IfNotPresent
                command: [sh, -c, "%s"]
            """
                .formatted(podName, podName, where, script),
            "apply",
            "-f",
            "-");
  }

  /** Null if there is none. */
  Pod pod(String podName) {
    return place.cluster().client().pods().inNamespace(place.namespace()).withName(podName).get();
  }

  static List<String> taints(Node node) {
    return node.getSpec().getTaints().stream().map(TestPool::text).toList();
  }

  /** As {@code kubectl taint} spells it. */
  private static String text(Taint taint) {
    return taint.getKey()
        + (taint.getValue() == null ? "" : "=" + taint.getValue())
        + ":"
        + taint.getEffect();
  }

  static NodeCondition condition(Node node, String type) {
    return node.getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the node has no condition " + type + " yet"));
  }

  /** Asks again until it holds; what is not there yet does not. */
  static void eventually(ThrowingRunnable assertion) {
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(assertion);
  }
}
