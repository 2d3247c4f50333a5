package io.virtualnodes.emulator.ecs;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.virtualnodes.emulator.ecs.Containers.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The calls of an engine that an emulator needs. What it makes carries its own mark. */
final class Engine implements AutoCloseable {
  private static final String OWNER = "io.virtualnodes.emulator.ecs";
  private static final String TASK = "io.virtualnodes.emulator.ecs.task";
  private static final int CONNECTIONS = 100;

  private final String owner = UUID.randomUUID().toString();
  private final DockerClient client;

  Engine(URI host) {
    this.client =
        DockerClientImpl.getInstance(
            DefaultDockerClientConfig.createDefaultConfigBuilder()
                .withDockerHost(host.toString())
                .build(),
            new ZerodepDockerHttpClient.Builder()
                .dockerHost(host)
                .maxConnections(CONNECTIONS)
                .build());
  }

  DockerClient client() {
    return client;
  }

  private Map<String, String> marks(String task) {
    return Map.of(OWNER, owner, TASK, task);
  }

  /**
   * Makes a volume, unless it is there.
   *
   * @param task whose end is the volume's; empty: it stays
   */
  void makeVolume(Optional<String> task, String name) {
    client
        .createVolumeCmd()
        .withName(name)
        .withLabels(task.map(this::marks).orElseGet(() -> Map.of(OWNER, owner)))
        .exec();
  }

  /** A name that no other emulator's volume has. */
  String ownName(String volume) {
    return "ecs-" + owner + "-" + volume;
  }

  /** Makes a container and does not start it. */
  String create(String task, String name, String image, Consumer<CreateContainerCmd> more) {
    try (var command = client.createContainerCmd(image)) {
      command.withName("ecs-" + task + "-" + name).withLabels(marks(task));
      more.accept(command);
      return command.exec().getId();
    }
  }

  /** The ids of all containers that were made here and run. */
  Set<String> running() {
    return client.listContainersCmd().withLabelFilter(Map.of(OWNER, owner)).exec().stream()
        .map(Container::getId)
        .collect(Collectors.toSet());
  }

  /** Empty if there is no such container any more. */
  Optional<InspectContainerResponse> inspect(String id) {
    try {
      return Optional.of(client.inspectContainerCmd(id).exec());
    } catch (NotFoundException _) {
      return Optional.empty();
    }
  }

  static HealthCheck check(ContainerPlan.HealthCheck check) {
    return new HealthCheck()
        .withTest(check.test())
        .withInterval(check.interval().toNanos())
        .withTimeout(check.timeout().toNanos())
        .withRetries(check.retries())
        .withStartPeriod(check.startPeriod().toNanos());
  }

  /** What a health check says; empty as long as it has not said anything. */
  static Optional<Boolean> health(ContainerState state) {
    return Optional.ofNullable(state.getHealth())
        .map(health -> health.getStatus())
        .filter(status -> !status.equals("starting"))
        .map("healthy"::equals);
  }

  /** All that a container has written, in the order of its lines. */
  List<Line> log(String id) {
    var lines = new ArrayList<Line>();
    // A line longer than 16 KiB comes in several frames, of which each has a time.
    var begun = new EnumMap<StreamType, Line>(StreamType.class);
    try (var frames =
        client
            .logContainerCmd(id)
            .withStdOut(true)
            .withStdErr(true)
            .withTimestamps(true)
            .withTailAll()
            .exec(
                new ResultCallback.Adapter<Frame>() {
                  @Override
                  public void onNext(Frame frame) {
                    add(frame, begun, lines);
                  }
                })) {
      frames.awaitCompletion();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return lines;
  }

  private static void add(Frame frame, Map<StreamType, Line> begun, List<Line> lines) {
    var text = new String(frame.getPayload(), StandardCharsets.UTF_8);
    int blank = text.indexOf(' ');
    var message = text.substring(blank + 1);
    var before = begun.remove(frame.getStreamType());
    var at = before == null ? Instant.parse(text.substring(0, blank)) : before.at();
    var whole = (before == null ? "" : before.text()) + message;
    if (whole.endsWith("\n")) {
      lines.add(new Line(at, whole.substring(0, whole.length() - 1)));
    } else {
      begun.put(frame.getStreamType(), new Line(at, whole));
    }
  }

  /**
   * Removes what was made for a task, or for all.
   *
   * @throws ConflictException if a volume is still used
   */
  void remove(Optional<String> task) {
    var marks = Map.of(task.isPresent() ? TASK : OWNER, task.orElse(owner));
    for (var container :
        client.listContainersCmd().withShowAll(true).withLabelFilter(marks).exec()) {
      try {
        client.removeContainerCmd(container.getId()).withForce(true).withRemoveVolumes(true).exec();
      } catch (NotFoundException | ConflictException _) {
        // Somebody else is removing it.
      }
    }
    var label = marks.entrySet().iterator().next();
    client
        .listVolumesCmd()
        .withFilter("label", List.of(label.getKey() + "=" + label.getValue()))
        .exec()
        .getVolumes()
        .forEach(volume -> client.removeVolumeCmd(volume.getName()).exec());
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
