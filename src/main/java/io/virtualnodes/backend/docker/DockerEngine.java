package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectVolumeResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.EventType;
import com.github.dockerjava.api.model.Info;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private static final Duration HAND_OVER = Duration.ofSeconds(2);
  // An engine works on few starts at once; more of them only take its other answers away.
  private static final int STARTS_AT_ONCE = 8;
  private static final int CONNECTIONS = 200;

  private final String pool;
  private final Duration patience;
  private final DockerClient client;
  // Events, pulls and logs last as long as their readers: they must not take the connections of the
  // calls that are answered at once.
  private final DockerHttpClient streamTransport;
  // And people who follow logs all day must not take those of events and pulls.
  private final DockerHttpClient logTransport;
  private final DockerClient streams;
  private final ImageCalls images;
  private final FileCalls files;
  private final ProcessCalls processes;
  private final Semaphore starts = new Semaphore(STARTS_AT_ONCE, true);
  private volatile String folder = "";
  private volatile String architecture = "";

  DockerEngine(String pool, URI host) {
    this(pool, host, ANSWER);
  }

  /**
   * @param patience how long an answer may take
   */
  DockerEngine(String pool, URI host, Duration patience) {
    this.pool = pool;
    this.patience = patience;
    this.client = client(host, transport(host));
    this.streamTransport = transport(host);
    this.logTransport = transport(host);
    this.streams = client(host, streamTransport);
    this.images = new ImageCalls(this, client, streams);
    this.files = new FileCalls(this, client, streamTransport);
    this.processes = new ProcessCalls(this, client, streams, host);
  }

  private static DockerClient client(URI host, DockerHttpClient transport) {
    var config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(host.toString())
            .build();
    return DockerClientImpl.getInstance(config, transport);
  }

  /** Without a response timeout, which the transport heeds on TCP only: see {@link #within}. */
  private static DockerHttpClient transport(URI host) {
    return new ZerodepDockerHttpClient.Builder()
        .dockerHost(host)
        .maxConnections(CONNECTIONS)
        .connectionTimeout(CONNECT)
        .build();
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
    return found(() -> client.inspectContainerCmd(idOrName).exec());
  }

  /**
   * @return the new container's id
   * @throws DockerException with the engine's status, such as 409 if the name is taken
   */
  String create(ContainerRequest request) {
    return answered(
        () -> {
          var command =
              client
                  .createContainerCmd(request.image())
                  .withName(request.name())
                  .withEnv(request.environment())
                  .withTty(request.terminal().terminal())
                  .withStdinOpen(request.terminal().input())
                  .withStdInOnce(request.terminal().inputOnce())
                  .withLabels(request.labels())
                  .withHostConfig(request.hostConfig());
          if (!request.entrypoint().isEmpty()) {
            command.withEntrypoint(request.entrypoint());
          }
          if (!request.command().isEmpty()) {
            command.withCmd(request.command());
          }
          request.workingDirectory().ifPresent(command::withWorkingDir);
          request.user().ifPresent(command::withUser);
          request.hostname().ifPresent(command::withHostName);
          request.domain().ifPresent(command::withDomainName);
          request.stopSignal().ifPresent(command::withStopSignal);
          return command.exec().getId();
        });
  }

  /**
   * Starts a container; one that runs is left alone.
   *
   * @return why it cannot be started, if that lies in the container: the engine keeps the sentence
   *     with it, and it counts as one that ran and failed
   */
  Optional<String> start(String id) {
    takeTurn();
    try {
      answered(() -> client.startContainerCmd(id).exec());
      return Optional.empty();
    } catch (NotModifiedException e) {
      // It runs.
      return Optional.empty();
    } catch (DockerException e) {
      var sentence = DockerFailures.sentence(e);
      if (DockerFailures.liesInTheContainer(sentence)) {
        return Optional.of(sentence);
      }
      throw DockerFailures.of(e);
    } finally {
      starts.release();
    }
  }

  /** As {@link #start}; that a sandbox cannot be started is no fault of a pod's. */
  void startSandbox(String id) {
    start(id)
        .ifPresent(
            failure -> {
              throw new BackendException.Unavailable("the sandbox: " + failure, null);
            });
  }

  /** At which a container answers that was started; at least one. */
  List<String> addresses(String id) {
    var addresses = inspect(id).map(DockerObservations::addresses).orElse(List.of());
    if (addresses.isEmpty()) {
      throw new BackendException.Unavailable("the engine gave the pod no address", null);
    }
    return addresses;
  }

  private void takeTurn() {
    try {
      if (!starts.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new BackendException.Unavailable("the engine is busy with other starts", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException.Unavailable("interrupted before the engine was asked", e);
    }
  }

  /**
   * Where the engine keeps what is its own, on its machine. It is asked once: an engine with
   * another folder has none of the old one's containers.
   */
  String folder() {
    if (folder.isEmpty()) {
      folder = info().getDockerRootDir();
    }
    return folder;
  }

  /** What kind of machine it is on, in its own word. */
  String architecture() {
    if (architecture.isEmpty()) {
      architecture = Optional.ofNullable(info().getArchitecture()).orElse("");
    }
    return architecture;
  }

  /** Blocks until a container that was started has ended, and returns its exit code. */
  int awaitEnd(String id) {
    return asked(
        () ->
            client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode());
  }

  void rename(String id, String name) {
    asked(() -> client.renameContainerCmd(id).withName(name).exec());
  }

  /**
   * Asks a container to end, and has it killed after {@code grace}. The end is not waited for: the
   * engine goes on without a listener, and each would hold a connection for all of its grace.
   */
  void stop(String id, Duration grace) {
    // Rounded up: the engine counts in whole seconds, and none means at once.
    long seconds = grace.plusMillis(999).toSeconds();
    int timeout = (int) Math.min(seconds, Integer.MAX_VALUE);
    try {
      within(HAND_OVER, () -> client.stopContainerCmd(id).withTimeout(timeout).exec());
    } catch (TimeoutException e) {
      // It has the request, and the container its grace.
    } catch (NotModifiedException | NotFoundException e) {
      // It has ended, or is gone.
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /** Kills and removes a container; one that is gone is a success. */
  void remove(String id) {
    try {
      answered(() -> client.removeContainerCmd(id).withForce(true).withRemoveVolumes(true).exec());
    } catch (NotFoundException e) {
      // Somebody else was faster.
    } catch (DockerException e) {
      if (!DockerFailures.isBeingRemoved(e)) {
        throw DockerFailures.of(e);
      }
    }
  }

  /** Removes a volume, unless a container mounts it: then it is not ours to take away. */
  void removeVolume(String name) {
    try {
      answered(() -> client.removeVolumeCmd(name).exec());
    } catch (NotFoundException | ConflictException e) {
      // Somebody else was faster, or uses it.
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }

  /** Empty if there is no volume of that name. */
  Optional<InspectVolumeResponse> volume(String name) {
    return found(() -> client.inspectVolumeCmd(name).exec());
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

  /**
   * Delivers what happens to the pool's containers until it is closed or breaks off; the callback
   * tells.
   */
  void events(ResultCallback<Event> callback) {
    streams
        .eventsCmd()
        .withEventTypeFilter(EventType.CONTAINER)
        .withLabelFilter(Map.of(Marks.POOL, pool))
        .withEventFilter("start", "die", "destroy", "oom")
        .exec(callback);
  }

  /**
   * Opens a container's log as the engine frames it, {@link ContainerLog} says how; empty if the
   * container is gone. Not by the client's own call, which cuts frames up and so loses where each
   * begins.
   *
   * @param follow until the container has ended
   * @param tail how many messages from the end, before it is looked at {@code since}
   */
  Optional<Response> log(
      String id, boolean follow, boolean timestamps, Optional<Instant> since, OptionalLong tail) {
    var path = new StringBuilder("/containers/" + id + "/logs?stdout=1&stderr=1");
    path.append("&follow=").append(follow).append("&timestamps=").append(timestamps);
    since
        .filter(instant -> instant.isAfter(Instant.EPOCH))
        .ifPresent(
            instant ->
                path.append(
                    "&since=%d.%09d".formatted(instant.getEpochSecond(), instant.getNano())));
    tail.ifPresent(messages -> path.append("&tail=").append(messages));
    return delivery(logTransport, path.toString());
  }

  /**
   * What the engine measures of a running container, as it is written; empty if it is gone.
   *
   * <p>Of one instant: by default the engine measures for a second, to tell a rate as well. An
   * engine that knows no such thing takes that second.
   */
  Optional<byte[]> measured(String id) {
    var path = "/containers/" + id + "/stats?stream=false&one-shot=true";
    return asked(
        () ->
            delivery(streamTransport, path)
                .map(
                    response -> {
                      try (response) {
                        return response.getBody().readAllBytes();
                      } catch (IOException e) {
                        throw new UncheckedIOException(e);
                      }
                    }));
  }

  /** Empty if there is no such thing. */
  private Optional<Response> delivery(DockerHttpClient transport, String path) {
    var request = Request.builder().method(Request.Method.GET).path(path).build();
    var response = asked(() -> transport.execute(request));
    if (response.getStatusCode() == 200) {
      return Optional.of(response);
    }
    try (response) {
      if (response.getStatusCode() == 404) {
        return Optional.empty();
      }
      var body = new String(response.getBody().readAllBytes(), StandardCharsets.UTF_8);
      throw DockerFailures.of(new DockerException(body, response.getStatusCode()));
    } catch (IOException e) {
      throw DockerFailures.of(new UncheckedIOException(e));
    }
  }

  /** Its calls that are about images. */
  ImageCalls images() {
    return images;
  }

  /** Its calls that are about files of containers. */
  FileCalls files() {
    return files;
  }

  /** Its calls that are about processes. */
  ProcessCalls processes() {
    return processes;
  }

  <T> Optional<T> found(Supplier<T> call) {
    try {
      return Optional.of(answered(call));
    } catch (NotFoundException e) {
      return Optional.empty();
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }

  <T> T asked(Supplier<T> call) {
    try {
      return answered(call);
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }

  /**
   * @throws DockerException as the engine said it
   * @throws BackendException if it said nothing
   */
  <T> T answered(Supplier<T> call) {
    try {
      return within(patience, call);
    } catch (TimeoutException e) {
      throw new BackendException.Unavailable(
          "the engine does not answer within " + patience.toSeconds() + " s", e);
    } catch (DockerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw DockerFailures.of(e);
    }
  }

  /**
   * Ends a call that lasts too long by an interrupt, which closes its connection: a unix socket has
   * no timeouts, so the transport cannot.
   */
  private static <T> T within(Duration patience, Supplier<T> call) throws TimeoutException {
    var task = new FutureTask<T>(call::get);
    Thread.ofVirtual().start(task);
    try {
      return task.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        case Throwable other -> throw new IllegalStateException("a call throws no such", other);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendException.Unavailable("interrupted while the engine was asked", e);
    } finally {
      task.cancel(true);
    }
  }

  @Override
  public void close() {
    try {
      client.close();
      streams.close();
      logTransport.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
