package io.virtualnodes.backend.supervisor;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;

/** Connections to containers, and what comes of them in the words of a kubelet. */
final class Dialing {
  private Dialing() {}

  /** Whether somebody listens there. */
  static Outcome dial(String host, int port, Duration timeout) {
    var at = host.contains(":") ? "[%s]:%d".formatted(host, port) : host + ":" + port;
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), new Deadline(timeout).millisLeft());
      return new Outcome.Passed();
    } catch (SocketTimeoutException e) {
      return new Outcome.Failed("dial tcp %s: i/o timeout".formatted(at));
    } catch (IOException e) {
      return new Outcome.Failed(inWords(at, e));
    }
  }

  static String inWords(URI uri, IOException failure) {
    return inWords(uri.getRawAuthority(), failure);
  }

  private static String inWords(String at, IOException failure) {
    return switch (failure) {
      case UnknownHostException unknown ->
          "dial tcp: lookup %s: no such host".formatted(unknown.getMessage());
      case ConnectException refused ->
          "dial tcp %s: connect: %s".formatted(at, lower(refused.getMessage()));
      case NoRouteToHostException noRoute ->
          "dial tcp %s: connect: %s".formatted(at, lower(noRoute.getMessage()));
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }

  /** An address of the sixth version stands in brackets in a URL. */
  static String unbracketed(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static String lower(String message) {
    return message == null ? "failed" : message.toLowerCase(Locale.ROOT);
  }
}
