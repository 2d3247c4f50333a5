package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Exited;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.ShiftedClock;
import io.virtualnodes.emulator.ecs.EcsEmulator;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.SimulatedContainers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;

/** That {@link AwsAccountIT} would be run at AWS as it is meant, tried at the emulator. */
@Timeout(60)
class AwsAccountTest {
  private static final String IMAGE = "somebody/image:1";
  private static final StaticCredentialsProvider SOMEBODY =
      StaticCredentialsProvider.create(AwsBasicCredentials.create("somebody", "secret"));

  // Of requests for tasks one at once: whoever runs two is throttled.
  private static final Limits LIMITS =
      Limits.USUAL.withRate(Limits.Category.FARGATE_RUN_TASK, 1, 0.5);

  private final ShiftedClock clock = new ShiftedClock();
  private final List<GroupId> made = new ArrayList<>();
  private Path record;
  private EcsEmulator aws;
  private AwsAccount account;

  @BeforeEach
  void open(@TempDir Path folder) {
    record = folder.resolve("traffic.jsonl");
    aws =
        new EcsEmulator(
            0, LIMITS, new SimulatedContainers(clock, clock::advance), clock, Optional.of(record));
    aws.prepare("pods", "/pods");
    account = account();
  }

  private AwsAccount account() {
    return new AwsAccount(
        new AwsAccount.Settings(
            new RealAws(Optional.of(aws.endpoint()), SOMEBODY, IMAGE),
            "us-east-1",
            "pods",
            List.of("subnet-0a1b2c3d"),
            List.of(),
            false,
            "arn:aws:iam::123456789012:role/execution",
            "/pods",
            Optional.empty(),
            "missing/image:1",
            Duration.ofSeconds(20)));
  }

  @AfterEach
  void close() {
    // AWS shows all that it took.
    clock.advance(Duration.ofSeconds(15));
    account.close();
    assertThat(made)
        .as("tasks that are left and cost money")
        .allSatisfy(
            id ->
                assertThat(aws.count(FargateLaunch.first(account.place().poolUid(), id).text()))
                    .isZero());
    aws.close();
  }

  @Test
  void aGroupRunsTheGivenImageAndIsReadAsIfItWereTheTests() {
    var group = group("sleep 30; exit 3");

    account.backend().create(group);
    clock.advance(Duration.ofSeconds(15));

    var running =
        account.await(group.id(), seen -> seen.containers().getFirst().state() instanceof Running);
    assertThat(running.containers().getFirst().image()).isEqualTo(GroupBuilder.BUSYBOX);
    assertThat(record).content().contains(IMAGE).doesNotContain(GroupBuilder.BUSYBOX);
    assertThat(account.copies(group.id())).isEqualTo(1);
    clock.advance(Duration.ofSeconds(30));
    var ended =
        account.await(group.id(), seen -> seen.containers().getFirst().state() instanceof Exited);
    assertThat(((Exited) ended.containers().getFirst().state()).code()).isEqualTo(3);
  }

  @Test
  void anAnswerGetsLostAndTheConnectionBreaksWhenToldTo() {
    var group = group("sleep 3600");

    boolean lost =
        account.losingAnswer(
            2,
            () ->
                assertThatThrownBy(() -> account.backend().create(group))
                    .isInstanceOf(Unavailable.class));

    assertThat(lost).isTrue();
    assertThat(aws.traffic().counts()).containsEntry("RunTask 200", 1);
    clock.advance(Duration.ofSeconds(2));
    assertThat(account.copies(group.id())).isEqualTo(1);
    account.cutOff();
    assertThatThrownBy(() -> account.backend().list()).isInstanceOf(Unavailable.class);
    account.reconnect();
    assertThat(account.backend().list()).hasSize(1);
  }

  @Test
  void whatAwsThrottlesIsAskedAgain() {
    List.of(group("sleep 3600"), group("sleep 3600")).forEach(account.backend()::create);

    assertThat(aws.traffic().counts()).containsEntry("RunTask 200", 2);
    assertThat(aws.traffic().counts().get("RunTask 400")).isPositive();
  }

  @Test
  void theServicesOfARegionAreFoundWhereAwsHasThem() {
    var real = new RealAws(Optional.empty(), SOMEBODY, IMAGE);

    for (var service : List.of("ecs", "logs", "secretsmanager", "servicequotas", "sqs")) {
      assertThat(real.endpoint("eu-west-1", service))
          .isEqualTo(URI.create("https://" + service + ".eu-west-1.amazonaws.com/"));
    }
  }

  @Test
  void whatTheEnvironmentLacksIsNamed() {
    var environment = Map.of("AWS_REGION", "us-east-1", "AWS_ECS_CLUSTER", "pods");

    assertThatThrownBy(() -> RealAws.of(environment))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessage("set AWS_SUBNETS");
  }

  private ContainerGroup group(String script) {
    var group = new GroupBuilder(account.pool()).script("main", script).build();
    made.add(group.id());
    return group;
  }
}
