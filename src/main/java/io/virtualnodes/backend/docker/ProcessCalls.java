package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectExecResponse;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.Frame;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation.Size;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The calls of an engine that are about processes: commands that are run in containers, and talks
 * with these and with containers' first processes.
 */
final class ProcessCalls {
  private final DockerEngine engine;
  private final DockerClient client;
  private final DockerClient streams;
  private final URI host;

  /**
   * @param streams for calls that last
   */
  ProcessCalls(DockerEngine engine, DockerClient client, DockerClient streams, URI host) {
    this.engine = engine;
    this.client = client;
    this.streams = streams;
    this.host = host;
  }

  /**
   * Readies a command to be run in a container.
   *
   * @return the engine's id of it
   * @throws DockerException with the engine's status, such as 409 if the container does not run
   */
  String prepare(String containerId, List<String> command, Channels channels) {
    return engine.answered(
        () ->
            client
                .execCreateCmd(containerId)
                .withCmd(command.toArray(String[]::new))
                .withAttachStdin(channels.input())
                .withAttachStdout(channels.output())
                .withAttachStderr(channels.errors())
                .withTty(channels.terminal())
                .exec()
                .getId());
  }

  /** Runs a command that was readied; the callback is told what it writes, and of its end. */
  void run(String commandId, ResultCallback<Frame> callback) {
    streams.execStartCmd(commandId).exec(callback);
  }

  /**
   * Runs a command that was readied, and talks with it.
   *
   * @throws DockerException as the engine refused it
   */
  HijackedConnection talk(String commandId, boolean terminal) {
    return taken("/exec/" + commandId + "/start", "{\"Detach\":false,\"Tty\":" + terminal + "}");
  }

  /**
   * Talks with the first process of a container, which need not have been started.
   *
   * @throws DockerException as the engine refused it
   */
  HijackedConnection join(String containerId, Channels channels) {
    return taken(
        "/containers/%s/attach?stream=1&stdin=%d&stdout=%d&stderr=%d"
            .formatted(
                containerId,
                channels.input() ? 1 : 0,
                channels.output() ? 1 : 0,
                channels.errors() ? 1 : 0),
        "");
  }

  private HijackedConnection taken(String path, String json) {
    return engine.answered(
        () -> {
          try {
            return HijackedConnection.open(host, path, json);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** How a command is that was readied; empty if its container is gone. */
  Optional<InspectExecResponse> prepared(String commandId) {
    return engine.found(() -> client.inspectExecCmd(commandId).exec());
  }

  /**
   * @throws DockerException as long as there is no such terminal
   */
  void resizeCommand(String commandId, Size size) {
    engine.answered(
        () -> client.resizeExecCmd(commandId).withSize(size.rows(), size.columns()).exec());
  }

  /**
   * @throws DockerException as long as there is no such terminal
   */
  void resizeContainer(String containerId, Size size) {
    engine.answered(
        () -> client.resizeContainerCmd(containerId).withSize(size.rows(), size.columns()).exec());
  }
}
