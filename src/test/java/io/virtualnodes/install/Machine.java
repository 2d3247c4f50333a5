package io.virtualnodes.install;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A machine of the cluster, whose pods run as containers of the tests' engine. */
final class Machine implements AutoCloseable {
  /** The node lifecycle controller takes a node for lost after 50 s (node-monitor-grace-period). */
  private static final int HEARTBEAT_SECONDS = 10;

  private static final Path SOCKET = Path.of("/var/run/docker.sock");

  private final Cluster cluster;
  private final KubernetesClient client;
  private final String name;
  private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor();
  // By uid. Those that have ended stay, with what they have left.
  private final Map<String, MachinePod> pods = new ConcurrentHashMap<>();
  private final MachinePort port;
  private final SharedIndexInformer<Pod> watch;

  private Machine(Cluster cluster, String name) {
    this.cluster = cluster;
    this.client = cluster.client();
    this.name = name;
    this.port = MachinePort.at(cluster.thisMachine(), this::pods);
    client.resource(node()).create();
    heart.scheduleAtFixedRate(this::beat, 0, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    this.watch =
        client.pods().inAnyNamespace().withField("spec.nodeName", name).inform(new Kubelet());
  }

  /** Registered, as one that has the engine of the overlay {@code docker}. */
  static Machine in(Cluster cluster, String name) {
    return new Machine(cluster, name);
  }

  /** Whose members may use the socket of its engine. */
  static int groupOfTheSocket() {
    try {
      return (int) Files.getAttribute(SOCKET, "unix:gid");
    } catch (IOException e) {
      throw new IllegalStateException(
          "The engine of this test has to listen at " + SOCKET + " of this machine", e);
    }
  }

  /** What has run on it so far, in no order. */
  Collection<MachinePod> pods() {
    return List.copyOf(pods.values());
  }

  /** What runs on it now, in no order. */
  Collection<MachinePod> runningPods() {
    return pods.values().stream().filter(MachinePod::runs).toList();
  }

  private io.fabric8.kubernetes.api.model.Node node() {
    var size =
        Map.of(
            "cpu", new Quantity("4"),
            "memory", new Quantity("8Gi"),
            "ephemeral-storage", new Quantity("20Gi"),
            "pods", new Quantity("20"));
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("kubernetes.io/hostname", name)
        .addToLabels("kubernetes.io/os", "linux")
        .addToLabels("virtualnodes.io/engine", "docker")
        .endMetadata()
        .withNewStatus()
        .withCapacity(size)
        .withAllocatable(size)
        .addNewAddress(cluster.thisMachine(), "InternalIP")
        .withNewDaemonEndpoints()
        .withNewKubeletEndpoint(port.number())
        .endDaemonEndpoints()
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
                .formatted(Instant.now().truncatedTo(ChronoUnit.SECONDS)));
  }

  /** Starts what is bound to the machine, and ends what is deleted. */
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
    public void onDelete(Pod pod, boolean unknown) {
      var gone = pods.get(pod.getMetadata().getUid());
      if (gone != null) {
        gone.end(0);
      }
    }

    private void look(Pod pod) {
      var known =
          pods.computeIfAbsent(pod.getMetadata().getUid(), uid -> MachinePod.start(cluster, pod));
      if (pod.getMetadata().getDeletionTimestamp() != null) {
        known.end(pod.getMetadata().getDeletionGracePeriodSeconds());
      }
    }
  }

  /** Ends all that runs on it, and takes it out of the cluster. */
  @Override
  public void close() {
    watch.close();
    heart.close();
    port.close();
    pods.values().forEach(pod -> pod.end(0));
    pods.values().forEach(MachinePod::awaitEnd);
    client.nodes().withName(name).delete();
  }
}
