package io.virtualnodes.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.DockerClient;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A registry on this machine that gives one image to those who name themselves, whatever it is
 * called. It speaks as much of the <a
 * href="https://distribution.github.io/distribution/spec/api/">registry's protocol</a> as an engine
 * needs to fetch an image, by HTTP, which an engine takes from the machine itself.
 */
final class PrivateRegistry implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String MANIFEST_TYPE =
      "application/vnd.docker.distribution.manifest.v2+json";

  private final HttpServer server;
  private final Map<String, String> passwords;
  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final List<String> deliveries = new CopyOnWriteArrayList<>();
  private final byte[] manifest;

  private PrivateRegistry(HttpServer server, Map<String, String> passwords, byte[] manifest) {
    this.server = server;
    this.passwords = Map.copyOf(passwords);
    this.manifest = manifest;
  }

  /**
   * Serves an image that an engine has, marked so that it is an image of its own.
   *
   * @param passwords by user
   */
  static PrivateRegistry of(DockerClient engine, String image, Map<String, String> passwords)
      throws IOException {
    var files = new ConcurrentHashMap<String, byte[]>();
    try (var tar = new TarArchiveInputStream(engine.saveImageCmd(image).exec())) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isFile()) {
          files.put(entry.getName(), tar.readAllBytes());
        }
      }
    }
    var saved = MAPPER.readTree(files.get("manifest.json")).get(0);
    var config = (ObjectNode) MAPPER.readTree(files.get(saved.get("Config").asText()));
    config.withObject("/config/Labels").put("private", Long.toString(System.nanoTime()));

    var blobs = new ConcurrentHashMap<String, byte[]>();
    var manifest =
        MAPPER.createObjectNode().put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
    manifest.set(
        "config",
        blob(
            blobs,
            "application/vnd.docker.container.image.v1+json",
            MAPPER.writeValueAsBytes(config)));
    for (JsonNode layer : saved.get("Layers")) {
      manifest
          .withArray("layers")
          .add(
              blob(
                  blobs,
                  "application/vnd.docker.image.rootfs.diff.tar",
                  files.get(layer.asText())));
    }
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    var registry = new PrivateRegistry(server, passwords, MAPPER.writeValueAsBytes(manifest));
    registry.blobs.putAll(blobs);
    server.createContext("/", registry::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    return registry;
  }

  private static ObjectNode blob(Map<String, byte[]> blobs, String type, byte[] content) {
    var digest = digest(content);
    blobs.put(digest, content);
    return MAPPER
        .createObjectNode()
        .put("mediaType", type)
        .put("size", content.length)
        .put("digest", digest);
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has it", e);
    }
  }

  /** What its images' names begin with. */
  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Each time that somebody was told which image it is: the user and the image's name. */
  List<String> deliveries() {
    return List.copyOf(deliveries);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var user = user(exchange);
      if (user.isEmpty()) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"private\"");
        send(
            exchange,
            401,
            "application/json",
            "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\"}]}"
                .getBytes(StandardCharsets.UTF_8));
        return;
      }
      var path = exchange.getRequestURI().getPath();
      if (path.equals("/v2/")) {
        send(exchange, 200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      } else if (path.contains("/manifests/")) {
        // An engine asks by this which image it is, and for the rest only if it has not got it.
        if (exchange.getRequestMethod().equals("HEAD")) {
          deliveries.add(user + " " + path.substring("/v2/".length(), path.indexOf("/manifests/")));
        }
        exchange.getResponseHeaders().set("Docker-Content-Digest", digest(manifest));
        send(exchange, 200, MANIFEST_TYPE, manifest);
      } else {
        var blob = blobs.get(path.substring(path.lastIndexOf('/') + 1));
        if (blob == null) {
          send(exchange, 404, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
        } else {
          send(exchange, 200, "application/octet-stream", blob);
        }
      }
    }
  }

  /** Empty if nobody whom it knows asks. */
  private String user(HttpExchange exchange) {
    var header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header == null || !header.startsWith("Basic ")) {
      return "";
    }
    var parts =
        new String(
                Base64.getDecoder().decode(header.substring("Basic ".length())),
                StandardCharsets.UTF_8)
            .split(":", 2);
    return parts[1].equals(passwords.get(parts[0])) ? parts[0] : "";
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Docker-Distribution-Api-Version", "registry/2.0");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
    }
    exchange.sendResponseHeaders(status, head ? -1 : body.length);
    if (!head) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
