package io.virtualnodes.bench;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The least that an agent can do: one status write and one delete a pod. It is a program of its
 * own; its node is made here by hand and kept alive from here.
 */
final class FloorAgent implements Agent {
  private static final String LEASES = "kube-node-lease";
  private static final Duration LEASE_RENEWAL = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KubernetesClient client;
  private final String name;
  private final List<String> command;
  private final Path output;
  private final ScheduledExecutorService heartbeat =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("heartbeat of the floor").unstarted(task));
  private Process process;

  private FloorAgent(KubernetesClient client, String name, List<String> command, Path output) {
    this.client = client;
    this.name = name;
    this.command = command;
    this.output = output;
  }

  /**
   * One that speaks as cheaply as can be: as an administrator, in protobuf.
   *
   * @param program what {@code src/test/setup/floor.sh} built
   * @param folder where it logs
   */
  static FloorAgent of(Cluster cluster, Path program, Path folder) {
    return of(cluster, "floor", program, cluster.kubeconfig(), List.of(), folder);
  }

  /**
   * One that speaks as the operator must: by its rights as the node, and in JSON. What it costs
   * more than the other is the price of that, and what the operator costs more than it is the
   * operator's own.
   */
  static FloorAgent asNode(Cluster cluster, Path program, Path folder) {
    var name = "floor-as-node";
    return of(
        cluster,
        name,
        program,
        cluster.rights().kubeconfig(),
        List.of("-as=system:node:" + name, "-json"),
        folder);
  }

  private static FloorAgent of(
      Cluster cluster,
      String name,
      Path program,
      Path kubeconfig,
      List<String> options,
      Path folder) {
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.add("-kubeconfig=" + kubeconfig);
    command.add("-node=" + name);
    command.addAll(options);
    var agent = new FloorAgent(cluster.client(), name, command, folder.resolve(name + ".log"));
    agent.makeNode();
    agent.heartbeat.scheduleAtFixedRate(
        agent::renewLease, 0, LEASE_RENEWAL.toSeconds(), TimeUnit.SECONDS);
    return agent;
  }

  private void makeNode() {
    var amounts =
        Map.of(
            "cpu", new Quantity("100000"),
            "memory", new Quantity("100Ti"),
            "pods", new Quantity("100000"));
    var node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .addNewTaint("NoSchedule", "virtualnodes.io/bench", null, name)
            .endSpec()
            .withNewStatus()
            .withCapacity(amounts)
            .withAllocatable(amounts)
            .addNewCondition()
            .withType("Ready")
            .withStatus("True")
            .withReason("KubeletReady")
            .withLastHeartbeatTime(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            .endCondition()
            .endStatus()
            .build();
    client.resource(node).create();
    client.resource(node).patchStatus();
    var lease =
        new LeaseBuilder()
            .withNewMetadata()
            .withName(name)
            .withNamespace(LEASES)
            .endMetadata()
            .withNewSpec()
            .withHolderIdentity(name)
            .withLeaseDurationSeconds(40)
            .endSpec()
            .build();
    client.resource(lease).create();
  }

  private void renewLease() {
    client
        .leases()
        .inNamespace(LEASES)
        .withName(name)
        .edit(
            lease ->
                new LeaseBuilder(lease)
                    .editSpec()
                    .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                    .endSpec()
                    .build());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String node() {
    return name;
  }

  @Override
  public void begin() {
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("the floor could not be started: " + e.getMessage(), e);
    }
    var started = process;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop the floor"));
    Awaitility.await("the floor")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> said().contains("floor: ready"));
  }

  @Override
  public void end() {
    process.destroy();
    process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    if (!said().contains("floor: 0 requests failed")) {
      throw new AssertionError("the floor said: " + said());
    }
  }

  private String said() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public Optional<JvmMeter> jvm() {
    return Optional.empty();
  }

  @Override
  public boolean made(Request request) {
    return request.agent().equals(name);
  }

  @Override
  public void close() {
    heartbeat.shutdownNow();
    client.nodes().withName(name).delete();
    client.leases().inNamespace(LEASES).withName(name).delete();
  }
}
