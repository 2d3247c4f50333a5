package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.LogOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.InputLogEvent;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.secretsmanager.model.SecretListEntry;
import software.amazon.awssdk.services.sqs.SqsClient;

/** What the backend asks of AWS's other services, answered by {@link Moto}. */
@Tag("moto")
@Timeout(120)
class MotoServicesIT {
  private AwsAccount account = new AwsAccount(Moto.account());

  @AfterEach
  void close() {
    account.close();
  }

  @Test
  void groupsOfAKindShareADefinitionThatTheNextOperatorFinds() {
    var first = runs();
    var second = runs();
    account.backend().create(first);
    account.restart();
    account.backend().create(second);

    var definitions =
        with(
            EcsClient.builder(),
            ecs ->
                ecs.listTaskDefinitions(
                        asked ->
                            asked.familyPrefix(
                                tasks(first).getFirst().taskDefinitionArn().replaceAll(":.*", "")))
                    .taskDefinitionArns());

    assertThat(tasks(first).getFirst().taskDefinitionArn())
        .isEqualTo(tasks(second).getFirst().taskDefinitionArn());
    assertThat(tasks(first).getFirst().group()).isEqualTo("team-a/pod-a/node-0");
    assertThat(definitions).hasSizeLessThan(2);
  }

  @Test
  void aLogIsReadPageByPage() {
    var group = runs();
    account.backend().create(group);
    account.await(group.id(), seen -> seen.containers().getFirst().state() instanceof Running);
    var lines = IntStream.range(0, 30).mapToObj(i -> "line " + i).toList();

    assertThat(log(group, LogOptions.ALL)).as("before its first line").isEmpty();
    write(group, lines);

    assertThat(log(group, LogOptions.ALL)).isEqualTo(lines);
    assertThat(log(group, tail(3))).isEqualTo(lines.subList(27, 30));
    assertThat(log(group, tail(100))).isEqualTo(lines);
  }

  @Test
  void aSecretIsThereAsLongAsAGroupNeedsIt() {
    var one = FargateRefusalsTest.with(builder(), "WORD", "s3cret-word");
    var other = FargateRefusalsTest.with(builder(), "WORD", "s3cret-word");
    account.backend().create(one);
    account.backend().create(other);

    assertThat(secrets()).hasSize(1);
    var arn = secrets().getFirst().arn();
    String said =
        with(
            SecretsManagerClient.builder(),
            secrets -> secrets.getSecretValue(asked -> asked.secretId(arn)).secretString());
    assertThat(said).contains("s3cret-word");

    account.restart();
    account.backend().delete(one.id());
    assertThat(secrets()).hasSize(1);
    account.backend().delete(other.id());
    assertThat(secrets()).isEmpty();
  }

  @Test
  void aMessageInTheQueueBringsTheNextLookForward() throws Exception {
    account.close();
    account = new AwsAccount(Moto.hearing());
    var hints = new Semaphore(0);
    account.backend().onChange(hints::release);

    with(
        SqsClient.builder(),
        queues ->
            queues.sendMessage(
                message ->
                    message
                        .queueUrl(account.place().eventQueue().orElseThrow())
                        .messageBody("{\"detail-type\":\"ECS Task State Change\"}")));

    assertThat(hints.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void withoutAQuotaOfFargateNoneIsKnown() {
    assertThat(account.backend().quota()).isEmpty();
  }

  // ---- Words

  private GroupBuilder builder() {
    return new GroupBuilder(account.pool()).script("main", "sleep 3600");
  }

  private ContainerGroup runs() {
    return builder().build();
  }

  private List<software.amazon.awssdk.services.ecs.model.Task> tasks(ContainerGroup group) {
    return Fargates.tasks(account.place(), account::now, group.id());
  }

  private List<SecretListEntry> secrets() {
    var names = new FargateNames(account.place().poolUid()).secrets();
    return with(
        SecretsManagerClient.builder(),
        secrets ->
            secrets.listSecretsPaginator().stream()
                .flatMap(page -> page.secretList().stream())
                .filter(secret -> secret.name().startsWith(names))
                .toList());
  }

  private static LogOptions tail(long lines) {
    return new LogOptions(
        false, false, false, Optional.empty(), OptionalLong.of(lines), OptionalLong.empty());
  }

  private List<String> log(ContainerGroup group, LogOptions options) {
    try (var log = account.backend().streams().logs(group.id(), "main", options).orElseThrow()) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** As the log driver of a container does. */
  private void write(ContainerGroup group, List<String> lines) {
    var stream =
        FargateNames.logStream(FargateNames.taskId(tasks(group).getFirst().taskArn()), "main");
    var began = Instant.now().minus(Duration.ofSeconds(lines.size()));
    with(
        CloudWatchLogsClient.builder(),
        logs -> {
          var place = account.place().logGroup();
          logs.createLogStream(asked -> asked.logGroupName(place).logStreamName(stream));
          return logs.putLogEvents(
              asked ->
                  asked
                      .logGroupName(place)
                      .logStreamName(stream)
                      .logEvents(
                          IntStream.range(0, lines.size())
                              .mapToObj(
                                  i ->
                                      InputLogEvent.builder()
                                          .message(lines.get(i))
                                          .timestamp(began.plusSeconds(i).toEpochMilli())
                                          .build())
                              .toList()));
        });
  }

  private <
          B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C extends AutoCloseable, T>
      T with(B builder, Function<C, T> asked) {
    try (var login = AwsLogin.to(account.place())) {
      return asked.apply(login.client(builder));
    }
  }
}
