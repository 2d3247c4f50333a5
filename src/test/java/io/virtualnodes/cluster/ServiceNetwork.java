package io.virtualnodes.cluster;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Network;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A network of the engine in which the cluster's Services work, as in that of a machine: names
 * resolve, and their addresses lead to pods.
 *
 * <p>Its gateway is not the engine's machine but a container, in whose network namespace kube-proxy
 * works: it changes nothing on the machine, several clusters with the same addresses get along on
 * one, and nothing is left of it when it is gone.
 */
final class ServiceNetwork implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String KUBECONFIG = "/etc/kubeconfig";

  /** Keeps the gateway's address free: https://docs.docker.com/engine/network/drivers/bridge/. */
  private static final Map<String, String> WITHOUT_THE_MACHINE =
      Map.of("com.docker.network.bridge.inhibit_ipv4", "true");

  private final Cluster cluster;
  private final String name;
  private final String gateway;
  private final Router router;

  private ServiceNetwork(Cluster cluster, String name, String gateway, Router router) {
    this.cluster = cluster;
    this.name = name;
    this.gateway = gateway;
    this.router = router;
  }

  /**
   * One that works.
   *
   * @throws IllegalStateException if its image is not there, with what to do
   */
  static ServiceNetwork of(Cluster cluster) {
    String image = cluster.image("network");
    String name = "virtualnodes-" + UUID.randomUUID().toString().substring(0, 8);
    var engine = cluster.engine().client();
    engine
        .createNetworkCmd()
        .withName(name)
        .withOptions(WITHOUT_THE_MACHINE)
        .withLabels(Cluster.ownership())
        .exec();
    String gateway = gateway(engine.inspectNetworkCmd().withNetworkId(name).exec());
    var network = new ServiceNetwork(cluster, name, gateway, router(cluster, image, name, gateway));
    try {
      network.start();
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private static String gateway(Network network) {
    return network.getIpam().getConfig().getFirst().getGateway();
  }

  /** In the network, and in the engine's own, where the API server is. */
  private static final class Router extends GenericContainer<Router> {
    private final Engine engine;

    Router(String image, Engine engine) {
      super(DockerImageName.parse(image));
      this.engine = engine;
    }

    @Override
    protected void containerIsCreated(String id) {
      engine.client().connectToNetworkCmd().withNetworkId("bridge").withContainerId(id).exec();
    }
  }

  private static Router router(Cluster cluster, String image, String name, String gateway) {
    return new Router(image, cluster.engine())
        .withNetworkMode(name)
        .withCreateContainerCmdModifier(ServiceNetwork::letRoute)
        .withCopyToContainer(Transferable.of(cluster.kubeconfigForContainers()), KUBECONFIG)
        .withCommand("--gateway=" + gateway, "--node=" + name, "--kubeconfig=" + KUBECONFIG)
        .withLabels(Cluster.ownership())
        .withLogConsumer(Cluster.logTo(cluster.folder().resolve("network.log")))
        .waitingFor(Wait.forLogMessage(".*the network works.*", 1).withStartupTimeout(PATIENCE));
  }

  private static void letRoute(CreateContainerCmd command) {
    command
        .getHostConfig()
        .withCapAdd(Capability.NET_ADMIN)
        .withSysctls(Map.of("net.ipv4.ip_forward", "1"));
  }

  private void start() {
    // kube-proxy waits for the Node that it works for, and takes its address.
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withUnschedulable(true)
            .endSpec()
            .withNewStatus()
            .addNewAddress()
            .withType("InternalIP")
            .withAddress(gateway)
            .endAddress()
            .endStatus()
            .build();
    cluster.client().resource(node).create();
    // Others write to a new Node as well: no update, which would ask for the version that we know.
    cluster
        .client()
        .resource(node)
        .subresource("status")
        .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), node);
    router.start();
  }

  /** As a pool's {@code docker.network} says it. */
  String name() {
    return name;
  }

  /** Where the cluster's DNS answers. */
  List<String> dnsServers() {
    return List.of(gateway);
  }

  /** Removes it; no container may be in it any more. */
  @Override
  public void close() {
    router.stop();
    cluster.client().nodes().withName(name).delete();
    cluster.engine().client().removeNetworkCmd(name).exec();
  }
}
