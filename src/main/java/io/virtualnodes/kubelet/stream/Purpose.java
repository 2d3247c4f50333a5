package io.virtualnodes.kubelet.stream;

import io.virtualnodes.backend.Channels;
import java.util.List;

/** What a connection is to be upgraded for. */
public sealed interface Purpose {

  /** A conversation with a process. */
  record Command(Channels channels) implements Purpose {}

  /**
   * Connections to ports.
   *
   * @param named the ports that the request named; protocols in which the client names one for each
   *     connection do without
   */
  record Ports(List<Integer> named) implements Purpose {

    public Ports {
      named = List.copyOf(named);
    }
  }
}
