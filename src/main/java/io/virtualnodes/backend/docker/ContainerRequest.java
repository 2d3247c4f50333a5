package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.HostConfig;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.OwnAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

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

  /**
   * One that is there for what its labels or its mounts say, and never runs.
   *
   * @param image any that the engine has; nothing of it is used
   */
  static ContainerRequest neverStarted(
      String name, String image, Map<String, String> labels, HostConfig hostConfig) {
    return new ContainerRequest(
        name,
        image,
        List.of("never-started"),
        List.of(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Terminal.NONE,
        labels,
        hostConfig.withNetworkMode("none"));
  }

  /** Whether it is not whole before its group's addresses are known. */
  boolean asksForAddress() {
    return AddressTexts.of(this).isPresent();
  }

  /** With its group's addresses, at least one, where it asks for them. */
  ContainerRequest at(List<String> addresses) {
    return AddressTexts.of(this).map(texts -> at(addresses, texts)).orElse(this);
  }

  private ContainerRequest at(List<String> addresses, AddressTexts texts) {
    var withTexts = new HashMap<>(labels);
    withTexts.putAll(texts.label());
    UnaryOperator<String> told = text -> OwnAddress.replaced(text, addresses);
    return new ContainerRequest(
        name,
        image,
        entrypoint.stream().map(told).toList(),
        command.stream().map(told).toList(),
        workingDirectory,
        environment.stream().map(told).toList(),
        user,
        hostname,
        domain,
        terminal,
        withTexts,
        hostConfig,
        stopSignal);
  }

  /** The same container once more, for its next instance; it asks for addresses as that did. */
  static ContainerRequest like(InspectContainerResponse former, String name, Marks marks) {
    var config = former.getConfig();
    var labels = new HashMap<>(marks.labels());
    labels.putAll(LastWordsFiles.labelOf(config.getLabels()));
    var texts = AddressTexts.of(config.getLabels());
    return new ContainerRequest(
        name,
        config.getImage(),
        texts.map(AddressTexts::entrypoint).orElseGet(() -> listed(config.getEntrypoint())),
        texts.map(AddressTexts::command).orElseGet(() -> listed(config.getCmd())),
        Optional.ofNullable(config.getWorkingDir()).filter(folder -> !folder.isEmpty()),
        texts
            .map(asking -> asking.in(listed(config.getEnv())))
            .orElseGet(() -> listed(config.getEnv())),
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
