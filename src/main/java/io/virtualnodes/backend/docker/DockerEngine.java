package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The calls of an engine that a pool needs. Everything that it lists, it lists by the pool's label.
 * Failures are {@link BackendException}s, but for those that a caller has to tell apart.
 */
final class DockerEngine implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  // A start takes a fifth of a second; one that waits behind others, or for a slow disk, far
  // longer.
  private static final Duration ANSWER = Duration.ofMinutes(2);
  private static final Duration PULL = Duration.ofMinutes(30);
  // An engine works on few starts at once; more of them only take its other answers away.
  private static final int STARTS_AT_ONCE = 8;
  private static final int CONNECTIONS = 200;

  private final String pool;
  private final DockerClient client;
  // For calls that last as long as what they ask for: no answer within a time is no fault of
  // theirs.
  private final DockerClient patient;
  private final Semaphore starts = new Semaphore(STARTS_AT_ONCE, true);

  DockerEngine(String pool, URI host) {
    this.pool = pool;
    this.client = client(host, ANSWER);
    this.patient = client(host, Duration.ZERO);
  }

  private static DockerClient client(URI host, Duration answer) {
    var config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(host.toString())
            .build();
    var transport =
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(host)
            .maxConnections(CONNECTIONS)
            .connectionTimeout(CONNECT)
            .responseTimeout(answer)
            .build();
    return DockerClientImpl.getInstance(config, transport);
  }

  Info info() {
    return asked(() -> client.infoCmd().exec());
  }

  List<Container> containers() {
    return asked(
        () ->
            client
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Marks.POOL, pool))
                .exec());
  }

  List<Container> containers(GroupId group) {
    return asked(
        () ->
            client
                .listContainersCmd()
                .withShowAll(true)
                .withLabelFilter(Map.of(Marks.POOL, pool, Marks.GROUP, group.toString()))
                .exec());
  }

  /** Empty if it is gone. */
  Optional<InspectContainerResponse> inspect(String idOrName) {
    try {
      return Optional.of(client.inspectContainerCmd(idOrName).exec());
    } catch (NotFoundException e) {
      return Optional.empty();
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /** The digest by which a registry knows an image; the engine's own id of it if none does. */
  String digest(String imageId) {
    try {
      var digests = client.inspectImageCmd(imageId).exec().getRepoDigests();
      return digests == null || digests.isEmpty() ? imageId : digests.getFirst();
    } catch (NotFoundException e) {
      return imageId;
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /**
   * @return the new container's id
   * @throws DockerException with the engine's status, such as 409 if the name is taken
   */
  String create(ContainerRequest request) {
    try {
      var command =
          client
              .createContainerCmd(request.image())
              .withName(request.name())
              .withEnv(request.environment())
              .withLabels(request.labels())
              .withHostConfig(request.hostConfig());
      if (!request.entrypoint().isEmpty()) {
        command.withEntrypoint(request.entrypoint());
      }
      if (!request.command().isEmpty()) {
        command.withCmd(request.command());
      }
      request.workingDirectory().ifPresent(command::withWorkingDir);
      request.hostname().ifPresent(command::withHostName);
      return command.exec().getId();
    } catch (DockerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /**
   * Starts a container; one that runs is left alone.
   *
   * @throws DockerException as the engine said it
   */
  void start(String id) {
    starts.acquireUninterruptibly();
    try {
      client.startContainerCmd(id).exec();
    } catch (NotModifiedException e) {
      // It runs.
    } catch (DockerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    } finally {
      starts.release();
    }
  }

  /** Unpacks a tar archive in a folder of a container, which need not have been started. */
  void unpack(String id, String folder, byte[] archive) {
    asked(
        () ->
            client
                .copyArchiveToContainerCmd(id)
                .withTarInputStream(new ByteArrayInputStream(archive))
                .withRemotePath(folder)
                .exec());
  }

  void rename(String id, String name) {
    asked(() -> client.renameContainerCmd(id).withName(name).exec());
  }

  /** Blocks until the container ended; the engine goes on even if nobody waits any more. */
  void stop(String id, Duration grace) {
    try {
      patient.stopContainerCmd(id).withTimeout(Math.toIntExact(grace.toSeconds())).exec();
    } catch (NotModifiedException | NotFoundException e) {
      // It has ended, or is gone.
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /** Kills and removes a container; one that is gone is a success. */
  void remove(String id) {
    try {
      client.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec();
    } catch (NotFoundException e) {
      // Somebody else was faster.
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  void removeVolume(String name) {
    try {
      client.removeVolumeCmd(name).exec();
    } catch (NotFoundException e) {
      // Somebody else was faster.
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /** The pool's volumes that no container mounts. */
  List<InspectVolumeResponse> unusedVolumes() {
    return Optional.ofNullable(
            asked(
                () ->
                    client
                        .listVolumesCmd()
                        .withDanglingFilter(true)
                        .withFilter("label", List.of(Marks.POOL + "=" + pool))
                        .exec()
                        .getVolumes()))
        .orElse(List.of());
  }

  boolean hasImage(String image) {
    try {
      client.inspectImageCmd(image).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /**
   * Fetches an image and blocks until it is there.
   *
   * @throws ImageNotFetched with the engine's sentence
   */
  void pull(String image) throws ImageNotFetched, InterruptedException {
    try (var callback = new Pull()) {
      if (!patient.pullImageCmd(image).exec(callback).awaitCompletion(PULL)) {
        throw new ImageNotFetched("not fetched within " + PULL.toMinutes() + " minutes");
      }
      if (callback.error != null) {
        throw new ImageNotFetched(callback.error);
      }
    } catch (IOException | RuntimeException e) {
      throw new ImageNotFetched(DockerFailures.sentence(e));
    }
  }

  /** An image could not be had; the message is for people. */
  static final class ImageNotFetched extends Exception {
    private static final long serialVersionUID = 1L;

    ImageNotFetched(String message) {
      super(message);
    }
  }

  /** The engine answers a pull with success and says in the stream what went wrong. */
  private static final class Pull extends ResultCallback.Adapter<PullResponseItem> {
    private volatile String error;

    boolean awaitCompletion(Duration patience) throws InterruptedException {
      return awaitCompletion(patience.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    }

    @Override
    public void onNext(PullResponseItem item) {
      if (item.getErrorDetail() != null) {
        error = item.getErrorDetail().getMessage();
      }
    }
  }

  /**
   * Delivers what happens to the pool's containers until it is closed or breaks off; the callback
   * tells.
   */
  void events(ResultCallback<Event> callback) {
    patient
        .eventsCmd()
        .withEventTypeFilter(EventType.CONTAINER)
        .withLabelFilter(Map.of(Marks.POOL, pool))
        .withEventFilter("start", "die", "destroy", "oom")
        .exec(callback);
  }

  /**
   * Delivers a log, one message a frame.
   *
   * @param since whole seconds since 1970; 0 for all
   */
  Closeable logs(String id, int since, OptionalLong tail, ResultCallback<Frame> callback) {
    var command =
        patient
            .logContainerCmd(id)
            .withStdOut(true)
            .withStdErr(true)
            .withTimestamps(true)
            .withSince(since);
    tail.ifPresent(lines -> command.withTail((int) Math.min(lines, Integer.MAX_VALUE)));
    return command.exec(callback);
  }

  private static <T> T asked(Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  @Override
  public void close() {
    try {
      client.close();
      patient.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
