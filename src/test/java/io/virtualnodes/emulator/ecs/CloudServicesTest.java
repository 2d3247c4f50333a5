package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.emulator.ecs.Limits.Category;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.cloudwatchlogs.model.CloudWatchLogsException;
import software.amazon.awssdk.services.cloudwatchlogs.model.FilteredLogEvent;
import software.amazon.awssdk.services.cloudwatchlogs.model.GetLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.OutputLogEvent;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceNotFoundException;
import software.amazon.awssdk.services.ecs.model.TaskDefinitionStatus;
import software.amazon.awssdk.services.secretsmanager.model.Filter;
import software.amazon.awssdk.services.secretsmanager.model.InvalidRequestException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceExistsException;
import software.amazon.awssdk.services.secretsmanager.model.Tag;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/** The services beside ECS, task definitions as they are kept, and what all have in common. */
class CloudServicesTest {
  private Aws aws = new Aws(Limits.USUAL);

  @AfterEach
  void close() {
    aws.close();
  }

  private void with(Limits limits) {
    aws.close();
    aws = new Aws(limits);
  }

  // ---- Logs

  private String written(String script) {
    var arn = aws.run(Aws.container("main", script));
    aws.awaitStatus(arn, "RUNNING");
    return arn;
  }

  private GetLogEventsResponse page(String arn, String token, int limit) {
    return aws.logs.getLogEvents(
        asked ->
            asked
                .logGroupName(Aws.LOG_GROUP)
                .logStreamName(Aws.stream(arn, "main"))
                .startFromHead(true)
                .limit(limit)
                .nextToken(token));
  }

  @Test
  void aLogIsReadForwardUntilTheTokenStaysTheSame() {
    var arn = written("echo 1; echo 2; echo 3; sleep 3600");

    var first = page(arn, null, 2);
    var second = page(arn, first.nextForwardToken(), 2);
    var third = page(arn, second.nextForwardToken(), 2);

    assertThat(first.events()).extracting(OutputLogEvent::message).containsExactly("1", "2");
    assertThat(second.events()).extracting(OutputLogEvent::message).containsExactly("3");
    assertThat(second.nextForwardToken()).isNotEqualTo(first.nextForwardToken());
    assertThat(third.events()).isEmpty();
    assertThat(third.nextForwardToken()).isEqualTo(second.nextForwardToken());
  }

  @Test
  void aLogGoesOnBehindTheTokenOfItsEnd() {
    var arn = written("echo 1; sleep 30; echo 2; sleep 3600");
    var end = page(arn, null, 10).nextForwardToken();
    assertThat(page(arn, end, 10).events()).isEmpty();

    aws.clock.pass(Duration.ofSeconds(30));

    assertThat(page(arn, end, 10).events())
        .extracting(OutputLogEvent::message)
        .containsExactly("2");
  }

  @Test
  void withoutBeginningAtTheHeadTheLastLinesComeFirst() {
    var arn = written("echo 1; echo 2; echo 3; sleep 3600");

    var last =
        aws.logs.getLogEvents(
            asked ->
                asked.logGroupName(Aws.LOG_GROUP).logStreamName(Aws.stream(arn, "main")).limit(2));
    var before =
        aws.logs.getLogEvents(
            asked ->
                asked
                    .logGroupName(Aws.LOG_GROUP)
                    .logStreamName(Aws.stream(arn, "main"))
                    .limit(2)
                    .nextToken(last.nextBackwardToken()));

    assertThat(last.events()).extracting(OutputLogEvent::message).containsExactly("2", "3");
    assertThat(before.events()).extracting(OutputLogEvent::message).containsExactly("1");
  }

  @Test
  void pagesMayBeEmptyThoughThereIsMore() {
    aws.emulator.faults().emptyLogPages(true);
    var arn = written("echo 1; echo 2; sleep 3600");

    var lines = new ArrayList<String>();
    int empty = 0;
    String token = null;
    while (true) {
      var page = page(arn, token, 1);
      page.events().forEach(event -> lines.add(event.message()));
      empty += page.events().isEmpty() ? 1 : 0;
      if (page.nextForwardToken().equals(token)) {
        break;
      }
      token = page.nextForwardToken();
    }

    assertThat(lines).containsExactly("1", "2");
    assertThat(empty).isEqualTo(3);
  }

  @Test
  void severalStreamsAreReadUntilThereIsNoToken() {
    var arn =
        aws.run(
            Aws.container("main", "echo from-main; sleep 3600"),
            Aws.container("mainly", "echo from-mainly; sleep 3600"));
    aws.awaitStatus(arn, "RUNNING");

    var events =
        aws
            .logs
            .filterLogEventsPaginator(
                asked -> asked.logGroupName(Aws.LOG_GROUP).logStreamNamePrefix("pods/").limit(1))
            .events()
            .stream()
            .toList();
    var streams =
        aws.logs
            .describeLogStreams(
                asked -> asked.logGroupName(Aws.LOG_GROUP).logStreamNamePrefix("pods/main/"))
            .logStreams();

    assertThat(events)
        .extracting(FilteredLogEvent::message)
        .containsExactlyInAnyOrder("from-main", "from-mainly");
    assertThat(streams).hasSize(1);
    assertThat(streams.getFirst().logStreamName()).isEqualTo(Aws.stream(arn, "main"));
  }

  @Test
  void aStreamIsThereOnceItsContainerIsAndStaysWhenTheTaskIsForgotten() {
    var arn = aws.run(Aws.container("main", "echo last words; exit 0"));
    assertThatThrownBy(() -> aws.log(arn, "main")).isInstanceOf(ResourceNotFoundException.class);
    aws.awaitStatus(arn, "STOPPED");

    aws.clock.pass(Duration.ofHours(2));

    assertThat(aws.log(arn, "main")).containsExactly("last words");
  }

  @Test
  void linesCanBeReadOnlyAfterAWhile() {
    with(Limits.USUAL.withLogLag(Duration.ofSeconds(10)));
    var arn = written("echo 1; sleep 3600");

    assertThat(aws.log(arn, "main")).isEmpty();
    aws.clock.pass(Duration.ofSeconds(10));
    assertThat(aws.log(arn, "main")).containsExactly("1");
  }

  @Test
  void logsAreReadTwentyFiveTimesASecond() {
    var arn = written("echo 1; sleep 3600");
    for (int i = 0; i < 25; i++) {
      aws.log(arn, "main");
    }

    assertThatThrownBy(() -> aws.log(arn, "main"))
        .isInstanceOfSatisfying(
            CloudWatchLogsException.class,
            error -> assertThat(error.isThrottlingException()).isTrue());
  }

  // ---- Secrets

  @Test
  void aDeletedNameStaysTakenForItsWindow() {
    aws.secrets.createSecret(asked -> asked.name("a").secretString("1"));
    aws.secrets.deleteSecret(asked -> asked.secretId("a").recoveryWindowInDays(7L));

    aws.clock.pass(Duration.ofDays(6));
    assertThatThrownBy(() -> aws.secrets.createSecret(asked -> asked.name("a").secretString("2")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("already scheduled for deletion");
    assertThatThrownBy(() -> aws.secrets.getSecretValue(asked -> asked.secretId("a")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("marked for deletion");

    aws.clock.pass(Duration.ofDays(1));
    aws.secrets.createSecret(asked -> asked.name("a").secretString("2"));
    assertThat(aws.secrets.getSecretValue(asked -> asked.secretId("a")).secretString())
        .isEqualTo("2");
  }

  @Test
  void aForcedDeletionTakesAMomentAndNeedsNoSecret() {
    aws.secrets.createSecret(asked -> asked.name("a").secretString("1"));
    aws.secrets.deleteSecret(asked -> asked.secretId("a").forceDeleteWithoutRecovery(true));

    assertThatThrownBy(() -> aws.secrets.createSecret(asked -> asked.name("a").secretString("2")))
        .isInstanceOf(InvalidRequestException.class);
    aws.clock.pass(Limits.USUAL.secretDeletion());
    aws.secrets.createSecret(asked -> asked.name("a").secretString("2"));
    aws.secrets.deleteSecret(asked -> asked.secretId("none").forceDeleteWithoutRecovery(true));
    assertThatThrownBy(() -> aws.secrets.deleteSecret(asked -> asked.secretId("none")))
        .isInstanceOf(
            software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException.class);
  }

  @Test
  void aSecretIsMadeOnceForOneToken() {
    var first =
        aws.secrets.createSecret(
            asked -> asked.name("a").secretString("1").clientRequestToken("x".repeat(32)));
    var again =
        aws.secrets.createSecret(
            asked -> asked.name("a").secretString("1").clientRequestToken("x".repeat(32)));

    assertThat(again.versionId()).isEqualTo(first.versionId());
    assertThatThrownBy(() -> aws.secrets.createSecret(asked -> asked.name("a").secretString("1")))
        .isInstanceOf(ResourceExistsException.class);
    assertThatThrownBy(
            () ->
                aws.secrets.createSecret(asked -> asked.name("b").secretString("x".repeat(65_537))))
        .hasMessageContaining("65536");
  }

  @Test
  void secretsHaveVersionsTagsAndPages() {
    for (int i = 0; i < 3; i++) {
      int number = i;
      aws.secrets.createSecret(
          asked ->
              asked
                  .name("vk/pool/" + number)
                  .secretString("old")
                  .tags(Tag.builder().key("pool").value("burst").build()));
    }
    aws.secrets.createSecret(asked -> asked.name("other").secretString("x"));
    aws.secrets.putSecretValue(asked -> asked.secretId("vk/pool/0").secretString("new"));

    assertThat(aws.secrets.getSecretValue(asked -> asked.secretId("vk/pool/0")).secretString())
        .isEqualTo("new");
    assertThat(
            aws.secrets
                .getSecretValue(asked -> asked.secretId("vk/pool/0").versionStage("AWSPREVIOUS"))
                .secretString())
        .isEqualTo("old");
    assertThat(
            aws
                .secrets
                .listSecretsPaginator(
                    asked ->
                        asked
                            .maxResults(2)
                            .filters(Filter.builder().key("name").values("vk/pool/").build()))
                .stream()
                .flatMap(page -> page.secretList().stream())
                .map(secret -> secret.name()))
        .containsExactly("vk/pool/0", "vk/pool/1", "vk/pool/2");
    var binary =
        aws.secrets.createSecret(
            asked -> asked.name("binary").secretBinary(SdkBytes.fromUtf8String("bytes")));
    assertThat(
            aws.secrets
                .getSecretValue(asked -> asked.secretId(binary.arn()))
                .secretBinary()
                .asUtf8String())
        .isEqualTo("bytes");
  }

  // ---- Events

  private List<JsonNode> received(String queue) {
    return messages(queue).stream().map(message -> json(message.body())).toList();
  }

  private List<Message> messages(String queue) {
    var all = new ArrayList<Message>();
    while (true) {
      var some =
          aws.sqs.receiveMessage(asked -> asked.queueUrl(queue).maxNumberOfMessages(10)).messages();
      if (some.isEmpty()) {
        return all;
      }
      all.addAll(some);
    }
  }

  private static JsonNode json(String text) {
    try {
      return Json.MAPPER.readTree(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatHappensToATaskIsToldInEventBridgesShape() {
    var queue = aws.emulator.deliverEvents(Aws.CLUSTER, "events");
    var arn = aws.run(Aws.container("main", "sleep 5; exit 3"));
    aws.awaitStatus(arn, "STOPPED");

    var events = received(queue);

    assertThat(events)
        .extracting(event -> event.at("/detail/lastStatus").asText())
        .containsSubsequence(
            "PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPED");
    assertThat(events)
        .extracting(event -> event.at("/detail/version").asLong())
        .isSorted()
        .doesNotHaveDuplicates();
    var last = events.getLast();
    assertThat(last.path("source").asText()).isEqualTo("aws.ecs");
    assertThat(last.path("detail-type").asText()).isEqualTo("ECS Task State Change");
    assertThat(last.at("/detail/taskArn").asText()).isEqualTo(arn);
    assertThat(last.at("/detail/clusterArn").asText()).isEqualTo(Account.cluster(Aws.CLUSTER));
    assertThat(last.at("/detail/containers/0/exitCode").asInt()).isEqualTo(3);
    // Times are texts, and of health there is nothing.
    assertThat(last.at("/detail/stoppedAt").asText()).startsWith("2026-01-01T12:");
    assertThat(last.toString()).doesNotContain("healthStatus");
  }

  @Test
  void eventsMayComeTwiceAndTheLatestFirst() {
    var queue = aws.emulator.deliverEvents(Aws.CLUSTER, "events");
    aws.emulator.faults().eventsDuplicated(true);
    aws.emulator.faults().eventsReordered(true);
    aws.awaitStatus(aws.run(Aws.container("main", Aws.FOR_EVER)), "RUNNING");

    var versions =
        received(queue).stream().map(event -> event.at("/detail/version").asLong()).toList();

    assertThat(versions).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(versions).hasSize((int) versions.stream().distinct().count() * 2);
  }

  @Test
  void aMessageThatIsNotDeletedComesBack() {
    var queue = aws.sqs.createQueue(asked -> asked.queueName("plain")).queueUrl();
    aws.sqs.sendMessage(asked -> asked.queueUrl(queue).messageBody("hello"));

    assertThat(messages(queue)).hasSize(1);
    assertThat(messages(queue)).isEmpty();
    aws.clock.pass(Duration.ofSeconds(30));
    var again = messages(queue);
    assertThat(again).extracting(Message::body).containsExactly("hello");

    aws.sqs.deleteMessage(
        asked -> asked.queueUrl(queue).receiptHandle(again.getFirst().receiptHandle()));
    aws.clock.pass(Duration.ofSeconds(30));
    assertThat(messages(queue)).isEmpty();
    assertThatThrownBy(() -> messages(queue + "-none"))
        .isInstanceOf(QueueDoesNotExistException.class);
  }

  // ---- Task definitions

  @Test
  void definitionsAreCountedUpAndKeptUntilTheyAreDeleted() {
    var first = aws.register(Aws.container("main", "true"));
    var second = aws.register(Aws.container("main", "false"));

    assertThat(describe("vk-burst").taskDefinitionArn()).isEqualTo(second);
    aws.ecs.deregisterTaskDefinition(asked -> asked.taskDefinition(second));
    assertThat(describe("vk-burst").taskDefinitionArn()).isEqualTo(first);
    assertThat(describe(second).status()).isEqualTo(TaskDefinitionStatus.INACTIVE);
    assertThatThrownBy(() -> aws.run(second, _ -> {}))
        .hasMessageContaining("TaskDefinition is inactive");

    var deleted =
        aws.ecs.deleteTaskDefinitions(asked -> asked.taskDefinitions(first, second, "none:1"));
    assertThat(deleted.taskDefinitions()).hasSize(1);
    assertThat(deleted.failures()).hasSize(2);
    assertThat(describe(second).status()).isEqualTo(TaskDefinitionStatus.DELETE_IN_PROGRESS);
    assertThat(
            aws.ecs
                .listTaskDefinitions(
                    asked -> asked.familyPrefix("vk-burst").status(TaskDefinitionStatus.ACTIVE))
                .taskDefinitionArns())
        .containsExactly(first);
    assertThat(aws.register(Aws.container("main", "true"))).endsWith(":3");
  }

  private software.amazon.awssdk.services.ecs.model.TaskDefinition describe(String name) {
    return aws.ecs.describeTaskDefinition(asked -> asked.taskDefinition(name)).taskDefinition();
  }

  @Test
  void aDefinitionIsShownAsItWasRegistered() {
    var asked = Aws.definition(Aws.container("main", "true")).build();
    aws.ecs.registerTaskDefinition(asked);

    var shown = describe("vk-burst:1");

    assertThat(shown.cpu()).isEqualTo("256");
    assertThat(shown.containerDefinitions().getFirst().logConfiguration())
        .isEqualTo(asked.containerDefinitions().getFirst().logConfiguration());
    assertThat(shown.containerDefinitions().getFirst().essential()).isTrue();
    assertThatThrownBy(() -> describe("none"))
        .hasMessageContaining("Unable to describe task definition.");
  }

  // ---- All services

  @Test
  void aRequestWithoutASignatureIsRefusedAndOneOfAnUnknownKindToo() throws Exception {
    assertThat(send("AmazonEC2ContainerServiceV20141113.ListClusters", "").body())
        .contains("MissingAuthenticationTokenException");
    var signed = "AWS4-HMAC-SHA256 Credential=x";
    assertThat(send("AmazonEC2ContainerServiceV20141113.CreateService", signed).statusCode())
        .isEqualTo(400);
    assertThat(send("Other.Thing", signed).body()).contains("UnknownOperationException");
  }

  private HttpResponse<String> send(String target, String signature) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(aws.emulator.endpoint() + "/"))
            .header("X-Amz-Target", target)
            .header("Content-Type", "application/x-amz-json-1.1")
            .header("Authorization", signature)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    try (var client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void whatIsWrittenDownHoldsNeitherCredentialsNorSecrets(@TempDir Path folder) throws IOException {
    aws.close();
    var record = folder.resolve("traffic.jsonl");
    aws = new Aws(Limits.USUAL, Optional.of(record));
    aws.secrets.createSecret(asked -> asked.name("a").secretString("hunter2"));
    aws.secrets.getSecretValue(asked -> asked.secretId("a"));
    aws.run(Aws.container("main", "true"));

    var text = Files.readString(record);

    assertThat(text.lines()).hasSize(4);
    assertThat(text)
        .contains("RegisterTaskDefinition", "CreateSecret")
        .doesNotContain("hunter2", "Authorization", "AWS4-HMAC", "Credential=");
    assertThat(aws.emulator.traffic().counts())
        .containsEntry("RunTask 200", 1)
        .containsEntry("GetSecretValue 200", 1);
  }

  @Test
  void ratesCanBeTakenAway() {
    with(Limits.USUAL.withRate(Category.TASK_DEFINITION_MODIFY, 1, 0));
    aws.register(Aws.container("main", "true"));
    assertThatThrownBy(() -> aws.register(Aws.container("main", "true")))
        .hasMessageContaining("Rate exceeded");

    with(Limits.USUAL.withoutRates());
    for (int i = 0; i < 30; i++) {
      aws.register(Aws.container("main", "true"));
    }
  }
}
