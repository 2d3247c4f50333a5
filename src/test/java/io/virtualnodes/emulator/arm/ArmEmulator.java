package io.virtualnodes.emulator.arm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.emulator.Traffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server: reads requests, has the {@link Cloud} do them, and writes Azure's kind of answers.
 */
public final class ArmEmulator implements AutoCloseable {
  /** The pool of the backend that runs the containers. */
  public static final String POOL = Cloud.POOL;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROVIDER = "/providers/Microsoft\\.ContainerInstance";
  private static final String SUBSCRIPTION = "/subscriptions/(?<subscription>[^/]+)";
  private static final String GROUP_OF_RESOURCES = "/resourceGroups/(?<resources>[^/]+)";
  private static final String GROUP =
      SUBSCRIPTION + GROUP_OF_RESOURCES + PROVIDER + "/containerGroups/(?<group>[^/]+)";

  private static final Pattern ALL = route(SUBSCRIPTION + PROVIDER + "/containerGroups");
  private static final Pattern LIST =
      route(SUBSCRIPTION + GROUP_OF_RESOURCES + PROVIDER + "/containerGroups");
  private static final Pattern ONE = route(GROUP);
  private static final Pattern STOP = route(GROUP + "/stop");
  private static final Pattern LOGS = route(GROUP + "/containers/(?<container>[^/]+)/logs");
  private static final Pattern EXEC = route(GROUP + "/containers/(?<container>[^/]+)/exec");
  private static final Pattern ATTACH = route(GROUP + "/containers/(?<container>[^/]+)/attach");
  private static final Pattern USAGES =
      route(SUBSCRIPTION + PROVIDER + "/locations/(?<location>[^/]+)/usages");
  private static final Pattern OPERATION =
      route(
          SUBSCRIPTION
              + PROVIDER
              + "/locations/(?<location>[^/]+)/operations/(?<operation>[^/]+)/(?<resources>[^/]+)/(?<group>[^/]+)");

  private final Cloud cloud;
  private final Faults faults;
  private final Traffic traffic;
  private final InstantSource clock;
  private final HttpServer server;
  private final ContainerTalks talks;
  private final Backend containers;
  private final Terminals terminals;

  /** What is answered. */
  private record Answer(int status, JsonNode body, Map<String, String> headers) {
    static Answer of(int status, JsonNode body) {
      return new Answer(status, body, Map.of());
    }
  }

  /**
   * Listens from now on, on this machine only.
   *
   * @param port 0 takes a free one
   * @param containers runs what is asked for; its pool is called {@link #POOL}
   * @param record where requests and answers are written down
   */
  public ArmEmulator(
      int port, Limits limits, Backend containers, InstantSource clock, Optional<Path> record) {
    this(port, limits, containers, Terminals.of(containers), clock, record);
  }

  /**
   * @param terminals where commands in containers are run
   */
  public ArmEmulator(
      int port,
      Limits limits,
      Backend containers,
      Terminals terminals,
      InstantSource clock,
      Optional<Path> record) {
    this.faults = new Faults();
    this.containers = containers;
    this.terminals = terminals;
    this.talks = new ContainerTalks(clock, faults);
    this.cloud =
        new Cloud(
            limits,
            faults,
            containers,
            // A simulation takes no time, and its clock may stand still.
            containers instanceof SimulatedBackend ? Worker.atOnce() : Worker.meanwhile(),
            clock);
    this.traffic = new Traffic(record);
    this.clock = clock;
    try {
      this.server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /**
   * What those who run the containers call the volume that a share of Azure Files is kept in; it is
   * theirs to remove.
   */
  public static String share(String account, String share) {
    return "azure." + account + "." + share;
  }

  public Faults faults() {
    return faults;
  }

  public Traffic traffic() {
    return traffic;
  }

  /** How many groups that are not being deleted carry these tags. */
  public int count(Map<String, String> tags) {
    return cloud.count(tags);
  }

  /** Somebody else takes a group away, at once. */
  public void vanish(String name) {
    cloud.vanish(name);
  }

  /** Azure needs a Spot group's room for a moment. */
  public void evict(String name) {
    cloud.evict(name);
  }

  /** All groups are gone at once. */
  public void clear() {
    cloud.clear();
  }

  @Override
  public void close() {
    server.stop(0);
    talks.close();
  }

  private static Pattern route(String path) {
    return Pattern.compile(path, Pattern.CASE_INSENSITIVE);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      var asked = body(exchange);
      if (faults.isUnreachable()) {
        // Closing without an answer is what a broken connection looks like.
        return;
      }
      var answer = answer(exchange, asked);
      boolean changes = !exchange.getRequestMethod().equals("GET") && answer.status() < 300;
      if (changes && faults.losesThisAnswer()) {
        return;
      }
      if (changes && faults.hidesThisSuccess()) {
        answer = of(new ArmError(503, "ServiceUnavailable", "The service is unavailable."));
      }
      traffic.note(
          clock.instant(),
          exchange.getRequestMethod(),
          exchange,
          asked,
          answer.status(),
          answer.body());
      write(exchange, answer);
    }
  }

  private Answer answer(HttpExchange exchange, JsonNode asked) {
    try {
      var uri = exchange.getRequestURI();
      var query = query(uri);
      if (!query.containsKey("api-version")) {
        throw ArmError.invalid(
            "MissingApiVersionParameter", "The api-version query parameter is required.");
      }
      var method = exchange.getRequestMethod();
      return method.equals("GET")
          ? readWithCount(uri.getPath(), query)
          : change(method, uri.getPath(), asked);
    } catch (ArmError e) {
      return of(e);
    }
  }

  private Answer readWithCount(String path, Map<String, String> query) {
    int left = cloud.countRead();
    var answer = read(path, query);
    var headers = new HashMap<>(answer.headers());
    headers.put("x-ms-ratelimit-remaining-subscription-reads", String.valueOf(left));
    return new Answer(answer.status(), answer.body(), headers);
  }

  private Answer read(String path, Map<String, String> query) {
    var one = ONE.matcher(path);
    if (one.matches()) {
      if (faults.failsReads()) {
        throw new ArmError(500, "InternalServerError", "Encountered internal server error.");
      }
      return Answer.of(200, cloud.read(subscription(one), resources(one), group(one)));
    }
    var list = LIST.matcher(path);
    if (list.matches()) {
      return Answer.of(200, cloud.list(subscription(list), Optional.of(resources(list))));
    }
    var all = ALL.matcher(path);
    if (all.matches()) {
      return Answer.of(200, cloud.list(subscription(all), Optional.empty()));
    }
    var logs = LOGS.matcher(path);
    if (logs.matches()) {
      var tail = query.get("tail");
      var text =
          cloud.log(
              subscription(logs),
              resources(logs),
              group(logs),
              logs.group("container"),
              tail == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(tail)),
              Boolean.parseBoolean(query.getOrDefault("timestamps", "false")));
      return Answer.of(200, JSON.createObjectNode().put("content", text));
    }
    var usages = USAGES.matcher(path);
    if (usages.matches()) {
      return Answer.of(200, cloud.usages(subscription(usages), usages.group("location")));
    }
    var operation = OPERATION.matcher(path);
    if (operation.matches()) {
      return operation(operation);
    }
    throw unknown(path);
  }

  /** How far a creation or deletion is that was accepted. */
  private Answer operation(Matcher operation) {
    var kind = operation.group("operation");
    var status = JSON.createObjectNode();
    try {
      var group = cloud.read(subscription(operation), resources(operation), group(operation));
      var state = group.at("/properties/provisioningState").asText();
      status.put(
          "status",
          kind.equals("delete") || state.equals("Pending") || state.equals("Creating")
              ? "InProgress"
              : state);
    } catch (ArmError e) {
      if (e.status() != 404) {
        throw e;
      }
      status.put("status", kind.equals("delete") ? "Succeeded" : "Canceled");
    }
    return Answer.of(200, status);
  }

  private Answer change(String method, String path, JsonNode asked) {
    var one = ONE.matcher(path);
    if (one.matches()) {
      return switch (method) {
        case "PUT" -> put(one, asked);
        case "PATCH" ->
            Answer.of(200, cloud.tag(subscription(one), resources(one), group(one), asked));
        case "DELETE" -> delete(one);
        default -> throw unknown(path);
      };
    }
    var stop = STOP.matcher(path);
    if (stop.matches() && method.equals("POST")) {
      cloud.stop(subscription(stop), resources(stop), group(stop));
      return Answer.of(204, MissingNode.getInstance());
    }
    if (method.equals("POST")) {
      return talk(path, asked);
    }
    throw unknown(path);
  }

  private Answer talk(String path, JsonNode asked) {
    var exec = EXEC.matcher(path);
    if (exec.matches()) {
      var program = asked.path("command").asText("");
      if (program.isBlank()) {
        throw ArmError.invalid("InvalidExecCommand", "The exec command was not specified.");
      }
      var size = ContainerTalks.size(asked);
      var talk = terminals.open(runs(exec), exec.group("container"), program, size);
      return Answer.of(200, talks.exec(talk.orElseThrow(() -> notRunning(exec)), size));
    }
    var attach = ATTACH.matcher(path);
    if (attach.matches()) {
      var talk =
          containers
              .streams()
              .attach(
                  runs(attach), attach.group("container"), new Channels(false, true, true, false));
      return Answer.of(200, talks.attach(talk.orElseThrow(() -> notRunning(attach))));
    }
    throw unknown(path);
  }

  private GroupId runs(Matcher route) {
    return cloud.runs(
        subscription(route), resources(route), group(route), route.group("container"));
  }

  private static ArmError notRunning(Matcher route) {
    return new ArmError(
        409,
        "ContainerNotRunning",
        "The container '%s' is not running.".formatted(route.group("container")));
  }

  private Answer put(Matcher one, JsonNode asked) {
    if (!(asked instanceof ObjectNode body)) {
      throw ArmError.invalid("InvalidRequestContent", "The request content was invalid.");
    }
    var done = cloud.put(subscription(one), resources(one), group(one), body);
    return new Answer(
        done.status(),
        done.body(),
        Map.of("Azure-AsyncOperation", operation(one, "create", body.path("location").asText())));
  }

  private Answer delete(Matcher one) {
    var deleted = cloud.delete(subscription(one), resources(one), group(one));
    return deleted
        .map(
            group ->
                new Answer(
                    202,
                    group,
                    Map.of(
                        "Azure-AsyncOperation",
                        operation(one, "delete", group.path("location").asText()))))
        .orElseGet(() -> Answer.of(204, MissingNode.getInstance()));
  }

  private String operation(Matcher one, String kind, String location) {
    return "%s/subscriptions/%s/providers/Microsoft.ContainerInstance/locations/%s/operations/%s/%s/%s?api-version=2023-05-01"
        .formatted(
            address(),
            subscription(one),
            location.replace(" ", ""),
            kind,
            resources(one),
            group(one));
  }

  private static Answer of(ArmError error) {
    var body = JSON.createObjectNode();
    body.putObject("error").put("code", error.code()).put("message", error.getMessage());
    var headers = new HashMap<String, String>();
    error
        .retryAfter()
        .ifPresent(
            pause -> headers.put("Retry-After", String.valueOf(pause.plusMillis(999).toSeconds())));
    return new Answer(error.status(), body, headers);
  }

  private static ArmError unknown(String path) {
    return new ArmError(
        404, "InvalidResourceType", "The resource type could not be found: " + path);
  }

  private static String subscription(Matcher route) {
    return route.group("subscription");
  }

  private static String resources(Matcher route) {
    return route.group("resources");
  }

  private static String group(Matcher route) {
    return route.group("group");
  }

  private static Map<String, String> query(URI uri) {
    var query = new HashMap<String, String>();
    if (uri.getRawQuery() != null) {
      for (var part : uri.getRawQuery().split("&")) {
        int equals = part.indexOf('=');
        query.put(
            decode(equals < 0 ? part : part.substring(0, equals)),
            equals < 0 ? "" : decode(part.substring(equals + 1)));
      }
    }
    return query;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static JsonNode body(HttpExchange exchange) throws IOException {
    var bytes = exchange.getRequestBody().readAllBytes();
    return bytes.length == 0 ? MissingNode.getInstance() : JSON.readTree(bytes);
  }

  private static void write(HttpExchange exchange, Answer answer) throws IOException {
    var headers = exchange.getResponseHeaders();
    answer.headers().forEach(headers::set);
    headers.set("x-ms-request-id", UUID.randomUUID().toString());
    if (answer.body().isMissingNode()) {
      exchange.sendResponseHeaders(answer.status(), -1);
      return;
    }
    var bytes = JSON.writeValueAsBytes(answer.body());
    headers.set("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
