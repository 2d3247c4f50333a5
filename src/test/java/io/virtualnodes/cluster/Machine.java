package io.virtualnodes.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A node beside ours, as the cluster's controllers see a machine: it stays ready, pods on it are
 * ready at once, and those that are deleted are gone at once. Nothing of them runs. Its taint keeps
 * all away that do not tolerate everything.
 */
final class Machine implements AutoCloseable {
  /** The node lifecycle controller takes a node for lost after 50 s (node-monitor-grace-period). */
  private static final int HEARTBEAT_SECONDS = 10;

  private final KubernetesClient client;
  private final String name;
  private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
  private final SharedIndexInformer<Pod> pods;

  private Machine(KubernetesClient client, String name) {
    this.client = client;
    this.name = name;
    client.resource(node()).create();
    heart.scheduleAtFixedRate(this::beat, 0, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    this.pods =
        client.pods().inAnyNamespace().withField("spec.nodeName", name).inform(new Kubelet());
  }

  /** Registered, with a name that nobody else has. */
  static Machine in(Place place) {
    return new Machine(place.cluster().client(), place.pool("machine"));
  }

  String name() {
    return name;
  }

  private Node node() {
    var size =
        Map.of(
            "cpu", new Quantity("4"),
            "memory", new Quantity("8Gi"),
            "pods", new Quantity("20"));
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("kubernetes.io/hostname", name)
        .endMetadata()
        .withNewSpec()
        .addNewTaint()
        .withKey("virtualnodes.io/test-machine")
        .withEffect("NoSchedule")
        .endTaint()
        .endSpec()
        .withNewStatus()
        .withCapacity(size)
        .withAllocatable(size)
        .endStatus()
        .build();
  }

  private void beat() {
    client
        .nodes()
        .withName(name)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            """
            {"status": {"conditions": [{
              "type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "%s"
            }]}}
            """
                .formatted(now()));
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }

  /** What it takes of one for its pods to count. */
  private final class Kubelet implements ResourceEventHandler<Pod> {
    @Override
    public void onAdd(Pod pod) {
      look(pod);
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
      look(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean unknown) {}

    private void look(Pod pod) {
      if (pod.getMetadata().getDeletionTimestamp() != null) {
        client.resource(pod).withGracePeriod(0).delete();
      } else if ("Pending".equals(pod.getStatus().getPhase())) {
        client
            .resource(pod)
            .subresource("status")
            .patch(
                PatchContext.of(PatchType.STRATEGIC_MERGE),
                """
                {"status": {"phase": "Running", "conditions": [{
                  "type": "Ready", "status": "True", "lastTransitionTime": "%s"
                }]}}
                """
                    .formatted(now()));
      }
    }
  }

  @Override
  public void close() {
    heart.close();
    pods.close();
    client.nodes().withName(name).delete();
  }
}
