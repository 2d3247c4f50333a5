package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Network;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.testcontainers.containers.output.OutputFrame;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A real Kubernetes: the API server, scheduler and controllers of our own image, or of k3s where
 * K3S_IMAGE names one (rancher/k3s:…), as a container of the {@link Engine}.
 */
public final class Cluster implements AutoCloseable {
  /** The pool that the samples make, with its Nodes: for one test at a time. */
  public static final String BURST = "the pool burst";

  /** Which operators are deployed, at which each doctor looks: for one test at a time. */
  public static final String OPERATORS = "the operators' Deployments";

  /** Where the tests of a run leave what explains them. */
  static final Path FOLDER = Path.of("target", "cluster").toAbsolutePath();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration API_SERVER_PATIENCE = Duration.ofMinutes(1);
  private static final String OWNER = "io.virtualnodes.test.owner";
  private static final Path CONTROL_PLANE = Path.of("src/test/control-plane/go.mod");

  private static final Once SHARED = new Once("shared");
  private static final Once DISRUPTED = new Once("disrupted");

  private final Path folder;
  private final Engine engine;
  private final K3sContainer container;
  private final Path kubeconfig;
  private final KubernetesClient client;
  private final Kubectl kubectl;
  private final List<Crash> crashes = new CopyOnWriteArrayList<>();
  private OperatorRights rights;
  private OperatorProcess operator;

  private Cluster(Path folder, Engine engine, K3sContainer container) {
    this.folder = folder;
    this.engine = engine;
    this.container = container;
    String access = container.getKubeConfigYaml();
    this.kubeconfig = write(folder.resolve("admin.kubeconfig"), access);
    this.client = new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(access)).build();
    this.kubectl = Kubectl.of(kubeconfig);
  }

  /**
   * The cluster in which the tests of a class run: that of {@link Disruptive} ones, or that of all
   * others. Each is started for the first test that asks and stopped when the JVM ends.
   *
   * @throws IllegalStateException if it cannot be had, with what to do; the same to every test
   */
  public static Cluster of(Class<?> test) {
    return (test.isAnnotationPresent(Disruptive.class) ? DISRUPTED : SHARED).get();
  }

  /** Those of {@link #of} that this run has started so far. */
  static List<Cluster> started() {
    return Stream.of(SHARED, DISRUPTED).flatMap(once -> once.started().stream()).toList();
  }

  /**
   * A further one for a test that needs other programs' settings, until it is closed.
   *
   * @param name of its folder
   * @param flags of the API server, as {@code feature-gates=X=false}
   */
  static Cluster apart(String name, String... flags) {
    return start(FOLDER.resolve(name), List.of(flags));
  }

  private static final class Once {
    private final String name;
    // Both guarded by this: the cluster, or why there is none.
    private Cluster cluster;
    private RuntimeException failure;

    Once(String name) {
      this.name = name;
    }

    synchronized Cluster get() {
      if (failure != null) {
        throw new IllegalStateException(failure.getMessage(), failure);
      }
      if (cluster == null) {
        try {
          cluster = start(FOLDER.resolve(name), List.of());
        } catch (RuntimeException e) {
          failure = e;
          throw e;
        }
      }
      return cluster;
    }

    synchronized Optional<Cluster> started() {
      return Optional.ofNullable(cluster);
    }
  }

  /** A namespace, ready for pods, and a prefix of names for one test class. */
  public Place place(Class<?> test) {
    return place(Place.nameOf(test));
  }

  /** As {@link #place(Class)}, for a test that needs a second one. */
  public Place place(String name) {
    var place = new Place(this, name);
    var namespace =
        new NamespaceBuilder().withNewMetadata().withName(place.name()).endMetadata().build();
    if (client.resource(namespace).get() == null) {
      client.resource(namespace).create();
    }
    // Made by a controller a moment later; until then every pod is refused.
    client
        .serviceAccounts()
        .inNamespace(place.namespace())
        .withName("default")
        .waitUntilCondition(Objects::nonNull, 30, TimeUnit.SECONDS);
    return place;
  }

  /** A client with an administrator's rights. */
  public KubernetesClient client() {
    return client;
  }

  /** An administrator's kubeconfig. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** kubectl as an administrator, in the namespace {@code default}. */
  public Kubectl kubectl() {
    return kubectl;
  }

  /** As {@link #kubectl()}, in a namespace: as after {@code kubectl config set-context}. */
  Kubectl kubectlIn(String namespace) {
    var access = KubeConfigUtils.parseConfigFromString(container.getKubeConfigYaml());
    access.getContexts().getFirst().getContext().setNamespace(namespace);
    Path file = folder.resolve("admin-" + namespace + ".kubeconfig");
    return Kubectl.of(write(file, Serialization.asYaml(access)));
  }

  /** Where its tests leave what explains them, and what they need to reach it. */
  Path folder() {
    return folder;
  }

  public Engine engine() {
    return engine;
  }

  /** The address at which the API server reaches a port of this machine. */
  public String thisMachine() {
    return container.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
        .map(network -> network.getGateway())
        .filter(gateway -> gateway != null && !gateway.isEmpty())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException("the cluster's container has no network with a gateway"));
  }

  /** Where containers in the engine's own network reach the API server. */
  public String serverForContainers() {
    return container.getContainerInfo().getNetworkSettings().getNetworks().values().stream()
        .map(network -> network.getIpAddress())
        .filter(address -> address != null && !address.isEmpty())
        .findFirst()
        .map(address -> "https://" + address + ":6443")
        .orElseThrow(
            () -> new IllegalStateException("the cluster's container has no address of its own"));
  }

  /** An administrator's kubeconfig for containers in the engine's own network. */
  String kubeconfigForContainers() {
    var access = KubeConfigUtils.parseConfigFromString(container.getKubeConfigYaml());
    access.getClusters().getFirst().getCluster().setServer(serverForContainers());
    return Serialization.asYaml(access);
  }

  /**
   * An image of ours that is made with the control plane's, by its name without the version.
   *
   * @throws IllegalStateException if the engine does not have it, with what to do
   */
  String image(String name) {
    String image = "virtualnodes/" + name + ":" + version();
    requireImage(engine, image);
    return image;
  }

  private static void requireImage(Engine engine, String image) {
    if (!engine.has(image)) {
      throw new IllegalStateException(
          "There is no image " + image + ": run src/test/setup.sh, which builds it");
    }
  }

  /** What the API server was asked for so far. */
  public AuditLog audit() {
    return new AuditLog(container);
  }

  /**
   * Its first process, as this machine sees it; the control plane's programs are its children.
   *
   * @throws IllegalStateException if it runs on another machine
   */
  public ProcessHandle process() {
    Long number = container.getCurrentContainerInfo().getState().getPidLong();
    return ProcessHandle.of(number)
        .orElseThrow(() -> new IllegalStateException("the cluster runs on another machine"));
  }

  /**
   * Kills the API server and returns when the one that is started in its place answers. All its
   * clients' connections break; what is stored stays.
   *
   * @throws IllegalStateException if the cluster is k3s, whose parts are one process
   */
  public void crashApiServer() {
    requireOwnImage();
    var from = Instant.now();
    String before = apiServerStart();
    engine.client().killContainerCmd(container.getContainerId()).withSignal("HUP").exec();
    Awaitility.await("another API server")
        .atMost(API_SERVER_PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .ignoreExceptions()
        .until(() -> !apiServerStart().equals(before) && client.raw("/readyz").equals("ok"));
    crashes.add(new Crash(from, Instant.now()));
  }

  /**
   * Whether the API server had been killed and was not ready again. One that has just started knows
   * of nobody's rights yet, and refuses everybody.
   */
  boolean crashed(Instant at) {
    return crashes.stream()
        .anyMatch(crash -> !at.isBefore(crash.from()) && !at.isAfter(crash.ready()));
  }

  private record Crash(Instant from, Instant ready) {}

  private String apiServerStart() {
    return client
        .raw("/metrics")
        .lines()
        .filter(line -> line.startsWith("process_start_time_seconds "))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Removes from the store what was before now. Who watched from then on and was cut off has to
   * list anew once the API server has been restarted, since that keeps some history of its own.
   *
   * @throws IllegalStateException if the cluster is k3s, which has another store
   */
  public void forgetHistory() {
    requireOwnImage();
    var header = etcd("/v3/maintenance/status", "{}").get("header");
    etcd(
        "/v3/kv/compaction",
        "{\"revision\": %s, \"physical\": true}".formatted(header.get("revision").asText()));
  }

  /** Asks the store, which listens inside of the container alone. */
  private JsonNode etcd(String path, String request) {
    String file = "/request.json";
    container.copyFileToContainer(Transferable.of(request), file);
    try {
      var answer =
          container.execInContainer(
              "kubectl", "--server=http://127.0.0.1:2379", "create", "--raw=" + path, "-f", file);
      if (answer.getExitCode() != 0) {
        throw new IllegalStateException("etcd refuses %s: %s".formatted(path, answer.getStderr()));
      }
      return JSON.readTree(answer.getStdout());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while etcd was asked", e);
    }
  }

  private void requireOwnImage() {
    if (k3sImage().isPresent()) {
      throw new IllegalStateException(
          "k3s runs all of a control plane in one process: unset K3S_IMAGE for this test");
    }
  }

  private static Optional<String> k3sImage() {
    return Optional.ofNullable(System.getenv("K3S_IMAGE")).filter(image -> !image.isEmpty());
  }

  /**
   * What {@code deploy/base} gives the operator, with the CRD, and the policy that holds it to its
   * own objects; applied for the first who asks.
   */
  public synchronized OperatorRights rights() {
    if (rights == null) {
      rights = OperatorRights.apply(this, "deploy/base", "");
      kubectl.run("apply", "-k", "deploy/policies/own-objects");
    }
    return rights;
  }

  /**
   * The operator that tests share, ready. One that a test has stopped or killed is started again. A
   * test that needs other settings stops it and starts its own.
   */
  public synchronized OperatorProcess operator() {
    if (operator == null) {
      operator = OperatorProcess.of(this, Map.of());
    }
    operator.ensureReady();
    return operator;
  }

  /** For a test that starts operators of its own: the shared one, if it runs, gives up the lead. */
  public synchronized void stopOperator() {
    if (operator != null) {
      operator.stop();
    }
  }

  /** For one {@link #apart}; the others stay until the JVM ends. */
  @Override
  public synchronized void close() {
    if (operator != null) {
      operator.close();
    }
    client.close();
    container.stop();
  }

  private static Cluster start(Path folder, List<String> flags) {
    var engine = Engine.find();
    removeLeftovers(engine);
    Optional<String> k3s = k3sImage();
    String image = k3s.orElseGet(Cluster::ownImage);
    if (k3s.isEmpty()) {
      requireImage(engine, image);
    }
    var container =
        new K3sContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("rancher/k3s"));
    AuditLog.enable(container);
    furtherArguments(
        container,
        // They ask for figures every 15 s unless told otherwise.
        Stream.concat(
            Stream.of("--kube-controller-manager-arg=horizontal-pod-autoscaler-sync-period=5s"),
            flags.stream().map(flag -> "--kube-apiserver-arg=" + flag)));
    container
        // k3s mounts file systems, ours does not.
        .withPrivilegedMode(k3s.isPresent())
        .withLabels(ownership())
        .withLogConsumer(logTo(folder.resolve("control-plane.log")));
    Runtime.getRuntime().addShutdownHook(new Thread(container::stop, "stop the cluster"));
    container.start();
    return new Cluster(folder, engine, container);
  }

  private static void furtherArguments(K3sContainer container, Stream<String> arguments) {
    container.setCommand(
        Stream.concat(Stream.of(container.getCommandParts()), arguments).toArray(String[]::new));
  }

  private static String ownImage() {
    return "virtualnodes/control-plane:" + version();
  }

  /** It stands in the module that the images are built from, and nowhere else. */
  private static String version() {
    Matcher version = Pattern.compile("k8s\\.io/kubernetes (v\\S+)").matcher(read(CONTROL_PLANE));
    if (!version.find()) {
      throw new IllegalStateException(CONTROL_PLANE + " does not require k8s.io/kubernetes");
    }
    return version.group(1);
  }

  /**
   * Removes what runs left at the engine that were killed before they could: what a process of this
   * machine owned which is no more.
   */
  private static void removeLeftovers(Engine engine) {
    for (Container container : engine.containers(Map.of())) {
      String owner = container.getLabels().get(OWNER);
      if (owner != null && isGone(owner)) {
        engine.remove(container.getId());
      }
    }
    for (Network network : engine.client().listNetworksCmd().exec()) {
      String owner = network.getLabels().get(OWNER);
      // One that pods are in as well stays: their pools are leftovers that somebody has to see.
      if (owner != null && isGone(owner) && isEmpty(engine, network)) {
        engine.client().removeNetworkCmd(network.getId()).exec();
      }
    }
  }

  private static boolean isEmpty(Engine engine, Network network) {
    return engine
        .client()
        .inspectNetworkCmd()
        .withNetworkId(network.getId())
        .exec()
        .getContainers()
        .isEmpty();
  }

  /** Labels of what this run leaves at the engine for as long as it lasts. */
  public static Map<String, String> ownership() {
    return Map.of(OWNER, thisProcess());
  }

  private static String thisProcess() {
    return owner(ProcessHandle.current());
  }

  // With its start, since numbers of processes are used again; with the machine, since an engine
  // can serve several.
  private static String owner(ProcessHandle process) {
    return machine() + "/" + process.pid() + "/" + start(process);
  }

  private static long start(ProcessHandle process) {
    return process.info().startInstant().orElseThrow().toEpochMilli();
  }

  private static boolean isGone(String owner) {
    String[] parts = owner.split("/");
    long start = Long.parseLong(parts[2]);
    // A start is told after the machine's, which one JVM may take for a second later than another.
    return parts[0].equals(machine())
        && ProcessHandle.of(Long.parseLong(parts[1]))
            .filter(process -> Math.abs(start(process) - start) < 2_000)
            .isEmpty();
  }

  private static String machine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      throw new UncheckedIOException("this machine does not know its own name", e);
    }
  }

  static Consumer<OutputFrame> logTo(Path file) {
    try {
      Files.createDirectories(file.getParent());
      OutputStream log = Files.newOutputStream(file);
      return frame -> {
        try {
          if (frame.getBytes() != null) {
            log.write(frame.getBytes());
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, text, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
