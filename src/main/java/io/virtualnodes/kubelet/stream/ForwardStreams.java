package io.virtualnodes.kubelet.stream;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Pairs the streams that a client opens for its connections to ports: data, and an error. */
final class ForwardStreams {
  static final String TYPE = "streamtype";
  static final String DATA = "data";
  static final String ERROR = "error";
  static final String PORT = "port";
  static final String REQUEST = "requestid";

  private static final int LAST_PORT = 65_535;

  private final Duration wait;
  // Oldest first.
  private final Map<String, Half> halves = new LinkedHashMap<>();

  private record Half(ByteStream stream, String type, long since) {}

  /** Both streams of one connection, accepted. */
  record Pair(int port, ByteStream data, ByteStream error) {}

  /**
   * @param wait how long one of a pair waits for the other
   */
  ForwardStreams(Duration wait) {
    this.wait = wait;
  }

  /**
   * Takes a stream, or refuses it.
   *
   * @return the pair that it completes
   */
  Optional<Pair> add(ByteStream stream) {
    var type = stream.header(TYPE).orElse("");
    int port = port(stream);
    if (port == 0 || !(type.equals(DATA) || type.equals(ERROR))) {
      stream.reset();
      return Optional.empty();
    }
    var request = request(stream, type);
    var other = halves.get(request);
    if (other == null) {
      stream.accept();
      halves.put(request, new Half(stream, type, System.nanoTime()));
      return Optional.empty();
    }
    if (other.type().equals(type)) {
      stream.reset();
      return Optional.empty();
    }
    halves.remove(request);
    stream.accept();
    return Optional.of(
        type.equals(DATA)
            ? new Pair(port, stream, other.stream())
            : new Pair(port, other.stream(), stream));
  }

  /** Gives up those that waited for too long. */
  void giveUpOld() {
    var each = halves.values().iterator();
    while (each.hasNext()) {
      var half = each.next();
      if (System.nanoTime() - half.since() < wait.toNanos()) {
        return;
      }
      half.stream().reset();
      each.remove();
    }
  }

  /** 0 if it is none. */
  private static int port(ByteStream stream) {
    try {
      int port = Integer.parseInt(stream.header(PORT).orElse(""));
      return port < 1 || port > LAST_PORT ? 0 : port;
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /** Old clients number no requests: they open the error stream and then the one for data. */
  private static String request(ByteStream stream, String type) {
    return stream
        .header(REQUEST)
        .filter(id -> !id.isEmpty())
        .orElseGet(
            () -> String.valueOf(type.equals(ERROR) ? stream.number() : stream.number() - 2));
  }
}
