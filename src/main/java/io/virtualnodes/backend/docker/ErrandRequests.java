package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import io.virtualnodes.backend.ContainerGroup.File;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.docker.Marks.Role;
import java.util.List;
import java.util.Optional;

/**
 * Containers that run a program of our own beside a group for a while, and that the engine removes
 * when it ends. Each may do what its program does and nothing else.
 */
final class ErrandRequests {
  private static final String NOBODY = "65534:65534";
  private static final String ROOT = "0:0";
  private static final LogConfig NO_LOG = new LogConfig(LogConfig.LoggingType.NONE);
  private static final String NO_MORE_RIGHTS = "no-new-privileges";

  private final Names names;

  ErrandRequests(Names names) {
    this.names = names;
  }

  /**
   * What connects to ports of a group from within its network. It ends with its input, so that it
   * does not outlive the operator.
   *
   * @param image the engine's id of any; nothing of it is used
   * @param network the engine's id of the container whose network it joins
   * @param token tells it from others of the same group
   */
  ContainerRequest relay(Marks marks, String image, String network, String token) {
    return errand(
        names.relay(marks.group(), token),
        image,
        List.of("/" + RelayProgram.NAME),
        List.of(),
        NOBODY,
        new Terminal(false, true, true),
        marks.errand(Role.RELAY),
        confined().withNetworkMode("container:" + network));
  }

  /**
   * What ends a command: it sees all processes of the engine's machine, and may do nothing to them
   * but send them signals.
   *
   * @param image the engine's id of any; nothing of it is used
   * @param container the engine's id of the one that the command runs in
   * @param command the engine's id of it
   * @param pid by which the machine knows it
   */
  ContainerRequest ender(Marks marks, String image, String container, String command, long pid) {
    return errand(
        names.ender(marks.group(), command),
        image,
        List.of("/" + EndProgram.NAME),
        List.of("/proc/" + pid + "/cgroup", container, Long.toString(pid)),
        ROOT,
        Terminal.NONE,
        marks.errand(Role.ENDER),
        confined()
            .withCapAdd(Capability.KILL)
            .withNetworkMode("none")
            // Both have the machine's view, also on an engine that maps its users.
            .withPidMode("host")
            .withUsernsMode("host"));
  }

  private static HostConfig confined() {
    return HostConfig.newHostConfig()
        .withAutoRemove(true)
        .withCapDrop(Capability.ALL)
        .withSecurityOpts(List.of(NO_MORE_RIGHTS))
        .withLogConfig(NO_LOG);
  }

  private static ContainerRequest errand(
      String name,
      String image,
      List<String> program,
      List<String> arguments,
      String user,
      Terminal terminal,
      Marks marks,
      HostConfig host) {
    return new ContainerRequest(
        name,
        image,
        program,
        arguments,
        Optional.of("/"),
        List.of(),
        Optional.of(user),
        Optional.empty(),
        Optional.empty(),
        terminal,
        marks.labels(),
        host);
  }

  /** For the root of the container that runs it. */
  static byte[] archive(String name, byte[] program) {
    try (var archive = new VolumeArchive(Optional.empty())) {
      archive.file(new File(name, program, 0755));
      return archive.bytes();
    }
  }
}
