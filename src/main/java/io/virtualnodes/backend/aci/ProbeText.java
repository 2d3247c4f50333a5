package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Probe;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A probe over the network as the value of a tag, for the process that comes after this one. A tag
 * has room for 256 characters, so it is written shortly: {@code http 8080 0/10/1/1/3 - %2Fready}.
 */
final class ProbeText {
  /** Of a tag's value. */
  static final int LONGEST = 256;

  private static final String NONE = "-";

  private ProbeText() {}

  /** Whether a probe can be carried out over the network. */
  static boolean isOverTheNetwork(Probe probe) {
    return switch (probe.action()) {
      case Action.HttpGet _, Action.TcpSocket _, Action.Grpc _ -> true;
      case Action.Exec _, Action.Sleep _ -> false;
    };
  }

  /**
   * @throws IllegalArgumentException if it is not {@link #isOverTheNetwork over the network}
   */
  static String of(Probe probe) {
    var times =
        "%d/%d/%d/%d/%d"
            .formatted(
                probe.initialDelay().toSeconds(),
                probe.period().toSeconds(),
                probe.timeout().toSeconds(),
                probe.successThreshold(),
                probe.failureThreshold());
    return switch (probe.action()) {
      case Action.HttpGet(var scheme, var host, var port, var path, var headers) ->
          String.join(
                  " ",
                  scheme == Action.Scheme.HTTPS ? "https" : "http",
                  String.valueOf(port),
                  times,
                  host.map(ProbeText::encode).orElse(NONE),
                  encode(path),
                  headers.stream()
                      .map(header -> encode(header.name()) + ":" + encode(header.value()))
                      .collect(Collectors.joining(" ")))
              .strip();
      case Action.TcpSocket(var host, var port) ->
          String.join(
              " ", "tcp", String.valueOf(port), times, host.map(ProbeText::encode).orElse(NONE));
      case Action.Grpc(var port, var service) ->
          String.join(
              " ", "grpc", String.valueOf(port), times, service.isEmpty() ? NONE : encode(service));
      case Action.Exec _, Action.Sleep _ ->
          throw new IllegalArgumentException("not over the network: " + probe);
    };
  }

  /** Empty if it was not written by {@link #of}: somebody changed the tag. */
  static Optional<Probe> parse(String text) {
    try {
      var parts = Arrays.asList(text.split(" "));
      var times =
          Arrays.stream(parts.get(2).split("/")).mapToInt(Integer::parseInt).boxed().toList();
      return Optional.of(
          new Probe(
              action(parts),
              Duration.ofSeconds(times.get(0)),
              Duration.ofSeconds(times.get(1)),
              Duration.ofSeconds(times.get(2)),
              times.get(3),
              times.get(4),
              Optional.empty()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static Action action(List<String> parts) {
    int port = Integer.parseInt(parts.get(1));
    return switch (parts.getFirst()) {
      case "http" -> http(Action.Scheme.HTTP, port, parts);
      case "https" -> http(Action.Scheme.HTTPS, port, parts);
      case "tcp" -> new Action.TcpSocket(optional(parts.get(3)), port);
      case "grpc" -> new Action.Grpc(port, optional(parts.get(3)).orElse(""));
      default -> throw new IllegalArgumentException("no such probe: " + parts.getFirst());
    };
  }

  private static Action http(Action.Scheme scheme, int port, List<String> parts) {
    var headers = new ArrayList<Action.Header>();
    for (var header : parts.subList(5, parts.size())) {
      int colon = header.indexOf(':');
      headers.add(
          new Action.Header(
              decode(header.substring(0, colon)), decode(header.substring(colon + 1))));
    }
    return new Action.HttpGet(scheme, optional(parts.get(3)), port, decode(parts.get(4)), headers);
  }

  private static Optional<String> optional(String text) {
    return text.equals(NONE) ? Optional.empty() : Optional.of(decode(text));
  }

  /** A dash alone stands for nothing, so one that is meant is written otherwise. */
  private static String encode(String text) {
    return text.equals(NONE) ? "%2D" : URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
