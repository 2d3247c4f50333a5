package io.virtualnodes.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Something that is done to a container: by a {@link Probe}, or at a turn of its life. */
public sealed interface Action {

  /** A command in the container; no shell is put around it. */
  record Exec(List<String> command) implements Action {
    public Exec {
      command = List.copyOf(command);
    }
  }

  /**
   * A GET request.
   *
   * @param host empty is the group's own address
   * @param path with the query, from the first slash on
   * @param headers in order; several may have one name
   */
  record HttpGet(Scheme scheme, Optional<String> host, int port, String path, List<Header> headers)
      implements Action {
    public HttpGet {
      headers = List.copyOf(headers);
    }
  }

  /**
   * A connection that is opened and closed.
   *
   * @param host empty is the group's own address
   */
  record TcpSocket(Optional<String> host, int port) implements Action {}

  /**
   * A call of the gRPC health protocol, in clear text.
   *
   * @param service may be empty, which asks for the server as a whole
   */
  record Grpc(int port, String service) implements Action {}

  /** Time passes. */
  record Sleep(Duration time) implements Action {}

  /** Certificates are not verified, as by a kubelet. */
  enum Scheme {
    HTTP,
    HTTPS
  }

  record Header(String name, String value) {}
}
