package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.SocketLink;
import io.virtualnodes.backend.Streams.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Connections to what listens at a group's own address, in its subnet. What listens on its loopback
 * address only is not reached: Azure has no way to there.
 */
final class AciPorts {
  private static final Duration DIAL = Duration.ofSeconds(5);

  private final Dial dial;

  /** Connects to an address. */
  @FunctionalInterface
  interface Dial {
    /** That of this machine. */
    Dial DIRECT = (address, port) -> SocketLink.dial(address, port, DIAL);

    Link to(String address, int port) throws IOException, InterruptedException;
  }

  AciPorts(Dial dial) {
    this.dial = dial;
  }

  /**
   * Ways to the ports of a group that is alive.
   *
   * @throws BackendException.Unsupported if it has no address
   */
  Ports of(Observation group) {
    var address =
        group.addresses().stream()
            .findFirst()
            .orElseThrow(
                () ->
                    new BackendException.Unsupported(
                        List.of(
                            "port forwarding to pods without an address: their pool has no subnet"
                                + " in spec.backends[].aci")));
    return port -> connect(address, port);
  }

  private Link connect(String address, int port) throws IOException, InterruptedException {
    try {
      return dial.to(address, port);
    } catch (ConnectException e) {
      throw new IOException(
          "port %d of %s: %s".formatted(port, address, e.getMessage().toLowerCase(Locale.ROOT)), e);
    } catch (IOException e) {
      throw new IOException(
          "port %d of %s is not reached from the operator, which has to be routed to the subnet: %s"
              .formatted(port, address, e.getMessage()),
          e);
    }
  }
}
