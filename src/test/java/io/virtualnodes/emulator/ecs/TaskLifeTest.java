package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.ContainerCondition;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.Failure;
import software.amazon.awssdk.services.ecs.model.HealthStatus;
import software.amazon.awssdk.services.ecs.model.ManagedAgent;
import software.amazon.awssdk.services.ecs.model.Secret;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.TaskStopCode;

/** How tasks come, live and go. */
class TaskLifeTest {
  private static final Duration A_LITTLE = Duration.ofMillis(250);

  private final Aws aws = new Aws(Limits.USUAL);

  @AfterEach
  void close() {
    aws.close();
  }

  private static ContainerDefinition init(String name, String script) {
    return Aws.container(name, script).toBuilder().essential(false).build();
  }

  private static Container container(Task task, String name) {
    return Aws.container(task, name);
  }

  // ---- States

  @Test
  void aTaskPassesAllStatesAndEachChangeHasAGreaterVersion() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));

    var up = aws.awaitAll(arn, task -> task.lastStatus().equals("RUNNING"));
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));
    var down = aws.awaitAll(arn, task -> task.lastStatus().equals("STOPPED"));

    assertThat(up.stream().map(Task::lastStatus).distinct())
        .containsExactly("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING");
    assertThat(down.stream().map(Task::lastStatus).distinct())
        .containsExactly("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED");
    assertThat(down).extracting(Task::desiredStatus).containsOnly("STOPPED");
    var versions = Stream.concat(up.stream(), down.stream()).toList();
    for (int i = 1; i < versions.size(); i++) {
      var before = versions.get(i - 1);
      var after = versions.get(i);
      boolean same = before.lastStatus().equals(after.lastStatus());
      assertThat(after.version() - before.version()).isGreaterThanOrEqualTo(same ? 0 : 1);
    }
  }

  @Test
  void timesAreThoseOfTheChangesAndNotOfTheLooks() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    var created = aws.clock.instant();
    aws.awaitStatus(arn, "RUNNING");
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));
    var asked = aws.clock.instant();
    aws.clock.pass(Duration.ofMinutes(10));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(task.createdAt()).isEqualTo(created);
    assertThat(task.connectivityAt()).isEqualTo(created.plusSeconds(3));
    assertThat(task.pullStartedAt()).isEqualTo(created.plusSeconds(3));
    assertThat(task.pullStoppedAt()).isEqualTo(created.plusSeconds(5));
    assertThat(task.stoppingAt()).isEqualTo(asked);
    assertThat(task.stoppedAt()).isAfterOrEqualTo(task.executionStoppedAt().plusSeconds(2));
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.USER_INITIATED);
  }

  @Test
  void theAddressIsThereAfterProvisioning() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    var early = aws.awaitStatus(arn, "PROVISIONING");
    var later = aws.awaitStatus(arn, "PENDING");
    var other = aws.awaitStatus(aws.run("vk-burst", _ -> {}), "PENDING");

    assertThat(detail(early, "privateIPv4Address")).isEmpty();
    assertThat(early.attachments().getFirst().type()).isEqualTo("ElasticNetworkInterface");
    assertThat(detail(later, "privateIPv4Address")).hasSize(1);
    assertThat(detail(later, "subnetId")).containsExactly("subnet-1");
    assertThat(container(later, "main").networkInterfaces().getFirst().privateIpv4Address())
        .isEqualTo(detail(later, "privateIPv4Address").getFirst());
    assertThat(detail(other, "privateIPv4Address"))
        .isNotEqualTo(detail(later, "privateIPv4Address"));
  }

  private static List<String> detail(Task task, String name) {
    return task.attachments().getFirst().details().stream()
        .filter(one -> one.name().equals(name))
        .map(one -> one.value())
        .toList();
  }

  @Test
  void aStoppedTaskIsForgottenAfterAnHour() {
    var arn = aws.run(Aws.container("main", "exit 0"));
    aws.awaitStatus(arn, "STOPPED");

    aws.clock.pass(Duration.ofMinutes(59));
    assertThat(aws.task(arn).lastStatus()).isEqualTo("STOPPED");
    aws.clock.pass(Duration.ofMinutes(2));
    assertThat(aws.ecs.describeTasks(asked -> asked.cluster(Aws.CLUSTER).tasks(arn)).failures())
        .extracting(Failure::reason)
        .containsExactly("MISSING");
  }

  @Test
  void aTaskThatIsStoppedBeforeItRanHasNoExitCodes() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    aws.clock.pass(Limits.USUAL.settling());
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(container(task, "main").exitCode()).isNull();
    assertThat(container(task, "main").lastStatus()).isEqualTo("STOPPED");
    assertThat(task.executionStoppedAt()).isNull();
  }

  // ---- What containers are to each other

  @Test
  void initContainersRunOneAfterTheOtherWhileTheTaskIsPending() {
    var arn =
        aws.run(
            init("first", "sleep 5; exit 0"),
            Aws.after(init("second", "sleep 5; exit 0"), "first", ContainerCondition.SUCCESS),
            Aws.after(Aws.container("main", Aws.FOR_EVER), "second", ContainerCondition.SUCCESS));

    var second = aws.await(arn, task -> container(task, "second").lastStatus().equals("RUNNING"));
    assertThat(container(second, "first").exitCode()).isZero();
    assertThat(second.lastStatus()).isEqualTo("PENDING");
    assertThat(container(second, "main").lastStatus()).isEqualTo("PENDING");

    var running = aws.awaitStatus(arn, "RUNNING");
    assertThat(container(running, "main").lastStatus()).isEqualTo("RUNNING");
    assertThat(container(running, "second").lastStatus()).isEqualTo("STOPPED");
  }

  @Test
  void whatWaitsForAContainerThatFailedIsForcedToStop() {
    var arn =
        aws.run(
            init("first", "exit 3"),
            Aws.after(init("second", "exit 0"), "first", ContainerCondition.SUCCESS),
            Aws.after(Aws.container("main", Aws.FOR_EVER), "second", ContainerCondition.SUCCESS));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(container(task, "first").exitCode()).isEqualTo(3);
    for (var name : List.of("second", "main")) {
      assertThat(container(task, name).exitCode()).isEqualTo(143);
      assertThat(container(task, name).reason())
          .startsWith("CannotStartContainerError: dependency graph: failed to resolve");
      assertThat(container(task, name).runtimeId()).isNull();
    }
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.ESSENTIAL_CONTAINER_EXITED);
    assertThat(task.startedAt()).isNull();
  }

  @Test
  void orItHangsUntilAWholeTaskIsGivenUpAfterThreeHours() {
    aws.emulator.faults().dependantsHang(true);
    var arn =
        aws.run(
            init("first", "exit 3"),
            Aws.after(Aws.container("main", Aws.FOR_EVER), "first", ContainerCondition.SUCCESS));
    aws.await(arn, task -> container(task, "first").lastStatus().equals("STOPPED"));

    aws.clock.pass(Duration.ofMinutes(170));
    assertThat(aws.task(arn).lastStatus()).isEqualTo("PENDING");
    aws.clock.pass(Duration.ofMinutes(11));
    assertThat(aws.awaitStatus(arn, "STOPPED").stopCode())
        .isEqualTo(TaskStopCode.TASK_FAILED_TO_START);
  }

  @Test
  void completeIsMetByAnyEndAndStartByAStart() {
    var arn =
        aws.run(
            init("first", "sleep 3; exit 3"),
            Aws.after(init("beside", "sleep 30"), "first", ContainerCondition.START),
            Aws.after(Aws.container("main", Aws.FOR_EVER), "first", ContainerCondition.COMPLETE));

    var beside = aws.await(arn, task -> container(task, "beside").lastStatus().equals("RUNNING"));
    assertThat(container(beside, "first").lastStatus()).isEqualTo("RUNNING");
    assertThat(container(beside, "main").lastStatus()).isEqualTo("PENDING");
    aws.awaitStatus(arn, "RUNNING");
  }

  private static ContainerDefinition checked(ContainerDefinition container, String check) {
    return container.toBuilder()
        .healthCheck(
            health -> health.command("CMD-SHELL", check).interval(5).retries(2).startPeriod(0))
        .build();
  }

  @Test
  void healthyIsMetByAPassedCheck() {
    var arn =
        aws.run(
            checked(init("sidecar", Aws.FOR_EVER), "true"),
            Aws.after(
                checked(Aws.container("main", Aws.FOR_EVER), "false"),
                "sidecar",
                ContainerCondition.HEALTHY));
    var early = aws.await(arn, task -> container(task, "sidecar").lastStatus().equals("RUNNING"));
    assertThat(container(early, "sidecar").healthStatus()).isEqualTo(HealthStatus.UNKNOWN);
    assertThat(container(early, "main").lastStatus()).isEqualTo("PENDING");

    var running = aws.awaitStatus(arn, "RUNNING");
    assertThat(container(running, "sidecar").healthStatus()).isEqualTo(HealthStatus.HEALTHY);

    // A standalone task that is not well goes on.
    aws.clock.pass(Duration.ofMinutes(1));
    assertThat(aws.task(arn).healthStatus()).isEqualTo(HealthStatus.UNHEALTHY);
    assertThat(aws.task(arn).lastStatus()).isEqualTo("RUNNING");
  }

  @Test
  void othersGiveUpOnAContainerThatTakesTooLong() {
    var arn =
        aws.run(
            init("first", "sleep 600").toBuilder().startTimeout(5).build(),
            Aws.after(Aws.container("main", Aws.FOR_EVER), "first", ContainerCondition.SUCCESS));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(container(task, "main").reason()).endsWith("has timed out.");
  }

  @Test
  void theEndOfAnEssentialContainerEndsTheTaskAndThatOfAnotherDoesNot() {
    var arn =
        aws.run(
            init("helper", "sleep 5; exit 4"),
            Aws.container("main", "trap 'exit 9' TERM; sleep 3600 & wait"),
            Aws.container("other", "sleep 20; exit 5"));

    var alive = aws.await(arn, task -> container(task, "helper").lastStatus().equals("STOPPED"));
    assertThat(alive.desiredStatus()).isEqualTo("RUNNING");

    var task = aws.awaitStatus(arn, "STOPPED");
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.ESSENTIAL_CONTAINER_EXITED);
    assertThat(task.stoppedReason()).isEqualTo("Essential container in task exited");
    assertThat(container(task, "other").exitCode()).isEqualTo(5);
    assertThat(container(task, "main").exitCode()).isEqualTo(9);
    assertThat(container(task, "helper").exitCode()).isEqualTo(4);
  }

  @Test
  void containersEndInTheReverseOfTheirStart() {
    var obeys = "trap 'exit 0' TERM; sleep 3600 & wait";
    var arn =
        aws.run(
            init("proxy", obeys),
            Aws.after(
                Aws.container("main", Aws.FOR_EVER).toBuilder().stopTimeout(20).build(),
                "proxy",
                ContainerCondition.START));
    aws.awaitStatus(arn, "RUNNING");
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));

    // A sleep does not heed being asked, so it takes all of its time; the proxy waits for it.
    var seen = aws.awaitAll(arn, task -> task.lastStatus().equals("STOPPED"));
    assertThat(seen)
        .filteredOn(task -> container(task, "main").lastStatus().equals("RUNNING"))
        .extracting(task -> container(task, "proxy").lastStatus())
        .containsOnly("RUNNING");
    assertThat(container(seen.getLast(), "main").exitCode()).isEqualTo(137);
    assertThat(container(seen.getLast(), "proxy").exitCode()).isZero();
    assertThat(Duration.between(seen.getLast().stoppingAt(), seen.getLast().executionStoppedAt()))
        .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(25));
  }

  // ---- Starting again

  @Test
  void aContainerIsStartedAgainInItsPlaceIfItRanLongEnough() {
    var arn =
        aws.run(
            Aws.container("main", "echo begins; sleep 70; exit 1").toBuilder()
                .restartPolicy(policy -> policy.enabled(true).restartAttemptPeriod(60))
                .build());
    var first = container(aws.awaitStatus(arn, "RUNNING"), "main").runtimeId();

    var again =
        aws.await(
            arn,
            task ->
                container(task, "main").lastStatus().equals("RUNNING")
                    && !container(task, "main").runtimeId().equals(first));

    assertThat(again.lastStatus()).isEqualTo("RUNNING");
    assertThat(aws.log(arn, "main")).containsExactly("begins", "begins");
  }

  @Test
  void oneThatFailsFastIsNeverStartedAgain() {
    var arn =
        aws.run(
            Aws.container("main", "sleep 50; exit 1").toBuilder()
                .restartPolicy(policy -> policy.enabled(true).restartAttemptPeriod(60))
                .build());

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(container(task, "main").exitCode()).isEqualTo(1);
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.ESSENTIAL_CONTAINER_EXITED);
  }

  @Test
  void someExitCodesEndItForGood() {
    var arn =
        aws.run(
            Aws.container("main", "sleep 70; exit 0").toBuilder()
                .restartPolicy(
                    policy ->
                        policy.enabled(true).restartAttemptPeriod(60).ignoredExitCodes(List.of(0)))
                .build());

    assertThat(container(aws.awaitStatus(arn, "STOPPED"), "main").exitCode()).isZero();
  }

  // ---- What fails

  @Test
  void anImageThatIsNotThereIsToldInAWordThatIsKnown() {
    var arn =
        aws.run(Aws.container("main", Aws.FOR_EVER).toBuilder().image("missing/image:1").build());

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(task.stopCode()).isEqualTo(TaskStopCode.TASK_FAILED_TO_START);
    assertThat(task.stoppedReason()).startsWith("CannotPullContainerError: ").contains("not found");
    assertThat(task.pullStartedAt()).isNotNull();
    assertThat(task.pullStoppedAt()).isNull();
    assertThat(container(task, "main").exitCode()).isNull();
  }

  @Test
  void aSecretThatIsNotThereIsAResourceThatCannotBeInitialised() {
    var arn = aws.run(withSecret("arn:aws:secretsmanager:us-east-1:123456789012:secret:none"));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(task.stopCode()).isEqualTo(TaskStopCode.TASK_FAILED_TO_START);
    assertThat(task.stoppedReason())
        .startsWith("ResourceInitializationError: unable to pull secrets or registry auth")
        .contains("ResourceNotFoundException: Secrets Manager can't find the specified secret.");
  }

  @Test
  void aSecretWithoutTheKeyIsTooAndOneWithItIsNeverShown() {
    var secret =
        aws.secrets.createSecret(
            asked -> asked.name("vk/burst/a").secretString("{\"password\": \"hunter2\"}"));

    var good = aws.run(withSecret(secret.arn() + ":password::"));
    var bad = aws.run(withSecret(secret.arn() + ":other::"));

    assertThat(aws.awaitStatus(good, "RUNNING").toString()).doesNotContain("hunter2");
    assertThat(aws.awaitStatus(bad, "STOPPED").stoppedReason())
        .contains("did not contain json key other")
        .doesNotContain("hunter2");
  }

  private static ContainerDefinition withSecret(String from) {
    return Aws.container("main", Aws.FOR_EVER).toBuilder()
        .secrets(Secret.builder().name("PASSWORD").valueFrom(from).build())
        .build();
  }

  @Test
  void aLogGroupThatIsNotThereIsTooUnlessItMayBeMade() {
    var options =
        Map.of(
            "awslogs-group", "/other",
            "awslogs-region", "us-east-1",
            "awslogs-stream-prefix", "pods");
    var container =
        Aws.container("main", Aws.FOR_EVER).toBuilder()
            .logConfiguration(log -> log.logDriver("awslogs").options(options))
            .build();
    assertThat(aws.awaitStatus(aws.run(container), "STOPPED").stoppedReason())
        .contains("The specified log group does not exist");

    var making = new HashMap<>(options);
    making.put("awslogs-create-group", "true");
    aws.awaitStatus(
        aws.run(
            container.toBuilder()
                .logConfiguration(log -> log.logDriver("awslogs").options(making))
                .build()),
        "RUNNING");
  }

  @Test
  void aContainerThatUsesTooMuchMemoryIsKilledAndSaysSo() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    aws.awaitStatus(arn, "RUNNING");

    aws.emulator.runOutOfMemory(arn, "main");

    var task = aws.awaitStatus(arn, "STOPPED");
    assertThat(container(task, "main").exitCode()).isEqualTo(137);
    assertThat(container(task, "main").reason())
        .isEqualTo("OutOfMemoryError: Container killed due to memory usage");
  }

  @Test
  void whatIsToldToEndTheMomentItStartsEnds() {
    var killed = aws.run(Aws.container("main", Aws.FOR_EVER));
    awaitContainer(killed, "RUNNING");
    aws.emulator.runOutOfMemory(killed, "main");
    var stopped = aws.run(Aws.container("main", Aws.FOR_EVER));
    awaitContainer(stopped, "RUNNING");
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(stopped));

    assertThat(container(aws.awaitStatus(killed, "STOPPED"), "main").reason())
        .isEqualTo("OutOfMemoryError: Container killed due to memory usage");
    assertThat(container(aws.awaitStatus(stopped, "STOPPED"), "main").exitCode()).isEqualTo(137);
  }

  private void awaitContainer(String arn, String status) {
    aws.await(arn, task -> container(task, "main").lastStatus().equals(status));
  }

  @Test
  void spareCapacityCanBeTakenAway() {
    var arn = aws.run(Aws.container("main", "trap 'exit 0' TERM; sleep 3600 & wait"));
    aws.awaitStatus(arn, "RUNNING");

    aws.emulator.interruptSpot(arn);

    var task = aws.awaitStatus(arn, "STOPPED");
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.SPOT_INTERRUPTION);
    assertThat(task.stoppedReason()).isEqualTo("Your Spot Task was interrupted.");
    assertThat(container(task, "main").exitCode()).isZero();
  }

  @Test
  void stopCodesMayBeOnesThatNobodyKnowsYet() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    aws.awaitStatus(arn, "RUNNING");

    aws.emulator.interrupt(arn, "MoonInTheWrongPhase", "It happens.");

    var task = aws.awaitStatus(arn, "STOPPED");
    assertThat(task.stopCode()).isEqualTo(TaskStopCode.UNKNOWN_TO_SDK_VERSION);
    assertThat(task.stopCodeAsString()).isEqualTo("MoonInTheWrongPhase");
  }

  @Test
  void aTaskMayVanish() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    aws.awaitStatus(arn, "RUNNING");

    aws.emulator.vanish(arn);

    assertThat(aws.ecs.describeTasks(asked -> asked.cluster(Aws.CLUSTER).tasks(arn)).failures())
        .hasSize(1);
  }

  // ---- Commands

  @Test
  void theAgentForCommandsRunsWithItsContainer() {
    var definition =
        aws.ecs
            .registerTaskDefinition(
                Aws.definition(Aws.container("main", Aws.FOR_EVER))
                    .taskRoleArn("arn:aws:iam::123456789012:role/task")
                    .build())
            .taskDefinition()
            .taskDefinitionArn();
    var with = aws.run(definition, asked -> asked.enableExecuteCommand(true));
    var without = aws.run(definition, _ -> {});

    assertThat(agents(aws.awaitStatus(with, "PENDING"))).containsExactly("PENDING");
    assertThat(agents(aws.awaitStatus(with, "RUNNING"))).containsExactly("RUNNING");
    assertThat(aws.task(with).enableExecuteCommand()).isTrue();
    assertThat(agents(aws.awaitStatus(without, "RUNNING"))).isEmpty();
  }

  private static List<String> agents(Task task) {
    return container(task, "main").managedAgents().stream().map(ManagedAgent::lastStatus).toList();
  }

  @Test
  void aLeapOfTheClockDoesAllThatIsDue() {
    var arn = aws.run(Aws.container("main", "echo done; exit 0"));
    Instant created = aws.clock.instant();

    aws.clock.pass(Duration.ofMinutes(5));
    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(task.createdAt()).isEqualTo(created);
    assertThat(aws.log(arn, "main")).containsExactly("done");
    assertThat(task.stoppedAt()).isBefore(aws.clock.instant().plus(A_LITTLE));
  }
}
