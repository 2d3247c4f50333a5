package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A container as the engine is asked for it.
 *
 * @param entrypoint empty keeps the image's
 * @param command empty keeps the image's, unless {@code entrypoint} is given
 * @param environment {@code NAME=value}, in order
 * @param user number or name, maybe with a group after a colon; empty keeps the image's
 * @param hostname empty where another container's is shared
 * @param domain empty if there is none, and where another container's is shared
 * @param stopSignal empty keeps the image's
 */
record ContainerRequest(
    String name,
    String image,
    List<String> entrypoint,
    List<String> command,
    Optional<String> workingDirectory,
    List<String> environment,
    Optional<String> user,
    Optional<String> hostname,
    Optional<String> domain,
    Terminal terminal,
    Map<String, String> labels,
    HostConfig hostConfig,
    Optional<String> stopSignal) {

  /** One that is asked to end as its image says. */
  ContainerRequest(
      String name,
      String image,
      List<String> entrypoint,
      List<String> command,
      Optional<String> workingDirectory,
      List<String> environment,
      Optional<String> user,
      Optional<String> hostname,
      Optional<String> domain,
      Terminal terminal,
      Map<String, String> labels,
      HostConfig hostConfig) {
    this(
        name,
        image,
        entrypoint,
        command,
        workingDirectory,
        environment,
        user,
        hostname,
        domain,
        terminal,
        labels,
        hostConfig,
        Optional.empty());
  }

  ContainerRequest {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = List.copyOf(environment);
    labels = Map.copyOf(labels);
  }

  /** The same container once more, for its next instance. */
  static ContainerRequest like(InspectContainerResponse former, String name, Marks marks) {
    var config = former.getConfig();
    var labels = new HashMap<>(marks.labels());
    labels.putAll(LastWordsFiles.labelOf(config.getLabels()));
    return new ContainerRequest(
        name,
        config.getImage(),
        listed(config.getEntrypoint()),
        listed(config.getCmd()),
        Optional.ofNullable(config.getWorkingDir()).filter(folder -> !folder.isEmpty()),
        listed(config.getEnv()),
        Optional.ofNullable(config.getUser()).filter(user -> !user.isEmpty()),
        Optional.empty(),
        Optional.empty(),
        new Terminal(
            Boolean.TRUE.equals(config.getTty()),
            Boolean.TRUE.equals(config.getStdinOpen()),
            Boolean.TRUE.equals(config.getStdInOnce())),
        labels,
        LastWordsFiles.next(former.getHostConfig(), marks.container(), marks.instance()),
        marks.care().stopSignal());
  }

  private static List<String> listed(String[] values) {
    return values == null ? List.of() : Arrays.asList(values);
  }

  /** Names the container and leaves out the environment, whose values may be secret. */
  @Override
  public String toString() {
    return "ContainerRequest[" + name + ", " + image + "]";
  }
}
