package io.virtualnodes.install;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pod of one container on a {@link Machine}: its sandbox, its container, its probes and its
 * status, from its start until it is gone. A thread of its own does all of it.
 */
final class MachinePod {
  private static final Logger log = LoggerFactory.getLogger(MachinePod.class);
  private static final Path FOLDER = Path.of("target", "install").toAbsolutePath();
  private static final Duration BEAT = Duration.ofMillis(250);

  private final Cluster cluster;
  private final KubernetesClient kubernetes;
  private final DockerClient docker;
  private final Pod pod;
  private final Container spec;
  private final PodFiles files;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Instant created = now();
  private final Thread thread;

  // Guarded by this: how long the container has to end, once it has to.
  private Optional<Long> grace = Optional.empty();

  private volatile Optional<Duration> start = Optional.empty();
  private final AtomicInteger restarts = new AtomicInteger();
  // The one that runs now.
  private volatile Optional<String> container = Optional.empty();
  private String sandbox;
  private String address;

  private MachinePod(Cluster cluster, Pod pod) {
    this.cluster = cluster;
    this.kubernetes = cluster.client();
    this.docker = cluster.engine().client();
    this.pod = pod;
    this.spec = pod.getSpec().getContainers().getFirst();
    this.files = new PodFiles(kubernetes, pod, FOLDER.resolve(pod.getMetadata().getUid()));
    this.thread = Thread.ofVirtual().name(pod.getMetadata().getName()).unstarted(this::run);
  }

  static MachinePod start(Cluster cluster, Pod pod) {
    var machinePod = new MachinePod(cluster, pod);
    machinePod.thread.start();
    return machinePod;
  }

  /** Asks it to end, with at most this long to do so in seconds. May be said again. */
  void end(long seconds) {
    synchronized (this) {
      grace = Optional.of(grace.map(earlier -> Math.min(earlier, seconds)).orElse(seconds));
    }
  }

  void awaitEnd() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a pod of the machine ended", e);
    }
  }

  /** Whether anything of it is left here. */
  boolean runs() {
    return thread.isAlive();
  }

  String image() {
    return spec.getImage();
  }

  /** How often its container was started again. */
  int restarts() {
    return restarts.get();
  }

  /** From the start of its container until it was ready for the first time, if it was. */
  Optional<Duration> timeToReady() {
    return start;
  }

  boolean isNamed(String namespace, String name) {
    return pod.getMetadata().getNamespace().equals(namespace)
        && pod.getMetadata().getName().equals(name);
  }

  /**
   * Writes what its container has said so far.
   *
   * @param latest how many lines at most; all if it does not say
   * @return whether it has a container
   */
  boolean writeLog(OptionalInt latest, OutputStream out) throws InterruptedException {
    var now = container;
    if (now.isEmpty()) {
      return false;
    }
    ContainerLog.copy(docker, now.get(), latest, out);
    return true;
  }

  PodFiles files() {
    return files;
  }

  private void run() {
    try {
      startSandbox();
      while (grace().isEmpty()) {
        runContainer();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      remove(sandbox);
      files.delete();
      http.close();
    }
    kubernetes.resource(pod).withGracePeriod(0).delete();
  }

  private synchronized Optional<Long> grace() {
    return grace;
  }

  private void startSandbox() {
    var made =
        docker
            .createContainerCmd("virtualnodes/pause:latest")
            .withHostName(pod.getMetadata().getName())
            .withLabels(Cluster.ownership())
            .exec();
    sandbox = made.getId();
    docker.startContainerCmd(sandbox).exec();
    address =
        docker
            .inspectContainerCmd(sandbox)
            .exec()
            .getNetworkSettings()
            .getNetworks()
            .values()
            .stream()
            .map(network -> network.getIpAddress())
            .findFirst()
            .orElseThrow();
  }

  /** Until it ends, or has to. */
  private void runContainer() throws InterruptedException {
    var made = createContainer();
    try {
      docker.startContainerCmd(made).exec();
      container = Optional.of(made);
      var began = Instant.now();
      var started = probing(spec.getStartupProbe(), began);
      var live = probing(spec.getLivenessProbe(), began);
      var ready = probing(spec.getReadinessProbe(), began);
      var reported = new Report(false, false);
      report(reported);
      while (grace().isEmpty() && runs(made)) {
        started.ask(Instant.now());
        if (started.passed()) {
          live.ask(Instant.now());
          ready.ask(Instant.now());
        }
        var now = new Report(started.passed(), ready.passed());
        if (!now.equals(reported)) {
          reported = now;
          report(now);
        }
        if (now.ready() && start.isEmpty()) {
          start = Optional.of(Duration.between(began, Instant.now()));
        }
        if (started.failed() || live.failed()) {
          break;
        }
        Thread.sleep(BEAT);
      }
      stop(made, grace().orElse(pod.getSpec().getTerminationGracePeriodSeconds()));
    } finally {
      container = Optional.empty();
      keepLog(made);
      remove(made);
    }
    if (grace().isEmpty()) {
      restarts.incrementAndGet();
      log.atWarn().addKeyValue("pod", pod.getMetadata().getName()).log("container ended by itself");
    }
  }

  private record Report(boolean started, boolean ready) {}

  private Probing probing(io.fabric8.kubernetes.api.model.Probe probe, Instant began) {
    return Probing.of(http, spec, probe, address, began);
  }

  private String createContainer() {
    var security = spec.getSecurityContext();
    var all = pod.getSpec().getSecurityContext();
    var host =
        HostConfig.newHostConfig()
            .withNetworkMode("container:" + sandbox)
            .withReadonlyRootfs(security.getReadOnlyRootFilesystem())
            .withCapDrop(
                security.getCapabilities().getDrop().stream()
                    .map(Capability::valueOf)
                    .toArray(Capability[]::new))
            .withSecurityOpts(
                Boolean.FALSE.equals(security.getAllowPrivilegeEscalation())
                    ? List.of("no-new-privileges")
                    : List.of())
            .withMemory(bytes(spec.getResources().getLimits().get("memory")))
            .withMemorySwap(bytes(spec.getResources().getLimits().get("memory")))
            .withGroupAdd(
                Optional.ofNullable(all.getSupplementalGroups()).orElse(List.of()).stream()
                    .map(Object::toString)
                    .toList())
            .withBinds(files.binds());
    return docker
        .createContainerCmd(spec.getImage())
        .withUser(all.getRunAsUser() + ":" + all.getRunAsGroup())
        .withEnv(environment())
        .withHostConfig(host)
        .withLabels(Cluster.ownership())
        .exec()
        .getId();
  }

  private static long bytes(Quantity quantity) {
    return Quantity.getAmountInBytes(quantity).longValueExact();
  }

  private List<String> environment() {
    var environment = new ArrayList<String>();
    environment.add("HOSTNAME=" + pod.getMetadata().getName());
    // No proxy leads to the Service that a kubelet would name.
    var server = URI.create(cluster.serverForContainers());
    environment.add("KUBERNETES_SERVICE_HOST=" + server.getHost());
    environment.add("KUBERNETES_SERVICE_PORT=" + server.getPort());
    for (EnvVar variable : spec.getEnv()) {
      environment.add(variable.getName() + "=" + value(variable));
    }
    return environment;
  }

  private String value(EnvVar variable) {
    var source = variable.getValueFrom();
    if (source == null) {
      return Optional.ofNullable(variable.getValue()).orElse("");
    }
    if (source.getSecretKeyRef() != null) {
      var key = source.getSecretKeyRef();
      return files.secret(key.getName()).get(key.getKey());
    }
    String path = source.getFieldRef().getFieldPath();
    return switch (path) {
      case "status.podIP" -> address;
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      default -> throw new IllegalStateException("no such field is told to pods here: " + path);
    };
  }

  private boolean runs(String container) {
    return Boolean.TRUE.equals(
        docker.inspectContainerCmd(container).exec().getState().getRunning());
  }

  private void stop(String container, long seconds) {
    if (runs(container)) {
      docker.stopContainerCmd(container).withTimeout((int) seconds).exec();
    }
  }

  private void keepLog(String container) {
    var file = FOLDER.resolve(pod.getMetadata().getName() + "-" + restarts + ".log");
    try (var out = Files.newOutputStream(file)) {
      ContainerLog.copy(docker, container, OptionalInt.empty(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void remove(String container) {
    if (container == null) {
      return;
    }
    try {
      docker.removeContainerCmd(container).withForce(true).exec();
    } catch (NotFoundException e) {
      log.atDebug().addKeyValue("container", container).log("removed already");
    }
  }

  private void report(Report report) {
    var at = now().toString();
    var status =
        Map.of(
            "phase", "Running",
            "startTime", created.toString(),
            "podIP", address,
            "podIPs", List.of(Map.of("ip", address)),
            "conditions",
                List.of(
                    condition("Initialized", true, at),
                    condition("ContainersReady", report.ready(), at),
                    condition("Ready", report.ready(), at)),
            "containerStatuses",
                List.of(
                    Map.of(
                        "name", spec.getName(),
                        "image", spec.getImage(),
                        "imageID", "",
                        "ready", report.ready(),
                        "started", report.started(),
                        "restartCount", restarts.get(),
                        "state", Map.of("running", Map.of("startedAt", at)))));
    kubernetes
        .pods()
        .inNamespace(pod.getMetadata().getNamespace())
        .withName(pod.getMetadata().getName())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.STRATEGIC_MERGE),
            Serialization.asJson(Map.of("status", status)));
  }

  private static Map<String, String> condition(String type, boolean holds, String at) {
    return Map.of("type", type, "status", holds ? "True" : "False", "lastTransitionTime", at);
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
