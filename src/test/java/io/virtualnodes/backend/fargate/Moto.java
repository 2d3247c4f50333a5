package io.virtualnodes.backend.fargate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Moto's server, which others wrote from AWS's documentation to test clients of AWS. {@code make
 * test-fargate-moto} starts one.
 *
 * <p>It runs nothing. It shows a task's first container alone, and that as pending for ever; and it
 * fails for a container that reserves no memory, where ECS has that of its task. Here all
 * containers that a task was told of are shown, in the state of their task, and each reserves some
 * memory. Nothing else is changed.
 *
 * @see <a href="https://docs.getmoto.org">Moto</a>
 */
record Moto(URI address) implements AwsRelay.Upstream {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The least that ECS takes. */
  private static final int LEAST_MIB = 6;

  // What does not come at once never comes; a busy machine takes its time.
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** The account that the script of the test has prepared. */
  static AwsAccount.Settings account() {
    return account(Optional.empty());
  }

  /** The same, whose events are heard. */
  static AwsAccount.Settings hearing() {
    return account(Optional.of(property("moto.queue")));
  }

  private static AwsAccount.Settings account(Optional<String> eventQueue) {
    return new AwsAccount.Settings(
        new Moto(URI.create(property("moto.address"))),
        "us-east-1",
        "virtual-nodes",
        List.of(property("moto.subnet")),
        List.of(property("moto.securityGroup")),
        false,
        "arn:aws:iam::123456789012:role/execution",
        "/virtual-nodes/pods",
        eventQueue,
        "missing/image:1",
        PATIENCE);
  }

  private static String property(String name) {
    return Optional.ofNullable(System.getProperty(name))
        .orElseThrow(
            () -> new IllegalStateException(name + " is not set: use make test-fargate-moto"));
  }

  @Override
  public URI endpoint(String region, String service) {
    return address;
  }

  @Override
  public Optional<AwsCredentialsProvider> credentials() {
    return Optional.empty();
  }

  @Override
  public String asked(String operation, String body) {
    return operation.equals("RegisterTaskDefinition")
        ? changed(body, "containerDefinitions", Moto::reserveMemory)
        : body;
  }

  @Override
  public String told(String operation, String body) {
    return operation.equals("RunTask") || operation.equals("DescribeTasks")
        ? changed(body, "tasks", Moto::showContainers)
        : body;
  }

  private static String changed(String body, String list, Consumer<ObjectNode> change) {
    try {
      var json = JSON.readTree(body);
      json.path(list).forEach(one -> change.accept((ObjectNode) one));
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void reserveMemory(ObjectNode container) {
    if (!container.has("memory") && !container.has("memoryReservation")) {
      container.put("memoryReservation", LEAST_MIB);
    }
  }

  private static void showContainers(ObjectNode task) {
    var shown = (ArrayNode) task.path("containers");
    for (var told : task.path("overrides").path("containerOverrides")) {
      var name = told.path("name").asText();
      boolean isShown =
          StreamSupport.stream(shown.spliterator(), false)
              .anyMatch(one -> one.path("name").asText().equals(name));
      if (!isShown) {
        shown.addObject().put("name", name);
      }
    }
    shown.forEach(one -> ((ObjectNode) one).set("lastStatus", task.path("lastStatus")));
  }
}
