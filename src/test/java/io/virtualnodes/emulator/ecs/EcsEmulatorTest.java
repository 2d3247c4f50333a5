package io.virtualnodes.emulator.ecs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.virtualnodes.emulator.ecs.Limits.Category;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.ecs.model.AccessDeniedException;
import software.amazon.awssdk.services.ecs.model.CapacityProviderStrategyItem;
import software.amazon.awssdk.services.ecs.model.ClientException;
import software.amazon.awssdk.services.ecs.model.ClusterNotFoundException;
import software.amazon.awssdk.services.ecs.model.ConflictException;
import software.amazon.awssdk.services.ecs.model.ContainerOverride;
import software.amazon.awssdk.services.ecs.model.DesiredStatus;
import software.amazon.awssdk.services.ecs.model.EcsException;
import software.amazon.awssdk.services.ecs.model.Failure;
import software.amazon.awssdk.services.ecs.model.InvalidParameterException;
import software.amazon.awssdk.services.ecs.model.KeyValuePair;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.NetworkConfiguration;
import software.amazon.awssdk.services.ecs.model.PlatformUnknownException;
import software.amazon.awssdk.services.ecs.model.RunTaskRequest;
import software.amazon.awssdk.services.ecs.model.ServerException;
import software.amazon.awssdk.services.ecs.model.Tag;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.ecs.model.TaskField;

/** What ECS says to launches, reads and stops. How tasks live is in {@link TaskLifeTest}. */
class EcsEmulatorTest {
  private static final CapacityProviderStrategyItem SPOT =
      CapacityProviderStrategyItem.builder().capacityProvider("FARGATE_SPOT").weight(1).build();

  private Aws aws = new Aws(Limits.USUAL);

  @AfterEach
  void close() {
    aws.close();
  }

  private void with(Limits limits) {
    aws.close();
    aws = new Aws(limits);
  }

  // ---- Reads after launches

  @Test
  void aTaskIsMissingForAMomentAndThenThere() {
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));

    var early = aws.ecs.describeTasks(asked -> asked.cluster(Aws.CLUSTER).tasks(arn));
    assertThat(early.tasks()).isEmpty();
    assertThat(early.failures()).extracting(Failure::reason).containsExactly("MISSING");
    assertThat(aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER)).taskArns()).isEmpty();

    aws.clock.pass(Limits.USUAL.settling());
    assertThat(aws.task(arn).lastStatus()).isEqualTo("PROVISIONING");
    assertThat(aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER)).taskArns())
        .containsExactly(arn);
  }

  @Test
  void tasksAreListedByWhoStartedThemButOnlyThoseThatAreToRun() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    var mine = aws.run(definition, asked -> asked.startedBy("uid/0"));
    aws.run(definition, asked -> asked.startedBy("uid/1"));
    aws.clock.pass(Duration.ofSeconds(1));

    assertThat(aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER).startedBy("uid/0")).taskArns())
        .containsExactly(mine);
    assertThat(aws.emulator.count("uid/0")).isEqualTo(1);

    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(mine));
    assertThat(aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER).startedBy("uid/0")).taskArns())
        .isEmpty();
    assertThat(
            aws.ecs
                .listTasks(asked -> asked.cluster(Aws.CLUSTER).desiredStatus(DesiredStatus.STOPPED))
                .taskArns())
        .containsExactly(mine);
  }

  @Test
  void whoStartedTasksMustBeTheOnlyFilter() {
    assertThatThrownBy(
            () ->
                aws.ecs.listTasks(
                    asked ->
                        asked
                            .cluster(Aws.CLUSTER)
                            .startedBy("uid/0")
                            .desiredStatus(DesiredStatus.STOPPED)))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("only filter");
  }

  @Test
  void listsComeInPages() {
    with(Limits.USUAL.withoutRates());
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    for (int i = 0; i < 25; i++) {
      aws.ecs.runTask(Aws.launch(definition).count(10).build());
    }
    aws.clock.pass(Duration.ofSeconds(1));

    var first = aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER));
    assertThat(first.taskArns()).hasSize(100);
    var all =
        aws.ecs.listTasksPaginator(asked -> asked.cluster(Aws.CLUSTER)).taskArns().stream()
            .distinct();
    assertThat(all).hasSize(250);
    assertThatThrownBy(
            () ->
                aws.ecs.describeTasks(
                    asked -> asked.cluster(Aws.CLUSTER).tasks(Collections.nCopies(101, "task"))))
        .isInstanceOf(InvalidParameterException.class);
  }

  @Test
  void anUnknownClusterIsNotFound() {
    assertThatThrownBy(() -> aws.ecs.listTasks(asked -> asked.cluster("other")))
        .isInstanceOf(ClusterNotFoundException.class);
    assertThat(aws.ecs.describeClusters(asked -> asked.clusters("other", Aws.CLUSTER)).failures())
        .extracting(Failure::reason)
        .containsExactly("MISSING");
  }

  @Test
  void aClusterCountsItsTasks() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.awaitStatus(aws.run(definition, _ -> {}), "RUNNING");
    aws.run(definition, _ -> {});

    var cluster =
        aws.ecs.describeClusters(asked -> asked.clusters(Aws.CLUSTER)).clusters().getFirst();

    assertThat(cluster.status()).isEqualTo("ACTIVE");
    assertThat(cluster.runningTasksCount()).isEqualTo(1);
    assertThat(cluster.pendingTasksCount()).isEqualTo(1);
    assertThat(cluster.capacityProviders()).containsExactly("FARGATE", "FARGATE_SPOT");
  }

  // ---- Once and only once

  @Test
  void theSameTokenMakesNoSecondTask() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    var first = aws.run(definition, asked -> asked.clientToken("token-1"));

    var second = aws.run(definition, asked -> asked.clientToken("token-1"));
    aws.clock.pass(Duration.ofHours(25));
    var tomorrow = aws.run(definition, asked -> asked.clientToken("token-1"));

    assertThat(second).isEqualTo(first);
    assertThat(tomorrow).isNotEqualTo(first);
  }

  @Test
  void aTokenForSomethingElseIsAConflictThatNamesTheTask() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    var first = aws.run(definition, asked -> asked.clientToken("token-1"));

    var conflict =
        catchThrowableOfType(
            ConflictException.class,
            () ->
                aws.run(
                    definition, asked -> asked.clientToken("token-1").startedBy("somebody-else")));

    assertThat(conflict.resourceIds()).containsExactly(first);
  }

  @Test
  void aLostAnswerIsNoLostTask() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.emulator.faults().loseAnswer(1);

    assertThatThrownBy(() -> aws.run(definition, asked -> asked.clientToken("t").startedBy("me")))
        .isInstanceOf(SdkClientException.class);
    aws.run(definition, asked -> asked.clientToken("t").startedBy("me"));

    assertThat(aws.emulator.count("me")).isEqualTo(1);
  }

  @Test
  void aServerErrorMayHideASuccess() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.emulator.faults().serverErrorThoughDone(1);

    assertThatThrownBy(() -> aws.run(definition, asked -> asked.startedBy("me")))
        .isInstanceOf(ServerException.class);

    assertThat(aws.emulator.count("me")).isEqualTo(1);
    assertThat(aws.emulator.traffic().counts()).containsEntry("RunTask 500", 1);
  }

  @Test
  void nothingIsAnsweredWhileItIsUnreachable() {
    aws.emulator.faults().unreachable(true);

    assertThatThrownBy(() -> aws.ecs.listClusters()).isInstanceOf(SdkClientException.class);

    aws.emulator.faults().unreachable(false);
    assertThat(aws.ecs.listClusters().clusterArns()).hasSize(1);
  }

  @Test
  void whatIsNotAllowedIsDenied() {
    aws.emulator.faults().refuse("ListTasks", "AccessDeniedException");

    assertThatThrownBy(() -> aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER)))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessageContaining("not authorized to perform: ListTasks");
  }

  // ---- Rates

  @Test
  void definitionsCanBeRegisteredTwentyAtOnceAndOneASecond() {
    for (int i = 0; i < 20; i++) {
      aws.register(Aws.container("main", "exit " + i));
    }

    assertThatThrownBy(() -> aws.register(Aws.container("main", "true")))
        .isInstanceOfSatisfying(
            EcsException.class,
            error -> {
              assertThat(error.awsErrorDetails().errorCode()).isEqualTo("ThrottlingException");
              assertThat(error.statusCode()).isEqualTo(400);
              assertThat(error.isThrottlingException()).isTrue();
            });
    aws.clock.pass(Duration.ofSeconds(1));
    var last = aws.register(Aws.container("main", "true"));

    assertThat(last).endsWith(":21");
    // Taking away shares the bucket.
    assertThrottled(() -> aws.ecs.deregisterTaskDefinition(asked -> asked.taskDefinition(last)));
  }

  @Test
  void aHundredTasksCanBeLaunchedAtOnceAndTwentyASecond() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    for (int i = 0; i < 10; i++) {
      aws.ecs.runTask(Aws.launch(definition).count(10).build());
    }

    assertThrottled(() -> aws.ecs.runTask(Aws.launch(definition).build()));
    // Spare capacity has a bucket of its own.
    assertThat(aws.ecs.runTask(onSpot(definition)).tasks()).hasSize(1);

    aws.clock.pass(Duration.ofSeconds(1));
    aws.ecs.runTask(Aws.launch(definition).count(10).build());
    aws.ecs.runTask(Aws.launch(definition).count(10).build());
    assertThrottled(() -> aws.ecs.runTask(Aws.launch(definition).build()));
  }

  @Test
  void launchesForOneTaskEachAreTwentyASecondFromTheStart() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    for (int i = 0; i < 20; i++) {
      aws.ecs.runTask(Aws.launch(definition).build());
    }

    assertThrottled(() -> aws.ecs.runTask(Aws.launch(definition).build()));
  }

  @Test
  void stopsTakeFromWhatLaunchesHave() {
    with(Limits.USUAL.withRate(Category.CLUSTER_RESOURCE_MODIFY, 2, 1).withSettling(Duration.ZERO));
    var arn = aws.run(Aws.container("main", Aws.FOR_EVER));
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn));

    assertThrottled(() -> aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn)));
    // Reads have a bucket of their own.
    aws.ecs.listTasks(asked -> asked.cluster(Aws.CLUSTER));
  }

  private static void assertThrottled(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EcsException.class,
            error ->
                assertThat(error.awsErrorDetails().errorCode()).isEqualTo("ThrottlingException"));
  }

  // ---- Room

  private static RunTaskRequest onSpot(String definition) {
    return Aws.launch(definition)
        .launchType((LaunchType) null)
        .capacityProviderStrategy(SPOT)
        .build();
  }

  @Test
  void noCapacityIsAFailureInAnAnswerThatIsNoError() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.emulator.faults().noSpotCapacity(true);

    var refused = aws.ecs.runTask(onSpot(definition));

    assertThat(refused.tasks()).isEmpty();
    assertThat(refused.failures().getFirst().reason())
        .startsWith("Capacity is unavailable at this time");
    assertThat(aws.ecs.runTask(Aws.launch(definition).build()).tasks()).hasSize(1);
  }

  @Test
  void aSubnetThatIsFullLeavesTheOthers() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.emulator.faults().full("subnet-1", true);

    assertThat(aws.ecs.runTask(Aws.launch(definition).build()).failures()).hasSize(1);
    assertThat(
            aws.ecs
                .runTask(
                    Aws.launch(definition)
                        .networkConfiguration(
                            network ->
                                network.awsvpcConfiguration(
                                    vpc -> vpc.subnets("subnet-1", "subnet-2")))
                        .build())
                .tasks())
        .hasSize(1);
  }

  @Test
  void theQuotaOfVcpusIsHeldAndTold() {
    with(Limits.USUAL.withVcpus(0.5, 4));
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    var first = aws.run(definition, _ -> {});
    aws.run(definition, _ -> {});

    assertThat(aws.ecs.runTask(Aws.launch(definition).build()).failures())
        .extracting(Failure::reason)
        .containsExactly(
            "You've reached the limit on the number of vCPUs you can run concurrently");
    assertThat(
            aws.quotas
                .getServiceQuota(asked -> asked.serviceCode("fargate").quotaCode("L-3032A538"))
                .quota()
                .value())
        .isEqualTo(0.5);
    assertThat(
            aws.quotas.listServiceQuotas(asked -> asked.serviceCode("fargate")).quotas().stream()
                .map(quota -> quota.quotaCode()))
        .containsExactly("L-3032A538", "L-36FBB829");

    aws.clock.pass(Limits.USUAL.settling());
    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(first));
    aws.awaitStatus(first, "STOPPED");
    assertThat(aws.ecs.runTask(Aws.launch(definition).build()).tasks()).hasSize(1);
  }

  // ---- What launches may say

  @Test
  void overridesReachTheContainerAndAreShown() {
    var arn =
        aws.run(
            aws.register(Aws.container("main", "exit 1")),
            asked ->
                asked.overrides(
                    overrides ->
                        overrides
                            .cpu("1024")
                            .memory("2 GB")
                            .containerOverrides(
                                ContainerOverride.builder()
                                    .name("main")
                                    .command("exit 7")
                                    .environment(
                                        KeyValuePair.builder().name("POD").value("web-0").build())
                                    .build())));

    var task = aws.awaitStatus(arn, "STOPPED");

    assertThat(Aws.container(task, "main").exitCode()).isEqualTo(7);
    assertThat(task.cpu()).isEqualTo("1024");
    assertThat(task.memory()).isEqualTo("2048");
    assertThat(task.overrides().containerOverrides().getFirst().environment().getFirst().value())
        .isEqualTo("web-0");
  }

  @Test
  void overridesOfMoreThan8192CharactersAreRefused() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));

    assertThatThrownBy(() -> aws.run(definition, withVariable("x".repeat(8192))))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("Container Overrides length must be at most 8192");
    aws.run(definition, withVariable("x".repeat(8000)));
  }

  private static Consumer<RunTaskRequest.Builder> withVariable(String value) {
    return asked ->
        asked.overrides(
            overrides ->
                overrides.containerOverrides(
                    ContainerOverride.builder()
                        .name("main")
                        .environment(KeyValuePair.builder().name("X").value(value).build())
                        .build()));
  }

  @Test
  void whatALaunchMayNotSayIsRefused() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));

    assertInvalid(asked -> asked.count(11), "count");
    assertInvalid(asked -> asked.startedBy("has a blank"), "startedBy");
    assertInvalid(asked -> asked.clientToken("x".repeat(65)), "clientToken");
    assertInvalid(
        asked ->
            asked.overrides(
                all -> all.containerOverrides(ContainerOverride.builder().name("other").build())),
        "Override for container named other is not a container in the TaskDefinition.");
    assertInvalid(
        asked -> asked.networkConfiguration((NetworkConfiguration) null),
        "Network Configuration must be provided");
    assertInvalid(
        asked ->
            asked.networkConfiguration(
                network ->
                    network.awsvpcConfiguration(
                        vpc ->
                            vpc.subnets(
                                IntStream.range(0, 17).mapToObj(i -> "subnet-" + i).toList()))),
        "at most 16");
    assertInvalid(asked -> asked.enableExecuteCommand(true), "taskRoleArn");
    assertInvalid(
        asked -> asked.tags(Tag.builder().key("aws:x").value("y").build()), "must not begin with");
    assertInvalid(
        asked -> asked.capacityProviderStrategy(SPOT),
        "Specifying both a launch type and capacity provider strategy");
    assertThatThrownBy(() -> aws.run(definition, asked -> asked.platformVersion("9.9.9")))
        .isInstanceOf(PlatformUnknownException.class);
    assertThatThrownBy(
            () -> aws.run(definition, asked -> asked.overrides(all -> all.memory("640"))))
        .isInstanceOf(ClientException.class)
        .hasMessageContaining("No Fargate configuration exists");
  }

  private void assertInvalid(Consumer<RunTaskRequest.Builder> more, String message) {
    assertThatThrownBy(() -> aws.run("vk-burst", more))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aProviderThatTheClusterLacksIsRefused() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    aws.ecs.createCluster(asked -> asked.clusterName("plain"));

    assertThatThrownBy(
            () -> aws.ecs.runTask(onSpot(definition).toBuilder().cluster("plain").build()))
        .isInstanceOf(InvalidParameterException.class)
        .hasMessageContaining("not associated with the cluster");
    aws.ecs.putClusterCapacityProviders(
        asked ->
            asked
                .cluster("plain")
                .capacityProviders("FARGATE_SPOT")
                .defaultCapacityProviderStrategy(List.of()));
    assertThat(
            aws.ecs
                .runTask(onSpot(definition).toBuilder().cluster("plain").build())
                .tasks()
                .getFirst()
                .capacityProviderName())
        .isEqualTo("FARGATE_SPOT");
  }

  // ---- Tags

  @Test
  void tagsAreShownWhenAskedForAndGoneOnceTheTaskIsStopped() {
    var definition = aws.register(Aws.container("main", Aws.FOR_EVER));
    var arn =
        aws.run(
            definition,
            asked ->
                asked
                    .startedBy("uid/0")
                    .group("team-a/web-0")
                    .tags(Tag.builder().key("pod").value("web-0").build()));
    aws.awaitStatus(arn, "RUNNING");
    aws.ecs.tagResource(
        asked -> asked.resourceArn(arn).tags(Tag.builder().key("more").value("x").build()));

    assertThat(aws.task(arn).tags()).isEmpty();
    assertThat(tagged(arn).tags()).extracting(Tag::key).containsExactly("pod", "more");
    assertThat(aws.ecs.listTagsForResource(asked -> asked.resourceArn(arn)).tags()).hasSize(2);

    aws.ecs.stopTask(asked -> asked.cluster(Aws.CLUSTER).task(arn).reason("enough"));

    assertThat(tagged(arn).tags()).isEmpty();
    assertThat(tagged(arn).startedBy()).isEqualTo("uid/0");
    assertThat(tagged(arn).group()).isEqualTo("team-a/web-0");
    assertThat(tagged(arn).stoppedReason()).isEqualTo("enough");
  }

  private Task tagged(String arn) {
    return aws.ecs
        .describeTasks(asked -> asked.cluster(Aws.CLUSTER).tasks(arn).include(TaskField.TAGS))
        .tasks()
        .getFirst();
  }
}
