package io.virtualnodes.cluster;

import static io.virtualnodes.cluster.TestPool.condition;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Frame;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.NodeConditionBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.emulator.arm.ArmEmulator;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A pool that one test class has to itself, with its pods in the class's namespace. Closing it
 * removes them all, and fails if something is left at its backend.
 *
 * <p>In manifests, a line {@code $onThePool} stands for what brings a pod onto the pool's nodes,
 * and {@code $busybox} for an image that the engine has.
 */
final class VirtualPool implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(90);
  static final String ECS_CLUSTER = "virtual-nodes";
  static final String LOG_GROUP = "/virtual-nodes/pods";
  private static final String BUSYBOX = "virtualnodes/busybox:latest";
  private static final Pattern ON_THE_POOL = Pattern.compile("(?m)^( *)\\$onThePool$");
  private static final Pattern IMAGE = Pattern.compile("(?m)^( *)\\$busybox$");

  private final Place place;
  private final String name;
  private final Engine engine;
  private final Kubectl kubectl;
  private final EngineHistory history;

  private VirtualPool(Place place, Engine engine) {
    this.place = place;
    this.name = place.pool("pool");
    this.engine = engine;
    this.kubectl = place.kubectl();
    this.history = EngineHistory.of(engine.client(), name);
  }

  /** On the engine of the tests, ready for pods, with the shared operator. */
  static VirtualPool of(Class<?> test) {
    return on(Cluster.of(test).engine(), test);
  }

  /** As {@link #of}, on another engine. */
  static VirtualPool on(Engine engine, Class<?> test) {
    return of(test, engine, docker(engine.host()));
  }

  /** As {@link #of}, with the engine behind a proxy. */
  static VirtualPool behind(Gate proxy, Class<?> test) {
    return of(test, Cluster.of(test).engine(), docker(proxy.host()));
  }

  /**
   * As {@link #of}, with a backend that runs nothing.
   *
   * @param settings what stands in {@code simulated}
   */
  static VirtualPool simulated(String settings, Class<?> test) {
    return of(test, Cluster.of(test).engine(), "simulated: " + settings);
  }

  /** As {@link #of}, at an emulated Azure. */
  static VirtualPool at(ArmEmulator azure, Class<?> test) {
    return at(azure, "", test);
  }

  /**
   * As {@link #of}, at an emulated Azure.
   *
   * @param settings further ones of {@code aci}, each with a comma before it
   */
  static VirtualPool at(ArmEmulator azure, String settings, Class<?> test) {
    return of(
        test,
        Cluster.of(test).engine(),
        """
        aci: { subscriptionId: 11111111-2222-3333-4444-555555555555, resourceGroup: groups,\
         location: eastus, managementEndpoint: "%s", subnetIds: ["/subscriptions/s/resourceGroups\
        /net/providers/Microsoft.Network/virtualNetworks/v/subnets/n"]%s }\
        """
            .formatted(azure.address(), settings));
  }

  /** As {@link #of}, at an emulated ECS that has {@link #ECS_CLUSTER} and {@link #LOG_GROUP}. */
  static VirtualPool at(EcsEmulator aws, Class<?> test) {
    return of(
        test,
        Cluster.of(test).engine(),
        """
        fargate: { region: us-east-1, cluster: %s, subnets: [subnet-0a1b2c3d, subnet-0b1c2d3e],\
         executionRole: "arn:aws:iam::123456789012:role/execution", logGroup: %s,\
         helperImage: "virtualnodes/busybox:latest", endpoint: "%s" }\
        """
            .formatted(ECS_CLUSTER, LOG_GROUP, aws.endpoint()));
  }

  /**
   * As {@link #of}, with pods that are told this of the cluster's network.
   *
   * @param network what stands in {@code spec.network}
   */
  static VirtualPool told(String network, Class<?> test) {
    var engine = Cluster.of(test).engine();
    return of(test, engine, docker(engine.host()), "network: " + network);
  }

  /** As {@link #of}, in a network where Services work. */
  static VirtualPool in(ServiceNetwork network, Class<?> test) {
    var engine = Cluster.of(test).engine();
    return of(
        test,
        engine,
        docker(engine.host()).replace(" }", ", network: " + network.name() + " }"),
        "network: { dnsServers: [%s] }".formatted(String.join(", ", network.dnsServers())));
  }

  private static String docker(String host) {
    return "docker: { host: \"%s\", sandboxImage: \"virtualnodes/pause:latest\" }".formatted(host);
  }

  private static VirtualPool of(Class<?> test, Engine engine, String backend) {
    return of(test, engine, backend, "");
  }

  private static VirtualPool of(Class<?> test, Engine engine, String backend, String further) {
    var cluster = Cluster.of(test);
    cluster.operator();
    var pool = new VirtualPool(cluster.place(test), engine);
    pool.applyPool(backend, further);
    pool.kubectl.run("wait", "--for=condition=Ready", "vnp/" + pool.name, "--timeout=60s");
    return pool;
  }

  /**
   * @param further of {@code spec}, a line of it or none
   */
  private void applyPool(String backend, String further) {
    apply(
        """
        apiVersion: virtualnodes.io/v1alpha1
        kind: VirtualNodePool
        metadata: { name: %s }
        spec:
          nodes:
            count: 2
            capacity: { cpu: "16", memory: 16Gi, pods: "200" }
          backends:
          - name: backend
            %s
          drain: { deadline: 1s }
          %s
        """
            .formatted(name, backend, further));
  }

  /** Gives a simulated pool other settings. */
  void simulate(String settings) {
    applyPool("simulated: " + settings, "");
  }

  String name() {
    return name;
  }

  Cluster cluster() {
    return place.cluster();
  }

  String namespace() {
    return place.namespace();
  }

  /** Of the pool, by which a cloud knows its groups. */
  String uid() {
    return kubectl.run("get", "vnp", name, "--output=jsonpath={.metadata.uid}");
  }

  /** As an administrator, in the class's namespace. */
  Kubectl kubectl() {
    return kubectl;
  }

  /** What its engine did. */
  EngineHistory history() {
    return history;
  }

  /** What its simulation did so far. */
  SimulationHistory simulation() {
    return SimulationHistory.of(name);
  }

  void apply(String manifest) {
    kubectl.runWith(filled(manifest), "apply", "-f", "-");
  }

  /** Applies a pod of one container and waits for nothing. */
  void run(String podName, String restartPolicy, String script) {
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: %s }
        spec:
          $onThePool
          restartPolicy: %s
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, '%s']
        """
            .formatted(podName, restartPolicy, script));
  }

  private String filled(String manifest) {
    var placed =
        ON_THE_POOL
            .matcher(manifest)
            .replaceAll(
                "$1nodeSelector: { virtualnodes.io/pool: "
                    + name
                    + " }\n$1tolerations: [{ key: virtualnodes.io/pool, operator: Exists }]");
    return IMAGE
        .matcher(placed)
        .replaceAll("$1image: " + BUSYBOX + "\n$1imagePullPolicy: IfNotPresent");
  }

  List<Node> nodes() {
    return cluster().client().nodes().withLabel("virtualnodes.io/pool", name).list().getItems();
  }

  /** Of each node whether it is ready, and since when. */
  Map<String, NodeCondition> readiness() {
    return nodes().stream()
        .collect(
            Collectors.toMap(
                node -> node.getMetadata().getUid(),
                node -> withoutHeartbeat(condition(node, "Ready"))));
  }

  private static NodeCondition withoutHeartbeat(NodeCondition condition) {
    return new NodeConditionBuilder(condition).withLastHeartbeatTime(null).build();
  }

  /** The pod as it is now; null if there is none. */
  Pod pod(String podName) {
    return cluster().client().pods().inNamespace(namespace()).withName(podName).get();
  }

  /** What was told of a pod or claim, by its name. */
  List<Event> events(String name, String reason) {
    return cluster()
        .client()
        .v1()
        .events()
        .inNamespace(namespace())
        .withField("involvedObject.name", name)
        .withField("reason", reason)
        .list()
        .getItems();
  }

  /** Pods with this label. */
  List<Pod> pods(String key, String value) {
    return cluster()
        .client()
        .pods()
        .inNamespace(namespace())
        .withLabel(key, value)
        .list()
        .getItems();
  }

  /** Waits for a pod to be as wanted, and returns it. */
  Pod await(String podName, Predicate<Pod> wanted) {
    var last = new AtomicReference<Pod>();
    Awaitility.await("pod " + podName)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              last.set(pod(podName));
              return last.get() != null && wanted.test(last.get());
            });
    return last.get();
  }

  /** Waits for one of the pods with this label to be as wanted, and returns it. */
  Pod awaitOne(String key, String value, Predicate<Pod> wanted) {
    var found = new AtomicReference<Pod>();
    Awaitility.await("a pod of " + value)
        .atMost(PATIENCE)
        .until(
            () -> {
              pods(key, value).stream().filter(wanted).findFirst().ifPresent(found::set);
              return found.get() != null;
            });
    return found.get();
  }

  Pod awaitPhase(String podName, String phase) {
    return await(podName, pod -> phase.equals(pod.getStatus().getPhase()));
  }

  /** Waits until the pod's only container waits for this reason. */
  Pod awaitWaiting(String podName, String reason) {
    return await(
        podName,
        pod ->
            !pod.getStatus().getContainerStatuses().isEmpty()
                && container(pod).getState().getWaiting() != null
                && reason.equals(container(pod).getState().getWaiting().getReason()));
  }

  /** What is told of the pod's only container. */
  static ContainerStatus container(Pod pod) {
    assertThat(pod.getStatus().getContainerStatuses()).as("container statuses").hasSize(1);
    return pod.getStatus().getContainerStatuses().getFirst();
  }

  /** What the engine has of the pods whose names begin so, ended or not. */
  List<Container> atTheEngine(String podPrefix) {
    return engine.containers(labels()).stream()
        .filter(found -> found.getLabels().get("virtualnodes.io/pod").startsWith(podPrefix))
        .toList();
  }

  /** The pods' own containers that run now. */
  List<Container> running(String podPrefix) {
    return atTheEngine(podPrefix).stream()
        .filter(found -> found.getState().equals("running"))
        .filter(found -> found.getLabels().get("virtualnodes.io/role").equals("CONTAINER"))
        .toList();
  }

  /** The engine's own word on the container of a status. */
  InspectContainerResponse inspect(ContainerStatus status) {
    var id = status.getContainerID().replace("docker://", "");
    return engine.client().inspectContainerCmd(id).exec();
  }

  /** Runs a command in the container of a status, and returns what it writes. */
  String execute(ContainerStatus status, String... command) {
    var client = engine.client();
    var prepared =
        client
            .execCreateCmd(status.getContainerID().replace("docker://", ""))
            .withCmd(command)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .exec();
    var output = new ByteArrayOutputStream();
    var frames =
        new ResultCallback.Adapter<Frame>() {
          @Override
          public void onNext(Frame frame) {
            output.writeBytes(frame.getPayload());
          }
        };
    try (frames) {
      client.execStartCmd(prepared.getId()).exec(frames);
      assertThat(frames.awaitCompletion(30, TimeUnit.SECONDS)).as("%s ended", command[0]).isTrue();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
    return output.toString(StandardCharsets.UTF_8);
  }

  /**
   * Has the engine forget all of the pods whose names begin so, as one does that loses its disk.
   */
  void lose(String podPrefix) {
    atTheEngine(podPrefix).forEach(found -> engine.remove(found.getId()));
    volumes(podPrefix).forEach(volume -> engine.client().removeVolumeCmd(volume).exec());
  }

  /** Waits until neither a container nor a volume of these pods is left at the engine. */
  void awaitNothingAtTheEngine(String podPrefix) {
    Awaitility.await("the engine is rid of " + podPrefix)
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(atTheEngine(podPrefix)).isEmpty();
              assertThat(volumes(podPrefix)).isEmpty();
            });
  }

  /** Waits until its backend has nothing left of any pod. */
  void awaitNothingLeft() {
    awaitNothingAtTheEngine("");
    Awaitility.await("the simulation is rid of all")
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(simulation().living()).isEmpty());
  }

  private List<String> volumes(String podPrefix) {
    var answer =
        engine
            .client()
            .listVolumesCmd()
            .withFilter("label", List.of("virtualnodes.io/pool=" + name))
            .exec();
    return Objects.requireNonNullElse(answer.getVolumes(), List.<InspectVolumeResponse>of())
        .stream()
        // Those that outlive pods are of none.
        .filter(volume -> volume.getLabels().containsKey("virtualnodes.io/pod"))
        .filter(volume -> volume.getLabels().get("virtualnodes.io/pod").startsWith(podPrefix))
        .map(volume -> volume.getName())
        .toList();
  }

  /** Whether the engine has the content of a PersistentVolume. */
  boolean keeps(String persistentVolume) {
    try {
      engine.client().inspectVolumeCmd(kept(persistentVolume)).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  /** Removes the content of a PersistentVolume, as a person would. */
  void removeKept(String persistentVolume) {
    engine.client().removeVolumeCmd(kept(persistentVolume)).exec();
  }

  private String kept(String persistentVolume) {
    return "vn_" + name + "_claimed_" + persistentVolume;
  }

  private Map<String, String> labels() {
    return Map.of("virtualnodes.io/pool", name);
  }

  @Override
  public void close() {
    cluster().operator();
    kubectl.run("delete", "namespace", namespace(), "--wait=false");
    // Nobody learns anything from the grace that is left to them.
    kubectl.run("delete", "pods", "--all", "--grace-period=1", "--wait=false");
    kubectl.run("wait", "--for=delete", "namespace/" + namespace(), "--timeout=110s");
    awaitNothingLeft();
    kubectl.run("delete", "vnp", name, "--timeout=60s");
    history.close();
  }
}
