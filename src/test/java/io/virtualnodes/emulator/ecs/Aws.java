package io.virtualnodes.emulator.ecs;

import io.virtualnodes.backend.simulated.DrivenClock;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.ecs.EcsClient;
import software.amazon.awssdk.services.ecs.model.Compatibility;
import software.amazon.awssdk.services.ecs.model.Container;
import software.amazon.awssdk.services.ecs.model.ContainerCondition;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.ContainerDependency;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.LogDriver;
import software.amazon.awssdk.services.ecs.model.NetworkMode;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.RunTaskRequest;
import software.amazon.awssdk.services.ecs.model.Task;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.servicequotas.ServiceQuotasClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/** AWS's own clients at an emulator whose containers are simulated and whose time is passed. */
final class Aws implements AutoCloseable {
  static final String CLUSTER = "burst";
  static final String LOG_GROUP = "/virtualnodes/burst";
  static final String FOR_EVER = "sleep 3600";
  private static final Duration STEP = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  final DrivenClock clock = new DrivenClock();
  private final SimulatedContainers containers = new SimulatedContainers(clock, clock::pass);
  final EcsEmulator emulator;
  final EcsClient ecs;
  final CloudWatchLogsClient logs;
  final SecretsManagerClient secrets;
  final SqsClient sqs;
  final ServiceQuotasClient quotas;

  Aws(Limits limits) {
    this(limits, Optional.empty());
  }

  Aws(Limits limits, Optional<Path> record) {
    this.emulator = new EcsEmulator(0, limits, containers, clock, record);
    var address = emulator.endpoint();
    this.ecs = at(address, EcsClient.builder());
    this.logs = at(address, CloudWatchLogsClient.builder());
    this.secrets = at(address, SecretsManagerClient.builder());
    this.sqs = at(address, SqsClient.builder());
    this.quotas = at(address, ServiceQuotasClient.builder());
    emulator.prepare(CLUSTER, LOG_GROUP);
  }

  /** Without retries: tests want to see what is refused. */
  static <B extends AwsClientBuilder<B, C> & AwsSyncClientBuilder<B, C>, C> C at(
      URI address, B builder) {
    return builder
        .endpointOverride(address)
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("nobody", "nothing")))
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .overrideConfiguration(options -> options.retryStrategy(AwsRetryStrategy.doNotRetry()))
        .build();
  }

  /** A container that runs a script and writes a log. */
  static ContainerDefinition container(String name, String script) {
    return ContainerDefinition.builder()
        .name(name)
        .image("virtualnodes/busybox:latest")
        .entryPoint("sh", "-c")
        .command(script)
        .logConfiguration(
            log ->
                log.logDriver(LogDriver.AWSLOGS)
                    .options(
                        Map.of(
                            "awslogs-group", LOG_GROUP,
                            "awslogs-region", "us-east-1",
                            "awslogs-stream-prefix", "pods",
                            "mode", "blocking")))
        .build();
  }

  /** The same, to be started once another has come to something. */
  static ContainerDefinition after(
      ContainerDefinition container, String other, ContainerCondition condition) {
    return container.toBuilder()
        .dependsOn(ContainerDependency.builder().containerName(other).condition(condition).build())
        .build();
  }

  /** A definition for which nothing is to be said but what runs. */
  static RegisterTaskDefinitionRequest.Builder definition(ContainerDefinition... containers) {
    return RegisterTaskDefinitionRequest.builder()
        .family("vk-burst")
        .networkMode(NetworkMode.AWSVPC)
        .requiresCompatibilities(Compatibility.FARGATE)
        .executionRoleArn("arn:aws:iam::123456789012:role/execution")
        .cpu("256")
        .memory("512")
        .containerDefinitions(containers);
  }

  String register(ContainerDefinition... containers) {
    return ecs.registerTaskDefinition(definition(containers).build())
        .taskDefinition()
        .taskDefinitionArn();
  }

  static RunTaskRequest.Builder launch(String definition) {
    return RunTaskRequest.builder()
        .cluster(CLUSTER)
        .taskDefinition(definition)
        .launchType(LaunchType.FARGATE)
        .networkConfiguration(
            network -> network.awsvpcConfiguration(vpc -> vpc.subnets("subnet-1")));
  }

  /** Runs one task. */
  String run(ContainerDefinition... containers) {
    return run(register(containers), _ -> {});
  }

  String run(String definition, Consumer<RunTaskRequest.Builder> more) {
    var request = launch(definition);
    more.accept(request);
    return ecs.runTask(request.build()).tasks().getFirst().taskArn();
  }

  Task task(String arn) {
    return ecs.describeTasks(asked -> asked.cluster(CLUSTER).tasks(arn)).tasks().getFirst();
  }

  static Container container(Task task, String name) {
    return task.containers().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Passes time until a task is as wanted. */
  Task await(String arn, Predicate<Task> wanted) {
    return awaitAll(arn, wanted).getLast();
  }

  Task awaitStatus(String arn, String status) {
    return await(arn, task -> task.lastStatus().equals(status));
  }

  /** How a task was seen until it was as wanted. */
  List<Task> awaitAll(String arn, Predicate<Task> wanted) {
    var seen = new ArrayList<Task>();
    var giveUp = clock.instant().plus(PATIENCE);
    while (clock.instant().isBefore(giveUp)) {
      ecs.describeTasks(asked -> asked.cluster(CLUSTER).tasks(arn)).tasks().forEach(seen::add);
      if (!seen.isEmpty() && wanted.test(seen.getLast())) {
        return seen;
      }
      clock.pass(STEP);
    }
    throw new AssertionError("the task is not as wanted: " + seen.getLast());
  }

  /** What a container has written. */
  List<String> log(String arn, String container) {
    return logs
        .getLogEvents(
            asked ->
                asked
                    .logGroupName(LOG_GROUP)
                    .logStreamName(stream(arn, container))
                    .startFromHead(true))
        .events()
        .stream()
        .map(event -> event.message())
        .toList();
  }

  static String stream(String arn, String container) {
    return "pods/" + container + "/" + Account.last(arn);
  }

  @Override
  public void close() {
    ecs.close();
    logs.close();
    secrets.close();
    sqs.close();
    quotas.close();
    emulator.close();
    containers.close();
  }
}
