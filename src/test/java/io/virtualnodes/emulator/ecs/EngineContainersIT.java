package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.NotFoundException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.ContainerCondition;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.HealthStatus;
import software.amazon.awssdk.services.ecs.model.MountPoint;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.Secret;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.Volume;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/** Tasks whose containers really run. */
class EngineContainersIT {
  private static final URI HOST =
      URI.create(
          Optional.ofNullable(System.getenv("DOCKER_HOST")).orElse("unix:///var/run/docker.sock"));
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final EngineContainers containers =
      new EngineContainers(HOST, "virtualnodes/pause:latest");
  private final EcsEmulator emulator =
      new EcsEmulator(0, Limits.USUAL, containers, InstantSource.system(), Optional.empty());
  private final EcsClient ecs = Aws.at(emulator.endpoint(), EcsClient.builder());
  private final CloudWatchLogsClient logs =
      Aws.at(emulator.endpoint(), CloudWatchLogsClient.builder());
  private final SecretsManagerClient secrets =
      Aws.at(emulator.endpoint(), SecretsManagerClient.builder());

  EngineContainersIT() {
    emulator.prepare(Aws.CLUSTER, Aws.LOG_GROUP);
  }

  @AfterEach
  void close() {
    secrets.close();
    logs.close();
    ecs.close();
    emulator.close();
    containers.close();
  }

  private String run(RegisterTaskDefinitionRequest.Builder definition) {
    var arn = ecs.registerTaskDefinition(definition.build()).taskDefinition().taskDefinitionArn();
    return ecs.runTask(Aws.launch(arn).build()).tasks().getFirst().taskArn();
  }

  private Task await(String arn, Predicate<Task> wanted) {
    var last = new AtomicReference<Task>();
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              ecs.describeTasks(asked -> asked.cluster(Aws.CLUSTER).tasks(arn))
                  .tasks()
                  .forEach(last::set);
              return last.get() != null && wanted.test(last.get());
            });
    return last.get();
  }

  private Task awaitStatus(String arn, String status) {
    return await(arn, task -> task.lastStatus().equals(status));
  }

  private List<String> log(String arn, String container) {
    return logs
        .getLogEvents(
            asked ->
                asked
                    .logGroupName(Aws.LOG_GROUP)
                    .logStreamName(Aws.stream(arn, container))
                    .startFromHead(true))
        .events()
        .stream()
        .map(event -> event.message())
        .toList();
  }

  private static ContainerDefinition mounting(ContainerDefinition container) {
    return container.toBuilder()
        .mountPoints(MountPoint.builder().sourceVolume("shared").containerPath("/shared").build())
        .build();
  }

  @Test
  void whatATaskWritesIntoAFileSystemOfEfsTheNextOneReads() {
    var system =
        Volume.builder()
            .name("shared")
            .efsVolumeConfiguration(efs -> efs.fileSystemId("fs-1"))
            .build();
    var writes =
        run(
            Aws.definition(mounting(Aws.container("main", "echo kept > /shared/word")))
                .volumes(system));
    awaitStatus(writes, "STOPPED");

    var reads =
        run(Aws.definition(mounting(Aws.container("main", "cat /shared/word"))).volumes(system));

    awaitStatus(reads, "STOPPED");
    assertThat(log(reads, "main")).containsExactly("kept");
  }

  @Test
  void containersOfATaskShareFilesAndAnAddressAndReadSecrets() {
    secrets.createSecret(asked -> asked.name("vk/it").secretString("{\"word\": \"open sesame\"}"));
    var arn =
        run(
            Aws.definition(
                    mounting(
                        Aws.container("init", "echo \"$WORD\" > /shared/word").toBuilder()
                            .essential(false)
                            .secrets(
                                Secret.builder()
                                    .name("WORD")
                                    .valueFrom(
                                        secrets
                                                .describeSecret(asked -> asked.secretId("vk/it"))
                                                .arn()
                                            + ":word::")
                                    .build())
                            .build()),
                    Aws.after(
                        mounting(
                            Aws.container(
                                "server",
                                "mkdir /www; cp /shared/word /www; httpd -f -p 127.0.0.1:8080 -h"
                                    + " /www")),
                        "init",
                        ContainerCondition.SUCCESS),
                    Aws.after(
                        Aws.container(
                            "client",
                            "until wget -q -O - http://127.0.0.1:8080/word; do sleep 0.2; done;"
                                + " exit 7"),
                        "server",
                        ContainerCondition.START))
                .volumes(Volume.builder().name("shared").build()));

    var task = awaitStatus(arn, "STOPPED");

    assertThat(log(arn, "client")).endsWith("open sesame");
    assertThat(Aws.container(task, "init").exitCode()).isZero();
    assertThat(Aws.container(task, "client").exitCode()).isEqualTo(7);
    assertThat(Aws.container(task, "client").imageDigest()).startsWith("sha256:");
    assertThat(task.toString()).doesNotContain("open sesame");
    assertThat(
            task.attachments().getFirst().details().stream()
                .filter(one -> one.name().equals("privateIPv4Address"))
                .map(one -> one.value()))
        .singleElement()
        .asString()
        .matches("[0-9.]+");
  }

  @Test
  void aStopIsHeededAndTellsItsExitCode() {
    var arn =
        run(
            Aws.definition(
                Aws.container(
                    "main", "trap 'echo bye; exit 5' TERM; echo hello; sleep 600 & wait")));
    awaitStatus(arn, "RUNNING");
    assertThat(log(arn, "main")).containsExactly("hello");

    ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));

    var task = awaitStatus(arn, "STOPPED");
    assertThat(Aws.container(task, "main").exitCode()).isEqualTo(5);
    assertThat(log(arn, "main")).containsExactly("hello", "bye");
  }

  @Test
  void healthIsThatOfACommandInTheContainer() {
    var arn =
        run(
            Aws.definition(
                Aws.container("main", "sleep 3; touch /tmp/well; sleep 600").toBuilder()
                    .healthCheck(
                        check ->
                            check
                                .command("CMD-SHELL", "test -f /tmp/well")
                                .interval(5)
                                .timeout(2)
                                .retries(5))
                    .build()));

    var task = await(arn, it -> Aws.container(it, "main").healthStatus() == HealthStatus.HEALTHY);

    assertThat(task.healthStatus()).isEqualTo(HealthStatus.HEALTHY);
  }

  @Test
  void aContainerWithoutEnoughMemoryIsKilledAndSaysSo() {
    // The engine begins to watch a moment after the start, and has ceased to at the end.
    var script = "sleep 2; tail /dev/zero; code=$?; sleep 2; exit $code";
    var arn = run(Aws.definition(Aws.container("main", script).toBuilder().memory(16).build()));

    var task = awaitStatus(arn, "STOPPED");

    assertThat(Aws.container(task, "main").exitCode()).isEqualTo(137);
    assertThat(Aws.container(task, "main").reason()).startsWith("OutOfMemoryError: ");
  }

  @Test
  void aProgramThatIsNotThereIsAFailureToStart() {
    var arn =
        run(
            Aws.definition(
                Aws.container("main", "").toBuilder().entryPoint("/no/such/program").build()));

    var task = awaitStatus(arn, "STOPPED");

    assertThat(task.stopCodeAsString()).isEqualTo("TaskFailedToStart");
    assertThat(Aws.container(task, "main").reason())
        .startsWith("CannotStartContainerError: ")
        .contains("/no/such/program");
    assertThat(Aws.container(task, "main").exitCode()).isNull();
  }

  @Test
  void anImageThatIsNotThereIsAFailureToo() {
    var arn =
        run(
            Aws.definition(
                Aws.container("main", "true").toBuilder()
                    .image("registry.invalid/none:1")
                    .build()));

    assertThat(awaitStatus(arn, "STOPPED").stoppedReason())
        .startsWith("CannotPullContainerError: ");
  }

  @Test
  void nothingIsLeftOfAStoppedTask() {
    var arn = run(Aws.definition(Aws.container("main", "exit 0")));
    awaitStatus(arn, "STOPPED");

    var engine = new Engine(HOST);
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              try {
                engine.client().inspectContainerCmd("ecs-" + Account.last(arn) + "-network").exec();
                return false;
              } catch (NotFoundException _) {
                return true;
              }
            });
    engine.close();
  }
}
