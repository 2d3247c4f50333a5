package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;

import io.virtualnodes.backend.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The query of a request for a conversation, read as a kubelet reads it. */
final class ConversationQuery {
  private static final int LAST_PORT = 65_535;
  // Each takes two channels of a WebSocket, whose numbers are one byte.
  private static final int PORTS = 100;

  private ConversationQuery() {}

  /** Which ways of the process are asked for. A terminal has no errors of its own. */
  static Channels channels(Map<String, List<String>> query) throws Refusal {
    boolean terminal = flag(query, "tty");
    boolean input = flag(query, "input");
    boolean output = flag(query, "output");
    boolean errors = flag(query, "error") && !terminal;
    if (!input && !output && !errors) {
      throw new Refusal(BAD_REQUEST, "you must specify at least one of stdin, stdout, stderr");
    }
    return new Channels(input, output, errors, terminal);
  }

  /** One word for each parameter. */
  static List<String> command(Map<String, List<String>> query) throws Refusal {
    var command = query.getOrDefault("command", List.of());
    if (command.isEmpty() || command.getFirst().isEmpty()) {
      throw new Refusal(BAD_REQUEST, "you must specify a command");
    }
    return command;
  }

  /** One line, whose words are apart by blanks. */
  static List<String> words(Map<String, List<String>> query) throws Refusal {
    var line = query.getOrDefault("cmd", List.of("")).getFirst().strip();
    if (line.isEmpty()) {
      throw new Refusal(BAD_REQUEST, "you must specify a command with the parameter cmd");
    }
    return List.of(line.split("\\s+"));
  }

  /** In several parameters, or in a list in one; none is no error here. */
  static List<Integer> ports(Map<String, List<String>> query) throws Refusal {
    var ports = new ArrayList<Integer>();
    for (var values : query.getOrDefault("port", List.of())) {
      for (var value : values.split(",")) {
        ports.add(port(value));
      }
    }
    if (ports.size() > PORTS) {
      throw new Refusal(BAD_REQUEST, "at most " + PORTS + " ports may be named");
    }
    return ports;
  }

  private static int port(String value) throws Refusal {
    try {
      int port = Integer.parseInt(value.strip());
      if (port >= 1 && port <= LAST_PORT) {
        return port;
      }
    } catch (NumberFormatException _) {
      // The sentence below says it.
    }
    throw new Refusal(BAD_REQUEST, "\"%s\" is not a port".formatted(value));
  }

  private static boolean flag(Map<String, List<String>> query, String name) {
    var value = query.getOrDefault(name, List.of("")).getFirst();
    return value.equals("1") || value.equals("true");
  }
}
