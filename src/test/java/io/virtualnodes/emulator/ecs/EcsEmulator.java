package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.virtualnodes.emulator.Traffic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * The server: reads requests in AWS's JSON protocols, has the service that each names do them, one
 * at a time but for the waiting of queues' readers, and writes AWS's kind of answers.
 *
 * <p>Signatures must be there and are not verified.
 */
public final class EcsEmulator implements AutoCloseable {
  private static final String ECS = "AmazonEC2ContainerServiceV20141113";
  private static final String LOGS = "Logs_20140328";
  private static final String SECRETS = "secretsmanager";
  private static final String QUEUES = "AmazonSQS";
  private static final String QUOTAS = "ServiceQuotasV20190624";

  private final InstantSource clock;
  private final Containers containers;
  private final Faults faults = new Faults();
  private final Traffic traffic;
  private final Throttle throttle;
  private final Secrets secrets;
  private final LogGroups logGroups;
  private final Logs logs;
  private final Queues queues;
  private final Quotas quotas;
  private final Events events;
  private final Clusters clusters = new Clusters();
  private final TaskDefinitions definitions = new TaskDefinitions();
  private final Tasks tasks;
  private final Ecs ecs;
  private final HttpServer server;

  /** What is answered. */
  private record Answer(int status, ObjectNode body, Optional<String> errorType) {}

  /**
   * Listens from now on, on this machine only.
   *
   * @param port 0 takes a free one
   * @param containers runs what is asked for, and is not closed
   * @param record where requests and answers are written down, without what is secret
   */
  public EcsEmulator(
      int port, Limits limits, Containers containers, InstantSource clock, Optional<Path> record) {
    this.throttle = new Throttle(limits, clock.instant());
    this.clock = clock;
    this.containers = containers;
    this.traffic = new Traffic(record);
    this.secrets = new Secrets(limits, throttle, clock);
    this.logGroups = new LogGroups(limits.logLag());
    this.logs = new Logs(logGroups, throttle, faults);
    this.queues = new Queues(clock, faults);
    this.quotas = new Quotas(limits);
    this.events = new Events(queues, faults);
    var agent = new ContainerLife(faults, containers, logGroups);
    var life =
        new TaskLife(
            limits, containers, agent, new Initialisation(secrets, logGroups), events::changed);
    this.tasks = new Tasks(limits, faults, throttle, definitions, life, agent);
    this.ecs = new Ecs(throttle, clusters, definitions, tasks);
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

  /** What all services are found at. */
  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  public Faults faults() {
    return faults;
  }

  /** Counted by operation and status, such as {@code RunTask 200}. */
  public Traffic traffic() {
    return traffic;
  }

  /**
   * Makes a cluster with both of Fargate's capacity providers, and a group for logs, as whoever
   * owns an account would.
   */
  public synchronized void prepare(String cluster, String logGroup) {
    var asked = Json.object().put("clusterName", cluster);
    asked.putArray("capacityProviders").add("FARGATE").add("FARGATE_SPOT");
    clusters.create(asked);
    logGroups.make(logGroup);
  }

  /**
   * What happens to the tasks of a cluster is told to a queue from now on, which is made if it is
   * not there.
   *
   * @return the address of the queue
   */
  public String deliverEvents(String cluster, String queue) {
    events.deliver(cluster, queue);
    return Queues.url(endpoint(), queue);
  }

  /** How many events wait in a queue, or were read and not yet removed from it. */
  public int waiting(String queue) {
    return queues.size(queue);
  }

  /** Spare capacity is needed elsewhere: a task is told to end. */
  public void interruptSpot(String taskArn) {
    interrupt(taskArn, "SpotInterruption", "Your Spot Task was interrupted.");
  }

  /**
   * AWS ends a task.
   *
   * @param stopCode any: AWS adds new ones
   */
  public synchronized void interrupt(String taskArn, String stopCode, String reason) {
    tasks.interrupt(taskArn, stopCode, reason, settled());
  }

  /** A container of a task that runs has used more memory than it may. */
  public synchronized void runOutOfMemory(String taskArn, String container) {
    settled();
    tasks
        .container(taskArn, container)
        .run
        .ifPresentOrElse(
            containers::runOutOfMemory,
            () -> {
              throw new IllegalStateException("container " + container + " has not started");
            });
    settled();
  }

  /** A task is gone at once, as if there had never been one. */
  public synchronized void vanish(String taskArn) {
    settled();
    tasks.vanish(taskArn);
  }

  /** How many tasks that were not asked to stop carry this mark of who started them. */
  public synchronized int count(String startedBy) {
    settled();
    return tasks.count(startedBy);
  }

  /** The marks of who started a task, one for each that is still shown, ended ones included. */
  public synchronized List<String> startedBy() {
    settled();
    return tasks.startedBy();
  }

  /** The marks of who started a task, one for each that was not asked to stop. */
  public synchronized List<String> running() {
    settled();
    return tasks.running();
  }

  /** ARNs of the task definitions by which something can be run. */
  public synchronized List<String> activeDefinitions() {
    return definitions.active();
  }

  /** What the secrets say that were not deleted. */
  public List<String> secretTexts() {
    return secrets.texts();
  }

  /**
   * Somebody makes all secrets say something else.
   *
   * @param times after two of which nothing is left of what they said
   */
  public void changeSecrets(String text, int times) {
    secrets.change(text, times);
  }

  /** Somebody deletes all secrets: at once, or to be gone in a week. */
  public void deleteSecrets(boolean atOnce) {
    secrets.delete(atOnce);
  }

  /** How many requests of a kind were too many. */
  public int throttled(Limits.Category category) {
    return throttle.refused(category);
  }

  /** All tasks are gone at once. */
  public synchronized void clear() {
    tasks.clear();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      var bytes = exchange.getRequestBody().readAllBytes();
      if (faults.isUnreachable()) {
        // Closing without an answer is what a broken connection looks like.
        return;
      }
      var target = Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
      var operation = target.map(text -> text.substring(text.lastIndexOf('.') + 1)).orElse("");
      Answer answer;
      ObjectNode asked = Json.object();
      try {
        asked = read(bytes);
        answer =
            new Answer(
                200, answer(exchange, target.orElse(""), operation, asked), Optional.empty());
      } catch (AwsError e) {
        answer = of(e);
      }
      boolean changed = answer.status() == 200 && Ecs.changes(operation);
      if (changed && faults.losesThisAnswer()) {
        return;
      }
      if (changed && faults.hidesThisSuccess()) {
        answer = of(AwsError.server());
      }
      traffic.note(clock.instant(), operation, exchange, asked, answer.status(), answer.body());
      write(exchange, answer);
    }
  }

  private static ObjectNode read(byte[] bytes) {
    try {
      var node = bytes.length == 0 ? MissingNode.getInstance() : Json.MAPPER.readTree(bytes);
      if (node instanceof ObjectNode asked) {
        return asked;
      }
    } catch (JsonProcessingException e) {
      throw new AwsError("SerializationException", e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new AwsError("SerializationException", "The request is no JSON object.");
  }

  private ObjectNode answer(
      HttpExchange exchange, String target, String operation, ObjectNode asked) {
    var signature = exchange.getRequestHeaders().getFirst("Authorization");
    if (signature == null || !signature.startsWith("AWS4-HMAC-SHA256 ")) {
      throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    faults.check(operation);
    int dot = target.lastIndexOf('.');
    var service = dot < 0 ? "" : target.substring(0, dot);
    return switch (service) {
      case ECS -> answer(() -> ecs.answer(operation, asked, settled()));
      case LOGS ->
          answer(
              () -> {
                var now = settled();
                tasks.takeLogs(asked.path("logGroupName").asText(), Logs.streamsOf(asked), now);
                return logs.answer(operation, asked, now);
              });
      case SECRETS -> secrets.answer(operation, asked);
      // Not one at a time: readers wait.
      case QUEUES -> queues.answer(operation, asked, endpoint(), this::settleForReaders);
      case QUOTAS -> quotas.answer(operation, asked);
      default -> throw AwsError.unknown(target);
    };
  }

  private synchronized ObjectNode answer(Supplier<ObjectNode> answer) {
    return answer.get();
  }

  private synchronized void settleForReaders() {
    settled();
  }

  private Instant settled() {
    var now = clock.instant();
    tasks.settle(now);
    return now;
  }

  private static Answer of(AwsError error) {
    var body = Json.object();
    body.put("__type", error.type());
    body.put("message", error.getMessage());
    if (!error.resourceIds().isEmpty()) {
      var ids = body.putArray("resourceIds");
      error.resourceIds().forEach(ids::add);
    }
    return new Answer(error.status(), body, Optional.of(error.type()));
  }

  private static void write(HttpExchange exchange, Answer answer) throws IOException {
    var headers = exchange.getResponseHeaders();
    var bytes = Json.MAPPER.writeValueAsBytes(answer.body());
    headers.set("x-amzn-RequestId", UUID.randomUUID().toString());
    headers.set(
        "Content-Type",
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Content-Type"))
            .orElse("application/x-amz-json-1.1"));
    answer.errorType().ifPresent(type -> headers.set("x-amzn-ErrorType", type));
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
