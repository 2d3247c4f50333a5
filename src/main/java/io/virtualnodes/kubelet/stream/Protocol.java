package io.virtualnodes.kubelet.stream;

import java.util.List;
import java.util.Optional;

/**
 * What client and server agreed to speak.
 *
 * @param carrier below it
 * @param name the sub-protocol, as both sides write it; empty if the client named none
 */
record Protocol(Carrier carrier, String name) {

  /** What carries the streams. */
  enum Carrier {
    SPDY,
    /** SPDY in the messages of a WebSocket. */
    TUNNEL,
    /** A WebSocket whose messages begin with the number of their stream. */
    CHANNELS
  }

  // Never v5 over SPDY, although clients offer it there: it is about a signal of WebSockets.
  static final List<Protocol> SPDY_COMMANDS =
      spdy("v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io");
  static final List<Protocol> SPDY_PORTS = spdy("portforward.k8s.io");
  static final List<Protocol> WEBSOCKET_COMMANDS =
      channels(
          "v5.channel.k8s.io",
          "v4.channel.k8s.io",
          "v4.base64.channel.k8s.io",
          "channel.k8s.io",
          "base64.channel.k8s.io",
          "");
  static final Protocol TUNNEL_PORTS = new Protocol(Carrier.TUNNEL, "SPDY/3.1+portforward.k8s.io");
  static final List<Protocol> CHANNEL_PORTS =
      channels("v4.channel.k8s.io", "v4.base64.channel.k8s.io", "");

  private static List<Protocol> spdy(String... names) {
    return List.of(names).stream().map(name -> new Protocol(Carrier.SPDY, name)).toList();
  }

  private static List<Protocol> channels(String... names) {
    return List.of(names).stream().map(name -> new Protocol(Carrier.CHANNELS, name)).toList();
  }

  /** The first of the client's that is among ours. */
  static Optional<Protocol> chosen(List<String> offered, List<Protocol> ours) {
    return offered.stream()
        .flatMap(name -> ours.stream().filter(own -> own.name().equals(name)))
        .findFirst();
  }

  /** Whether the end of a command is told as a {@code v1.Status}; as a sentence otherwise. */
  boolean tellsStatus() {
    return name.startsWith("v5.") || name.startsWith("v4.");
  }

  /** Whether the client may tell the size of its terminal. */
  boolean tellsSize() {
    return carrier == Carrier.CHANNELS || name.startsWith("v4.") || name.startsWith("v3.");
  }

  /** Whether the client can say that a channel will carry no more. */
  boolean closesChannels() {
    return name.startsWith("v5.");
  }

  /** Whether messages are text. */
  boolean base64() {
    return name.contains("base64.");
  }

  /** For a log. */
  @Override
  public String toString() {
    var protocol = carrier == Carrier.SPDY ? "SPDY" : "WebSocket";
    return name.isEmpty() ? protocol : protocol + " " + name;
  }
}
