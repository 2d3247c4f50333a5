package io.virtualnodes.backend;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * What people see of a running group, and say to it. What a backend cannot do throws {@link
 * BackendException.Unsupported}, which is what it does by default: nobody is kept waiting for a
 * conversation that cannot be had.
 */
public interface Streams {

  /**
   * The log of one container, standard output and standard error in the order of their lines. Works
   * for finished groups until they are deleted. The stream blocks while the backend delivers, and
   * closing it ends the delivery.
   *
   * @return empty if there is no such group or container here, or no instance of it that has run
   */
  Optional<InputStream> logs(GroupId id, String container, LogOptions options);

  /**
   * Gets a command ready in a running container; it runs when the conversation is held.
   *
   * @return empty if no such container runs here
   */
  default Optional<Conversation> exec(
      GroupId id, String container, List<String> command, Channels channels) {
    throw unsupported("commands in containers (exec)");
  }

  /**
   * Gets ready to join in with the first process of a running container.
   *
   * @return empty if no such container runs here
   */
  default Optional<Conversation> attach(GroupId id, String container, Channels channels) {
    throw unsupported("attaching to containers");
  }

  /**
   * A way to the ports of a running group, also to those that listen on its loopback address only,
   * where the backend can reach these.
   *
   * @return empty if no such group runs here
   */
  default Optional<Ports> ports(GroupId id) {
    throw unsupported("port forwarding");
  }

  /**
   * What each running container of this pool has used, read in one sweep. Containers of which
   * nothing is known are left out.
   */
  default List<ContainerUsage> usage() {
    throw unsupported("usage of containers");
  }

  private static BackendException.Unsupported unsupported(String what) {
    return new BackendException.Unsupported(List.of("this backend does not offer " + what));
  }

  /** Connects to ports of one group. May be used by many threads at once. */
  @FunctionalInterface
  interface Ports {

    /**
     * A connection to a port, as a process beside the group's own would get it. Blocks until it
     * stands, some seconds at most.
     *
     * @throws IOException in words for people, if nobody listens there or it cannot be reached
     */
    Link connect(int port) throws IOException, InterruptedException;
  }
}
