package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.GroupOwner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.ecs.model.AssignPublicIp;
import software.amazon.awssdk.services.ecs.model.CapacityProviderStrategyItem;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.ContainerOverride;
import software.amazon.awssdk.services.ecs.model.KeyValuePair;
import software.amazon.awssdk.services.ecs.model.LaunchType;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.RunTaskRequest;
import software.amazon.awssdk.services.ecs.model.Tag;
import software.amazon.awssdk.services.ecs.model.TaskDefinition;
import software.amazon.awssdk.services.ecs.model.TaskOverride;

/**
 * A group in the words of ECS. Only for groups of which nothing is refused by {@link
 * FargateRefusals}.
 *
 * <p>It is in two parts: a task definition, which all groups share that differ in nothing but what
 * a task can be told when it is run, and the overrides, which tell it that.
 */
final class FargateRequests {
  /** How long the text of all overrides of a task may be: 8,192 characters. */
  static final int LONGEST_OVERRIDES = 8192;

  /** Of a task's {@code group}. */
  static final int LONGEST_GROUP = 255;

  // 1.4.0 is the newest for Linux and what AWS takes by default; it is named, so that no newer one
  // changes what runs.
  private static final String PLATFORM = "1.4.0";

  private final FargatePlace place;

  FargateRequests(FargatePlace place) {
    this.place = place;
  }

  /**
   * What is asked for.
   *
   * @param definition without its family, which is named by its content
   * @param overrides what is this group's alone
   */
  record Asked(RegisterTaskDefinitionRequest definition, TaskOverride overrides) {}

  /**
   * @param arns of the secrets, one for each of their texts
   */
  Asked of(ContainerGroup group, GroupSecrets secrets, List<String> arns) {
    var content = new TaskContent(place, group, secrets, arns);
    var overrides = overrides(group);
    boolean fits = ContentText.of(overrides).toString().length() <= LONGEST_OVERRIDES;
    return fits
        ? new Asked(content.of(true), overrides)
        : new Asked(content.of(false), TaskOverride.builder().build());
  }

  /** As a task keeps whose it is: {@code namespace/pod/node}. */
  static String group(GroupOwner owner) {
    return owner.namespace() + "/" + owner.pod() + "/" + owner.node();
  }

  /**
   * Whose a task is.
   *
   * @param pool which the task does not keep once it was stopped
   */
  static Optional<GroupOwner> owner(String pool, String group) {
    var parts = group == null ? new String[0] : group.split("/");
    return parts.length == 3
        ? Optional.of(new GroupOwner(pool, parts[2], parts[0], parts[1]))
        : Optional.empty();
  }

  // ---- What is this group's alone

  private static TaskOverride overrides(ContainerGroup group) {
    return TaskOverride.builder()
        .containerOverrides(group.containers().stream().map(one -> override(group, one)).toList())
        .build();
  }

  private static ContainerOverride override(ContainerGroup group, ContainerSpec container) {
    var override =
        ContainerOverride.builder().name(container.name()).environment(plain(group, container));
    if (!container.arguments().isEmpty()) {
      override.command(container.arguments());
    }
    return override.build();
  }

  /** Values that whoever sees the task may see; empty values are values too. */
  static List<KeyValuePair> plain(ContainerGroup group, ContainerSpec container) {
    var values = new LinkedHashMap<String, String>();
    // The container's own host name is AWS's; programs look here first.
    values.put("HOSTNAME", group.hostname());
    container
        .environment()
        .forEach(
            (name, value) -> {
              values.remove(name);
              if (value instanceof EnvironmentValue.Plain(var text)) {
                values.put(name, text);
              }
            });
    return values.entrySet().stream()
        .map(entry -> KeyValuePair.builder().name(entry.getKey()).value(entry.getValue()).build())
        .toList();
  }

  /** What a task was told, to be told to the one after it. */
  static TaskOverride again(TaskOverride overrides) {
    return TaskOverride.builder().containerOverrides(overrides.containerOverrides()).build();
  }

  /**
   * What a definition was registered with, but for its family.
   *
   * @param secrets ARNs that it is to refer to, by those that it referred to; others stay
   */
  static RegisterTaskDefinitionRequest again(TaskDefinition before, Map<String, String> secrets) {
    var definition =
        RegisterTaskDefinitionRequest.builder()
            .networkMode(before.networkMode())
            .requiresCompatibilities(before.requiresCompatibilities())
            .cpu(before.cpu())
            .memory(before.memory())
            .runtimePlatform(before.runtimePlatform())
            .executionRoleArn(before.executionRoleArn())
            .taskRoleArn(before.taskRoleArn())
            .pidMode(before.pidMode())
            .containerDefinitions(
                before.containerDefinitions().stream()
                    .map(container -> referringTo(secrets, container))
                    .toList());
    if (!before.volumes().isEmpty()) {
      definition.volumes(before.volumes());
    }
    return definition.build();
  }

  private static ContainerDefinition referringTo(
      Map<String, String> arns, ContainerDefinition container) {
    if (arns.isEmpty()) {
      return container;
    }
    var changed = container.toBuilder();
    if (container.hasSecrets()) {
      changed.secrets(
          container.secrets().stream()
              .map(secret -> secret.copy(to -> to.valueFrom(moved(arns, secret.valueFrom()))))
              .toList());
    }
    Optional.ofNullable(container.repositoryCredentials())
        .ifPresent(
            login ->
                changed.repositoryCredentials(
                    login.copy(
                        to -> to.credentialsParameter(moved(arns, login.credentialsParameter())))));
    return changed.build();
  }

  /** What comes after the ARN in a reference names a key and a version, which stay. */
  private static String moved(Map<String, String> arns, String reference) {
    var arn = TaskShape.secretOf(reference);
    return arns.getOrDefault(arn, arn) + reference.substring(arn.length());
  }

  // ---- Running it

  /**
   * A place where a task may find room.
   *
   * @param round how often all of them were full before, since AWS may answer a request that it has
   *     answered as it did then
   */
  record Attempt(FargatePlace.Capacity capacity, String subnet, int round) {
    String text() {
      return capacity + "/" + subnet + "/" + round;
    }
  }

  /** The places in which a group is tried: each begins at another subnet, and all kinds of one. */
  static List<Attempt> attempts(FargatePlace place, String startedBy, int round) {
    int subnets = place.subnets().size();
    int first = Math.floorMod(startedBy.hashCode(), subnets);
    return place.capacity().of(startedBy).stream()
        .flatMap(
            capacity ->
                IntStream.range(0, subnets)
                    .mapToObj(
                        i ->
                            new Attempt(
                                capacity, place.subnets().get((first + i) % subnets), round)))
        .toList();
  }

  RunTaskRequest run(
      FargateLaunch launch,
      GroupOwner owner,
      String definitionArn,
      TaskOverride overrides,
      Attempt attempt) {
    var request =
        RunTaskRequest.builder()
            .cluster(place.cluster())
            .taskDefinition(definitionArn)
            .count(1)
            .startedBy(launch.text())
            .group(group(owner))
            .clientToken(FargateNames.clientToken(launch.text(), attempt.text()))
            .platformVersion(PLATFORM)
            .overrides(overrides)
            .tags(tags(launch, owner))
            .networkConfiguration(
                network ->
                    network.awsvpcConfiguration(
                        vpc -> {
                          vpc.subnets(attempt.subnet())
                              .assignPublicIp(
                                  place.publicAddress()
                                      ? AssignPublicIp.ENABLED
                                      : AssignPublicIp.DISABLED);
                          if (!place.securityGroups().isEmpty()) {
                            vpc.securityGroups(place.securityGroups());
                          }
                        }));
    return switch (attempt.capacity()) {
      case ON_DEMAND -> request.launchType(LaunchType.FARGATE).build();
      case SPOT ->
          request
              .capacityProviderStrategy(
                  CapacityProviderStrategyItem.builder()
                      .capacityProvider("FARGATE_SPOT")
                      .weight(1)
                      .build())
              .build();
    };
  }

  /** For people and bills; what the operator must know of a task it keeps elsewhere. */
  private List<Tag> tags(FargateLaunch launch, GroupOwner owner) {
    var tags = new LinkedHashMap<>(place.tags());
    tags.put("virtualnodes-pool", owner.pool());
    tags.put("virtualnodes-pool-uid", launch.poolUid());
    tags.put("virtualnodes-group", launch.group().toString());
    tags.put("virtualnodes-namespace", owner.namespace());
    tags.put("virtualnodes-pod", owner.pod());
    return tags.entrySet().stream()
        .map(tag -> Tag.builder().key(tag.getKey()).value(tag.getValue()).build())
        .toList();
  }
}
