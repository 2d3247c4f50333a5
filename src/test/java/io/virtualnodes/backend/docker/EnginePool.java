package io.virtualnodes.backend.docker;

import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import io.virtualnodes.backend.ContainerState;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.ShiftedClock;
import io.virtualnodes.backend.docker.DockerBackend.SharedFolder;
import io.virtualnodes.cluster.Engine;
import io.virtualnodes.cluster.Gate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A pool of its own on the real engine, for the tests of one class; leaves nothing behind. */
final class EnginePool implements AutoCloseable {
  static final String BUSYBOX = GroupBuilder.BUSYBOX;
  static final String PAUSE = "virtualnodes/pause:latest";
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  final String name = "it-" + UUID.randomUUID().toString().substring(0, 8);
  final ShiftedClock clock = new ShiftedClock();
  private final Engine engine = Engine.find();
  private final List<DockerBackend> backends = new ArrayList<>();

  DockerClient engine() {
    return engine.client();
  }

  DockerBackend backend(SharedFolder... folders) {
    return backend(URI.create(engine.host()), "bridge", folders);
  }

  DockerBackend backend(URI host, String network, SharedFolder... folders) {
    var backend =
        new DockerBackend(
            new DockerBackend.Settings(name, host, network, PAUSE, List.of(folders)), clock);
    backends.add(backend);
    return backend;
  }

  Gate proxy() {
    return Gate.before(engine);
  }

  GroupBuilder group() {
    return new GroupBuilder(name);
  }

  Observation awaitGroup(DockerBackend backend, GroupId id, Predicate<Observation> wanted) {
    return await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> find(backend, id), found -> found.filter(wanted).isPresent())
        .orElseThrow();
  }

  /** That for two seconds, and by the pool's clock far longer, the engine is not asked to act. */
  void awaitNothingGoesOn(Gate proxy) {
    clock.advance(Duration.ofMinutes(10));
    // What was under way when its group went may still come.
    var before = new AtomicInteger(proxy.changes());
    await()
        .atMost(PATIENCE)
        .during(Duration.ofSeconds(2))
        .until(
            () -> {
              int now = proxy.changes();
              return before.getAndSet(now) == now;
            });
  }

  Observation awaitProgress(DockerBackend backend, GroupId id, Progress wanted) {
    return awaitGroup(backend, id, observation -> observation.progress() == wanted);
  }

  Observation awaitRunning(DockerBackend backend, GroupId id) {
    return awaitGroup(
        backend,
        id,
        observation ->
            !observation.containers().isEmpty()
                && observation.containers().stream()
                    .allMatch(one -> one.state() instanceof Running));
  }

  static Optional<Observation> find(DockerBackend backend, GroupId id) {
    return backend.list().stream().filter(group -> group.id().equals(id)).findFirst();
  }

  static ContainerState state(Observation observation, String container) {
    return observation.containers().stream()
        .filter(one -> one.name().equals(container))
        .findFirst()
        .orElseThrow()
        .state();
  }

  static Exited exit(Observation observation, String container) {
    return (Exited) state(observation, container);
  }

  static String waitingReason(Observation observation) {
    return observation.containers().getFirst().state() instanceof Waiting(var reason, _)
        ? reason
        : "";
  }

  static String log(DockerBackend backend, GroupId id, String container, LogOptions options) {
    try (var log = backend.streams().logs(id, container, options).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String log(DockerBackend backend, GroupId id) {
    return log(backend, id, "main", LogOptions.ALL);
  }

  List<Container> containers(GroupId id) {
    return engine.containers(Map.of("virtualnodes.io/group", id.toString()));
  }

  List<String> volumes() {
    return engine
        .client()
        .listVolumesCmd()
        .withFilter("label", List.of("virtualnodes.io/pool=" + name))
        .exec()
        .getVolumes()
        .stream()
        .map(volume -> volume.getName())
        .toList();
  }

  /** Makes a container as a stranger would, and does not start it. */
  String stranger(String containerName, Map<String, String> labels) {
    return engine
        .client()
        .createContainerCmd(BUSYBOX)
        .withName(containerName)
        .withLabels(labels)
        .withCmd("sleep", "600")
        .exec()
        .getId();
  }

  /** Kills the container main of a group, as its own failure would. */
  void killMain(GroupId id) {
    containers(id).stream()
        .filter(it -> "main".equals(it.getLabels().get("virtualnodes.io/container")))
        .filter(it -> it.getState().equals("running"))
        .forEach(it -> engine().killContainerCmd(it.getId()).exec());
  }

  /** Gives an image of the engine one more name, which is this pool's own. */
  String alias(String image) {
    engine.client().tagImageCmd(image, "virtualnodes/" + name, "1").exec();
    return "virtualnodes/" + name + ":1";
  }

  void removeAlias() {
    try {
      engine.client().removeImageCmd("virtualnodes/" + name + ":1").exec();
    } catch (NotFoundException e) {
      // There was none.
    }
  }

  void removeContainer(String id) {
    engine.remove(id);
  }

  @Override
  public void close() {
    backends.forEach(DockerBackend::close);
    for (var container : engine.containers(Map.of("virtualnodes.io/pool", name))) {
      engine.remove(container.getId());
    }
    for (var volume : volumes()) {
      engine.client().removeVolumeCmd(volume).exec();
    }
    removeAlias();
  }
}
