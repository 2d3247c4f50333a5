package io.virtualnodes.emulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What was asked and answered: counted, and written down as lines of JSON if there is a file for
 * it, without credentials.
 */
public final class Traffic {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> SECRETS =
      List.of(
          "secureValue",
          "password",
          "storageAccountKey",
          "workspaceKey",
          "SecretString",
          "SecretBinary");

  private final Optional<Path> file;
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final Set<String> requests = ConcurrentHashMap.newKeySet();

  /**
   * @param file that lines are added to
   */
  public Traffic(Optional<Path> file) {
    this.file = file;
  }

  /**
   * Counts and writes down one request.
   *
   * @param what it asked for, in a word, such as {@code GET}
   */
  public void note(
      Instant at,
      String what,
      HttpExchange request,
      JsonNode asked,
      int status,
      JsonNode answered) {
    counts.computeIfAbsent(what + " " + status, _ -> new AtomicInteger()).incrementAndGet();
    requests.add(what + " " + request.getRequestURI().getPath());
    file.ifPresent(path -> write(path, line(at, request, asked, status, answered)));
  }

  /** How many requests there were, by what was asked and status, such as {@code GET 200}. */
  public Map<String, Integer> counts() {
    var all = new TreeMap<String, Integer>();
    counts.forEach((what, count) -> all.put(what, count.get()));
    return all;
  }

  /** Each thing that was asked for, as {@code <what> <path>}. */
  public Set<String> requests() {
    return Set.copyOf(requests);
  }

  private static ObjectNode line(
      Instant at, HttpExchange request, JsonNode asked, int status, JsonNode answered) {
    var uri = request.getRequestURI();
    var line = JSON.createObjectNode();
    line.put("at", at.toString());
    line.put("method", request.getRequestMethod());
    line.put("path", uri.getPath());
    line.put("query", uri.getQuery());
    var headers = line.putObject("headers");
    request
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!isCredential(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, String.join(", ", values));
              }
            });
    // Copies: what is hidden here must stay what it is there.
    line.set("request", asked.deepCopy());
    line.put("status", status);
    line.set("response", answered.deepCopy());
    return line;
  }

  private static boolean isCredential(String header) {
    return header.contains("authorization") || header.contains("security-token");
  }

  private static synchronized void write(Path path, ObjectNode line) {
    try {
      Files.writeString(
          path,
          JSON.writeValueAsString(withoutSecrets(line)) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Passwords and secret values, in whosever words, stay out of the file. */
  private static JsonNode withoutSecrets(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (var name : SECRETS) {
        if (object.has(name)) {
          object.put(name, "hidden");
        }
      }
      if (object.path("secret").isObject()) {
        ((ObjectNode) object.path("secret"))
            .properties()
            .forEach(entry -> entry.setValue(JSON.getNodeFactory().textNode("hidden")));
      }
    }
    node.forEach(Traffic::withoutSecrets);
    return node;
  }
}
