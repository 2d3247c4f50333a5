package io.virtualnodes.chaos;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.cluster.Kubectl;
import java.util.List;
import java.util.Objects;

/** The pools of a run, as their owner handles them. */
final class Pools {
  private static final String NOWHERE =
      "docker: { host: \"unix:///nonexistent.sock\", sandboxImage: \"virtualnodes/pause:latest\" }";

  private final KubernetesClient client;
  private final Kubectl kubectl;
  private final TriedBackend backend;

  Pools(KubernetesClient client, Kubectl kubectl, TriedBackend backend) {
    this.client = client;
    this.kubectl = kubectl;
    this.backend = backend;
  }

  void make(String name, int nodes) {
    make(name, nodes, backend.rung(), false);
  }

  /** One whose service never answers, and whose owner does without it. */
  void makeLost(String name) {
    make(name, 1, NOWHERE, true);
  }

  private void make(String name, int nodes, String rung, boolean forceOrphan) {
    kubectl.runWith(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: %s }
        spec:
          nodes: { count: %d, capacity: { cpu: "400", memory: 400Gi, pods: "400" } }
          backends: [{ name: tried, %s }]
          retention: 24h
          drain: { deadline: 3s, forceOrphan: %s }
        """
            .formatted(name, nodes, rung, forceOrphan),
        "apply",
        "-f",
        "-");
  }

  void scale(String name, int nodes) {
    merge(name, "{\"spec\":{\"nodes\":{\"count\":%d}}}".formatted(nodes));
  }

  void stop(String name, String policy) {
    merge(name, "{\"spec\":{\"stopPolicy\":\"%s\"}}".formatted(policy));
  }

  void retain(String name, String time) {
    merge(name, "{\"spec\":{\"retention\":\"%s\"}}".formatted(time));
  }

  private void merge(String name, String patch) {
    client
        .resources(VirtualNodePool.class)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  /** Asks for its end and waits for nothing. */
  void delete(String name) {
    client.resources(VirtualNodePool.class).withName(name).delete();
  }

  List<String> names() {
    return client.resources(VirtualNodePool.class).list().getItems().stream()
        .map(pool -> pool.getMetadata().getName())
        .toList();
  }

  /** Empty if the pool does not say. */
  String condition(String name, String type) {
    var pool = client.resources(VirtualNodePool.class).withName(name).get();
    return pool == null || pool.getStatus() == null
        ? ""
        : pool.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals(type))
            .map(condition -> condition.getStatus())
            .filter(Objects::nonNull)
            .findFirst()
            .orElse("");
  }
}
