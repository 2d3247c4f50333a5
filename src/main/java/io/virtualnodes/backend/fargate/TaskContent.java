package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.ecs.model.CPUArchitecture;
import software.amazon.awssdk.services.ecs.model.Compatibility;
import software.amazon.awssdk.services.ecs.model.ContainerCondition;
import software.amazon.awssdk.services.ecs.model.ContainerDefinition;
import software.amazon.awssdk.services.ecs.model.ContainerDependency;
import software.amazon.awssdk.services.ecs.model.KernelCapabilities;
import software.amazon.awssdk.services.ecs.model.LogConfiguration;
import software.amazon.awssdk.services.ecs.model.LogDriver;
import software.amazon.awssdk.services.ecs.model.NetworkMode;
import software.amazon.awssdk.services.ecs.model.OSFamily;
import software.amazon.awssdk.services.ecs.model.PidMode;
import software.amazon.awssdk.services.ecs.model.RegisterTaskDefinitionRequest;
import software.amazon.awssdk.services.ecs.model.Secret;
import software.amazon.awssdk.services.ecs.model.SystemControl;

/**
 * What a task definition says: all of a group that other groups of its kind have too. Only for
 * groups of which nothing is refused by {@link FargateRefusals}.
 */
final class TaskContent {
  private static final int LEAST_STOP_SECONDS = 2;
  private static final String FILES_AT = "/vn/";

  private final FargatePlace place;
  private final ContainerGroup group;
  private final GroupSecrets secrets;
  private final List<String> arns;
  private final TaskVolumes volumes;

  /**
   * @param arns of the secrets, one for each of their texts
   */
  TaskContent(FargatePlace place, ContainerGroup group, GroupSecrets secrets, List<String> arns) {
    this.place = place;
    this.group = group;
    this.secrets = secrets;
    this.arns = List.copyOf(arns);
    this.volumes = new TaskVolumes(place, group);
  }

  /** How many containers are added to those of the group. */
  static int helpers(ContainerGroup group) {
    return (needsFiller(group) ? 1 : 0) + (needsKeeper(group) ? 1 : 0);
  }

  private static boolean needsFiller(ContainerGroup group) {
    return group.volumes().stream().anyMatch(GroupSecrets::isFilled);
  }

  /** A task ends with the first of its essential containers, and a group with the last. */
  private static boolean needsKeeper(ContainerGroup group) {
    return group.containers().stream().filter(one -> one.part() == Part.MAIN).count() > 1;
  }

  /**
   * Without its family, which is named by what is in it.
   *
   * @param toldWhenRun whether each task is told its variables and arguments when it is run;
   *     otherwise they are in here, and no other group's
   */
  RegisterTaskDefinitionRequest of(boolean toldWhenRun) {
    var size = FargateSizes.of(group, place.unnamed(), helpers(group)).orElseThrow();
    var containers = new ArrayList<ContainerDefinition>();
    if (needsFiller(group)) {
      containers.add(filler());
    }
    for (var container : group.containers()) {
      var definition = container(container, size);
      if (!toldWhenRun) {
        definition.environment(FargateRequests.plain(group, container));
        if (!container.arguments().isEmpty()) {
          definition.command(container.arguments());
        }
      }
      containers.add(definition.build());
    }
    if (needsKeeper(group)) {
      containers.add(keeper());
    }
    var definition =
        RegisterTaskDefinitionRequest.builder()
            .networkMode(NetworkMode.AWSVPC)
            .requiresCompatibilities(Compatibility.FARGATE)
            .cpu(String.valueOf(size.cpu()))
            .memory(String.valueOf(size.memory()))
            .runtimePlatform(
                platform ->
                    platform
                        .operatingSystemFamily(OSFamily.LINUX)
                        .cpuArchitecture(
                            switch (place.architecture()) {
                              case AMD64 -> CPUArchitecture.X86_64;
                              case ARM64 -> CPUArchitecture.ARM64;
                            }))
            .executionRoleArn(place.executionRole())
            .containerDefinitions(containers);
    place
        .taskRole(group.owner().namespace(), group.serviceAccount())
        .ifPresent(definition::taskRoleArn);
    var all = volumes.all();
    if (!all.isEmpty()) {
      definition.volumes(all);
    }
    if (group.surroundings().sharesProcesses()) {
      definition.pidMode(PidMode.TASK);
    }
    return definition.build();
  }

  private ContainerDefinition.Builder container(ContainerSpec container, FargateSizes size) {
    var definition =
        ContainerDefinition.builder()
            .name(container.name())
            .image(container.image())
            .essential(container.part() == Part.MAIN && !needsKeeper(group))
            .dockerLabels(
                TaskShape.labels(container.part(), group.restartPolicy(), kept(container.care())))
            .logConfiguration(log())
            .stopTimeout(stopSeconds(group.grace()));
    if (!container.command().isEmpty()) {
      definition.entryPoint(container.command());
      if (container.arguments().isEmpty()) {
        // The image's own would be added to it.
        definition.command(List.<String>of());
      }
    }
    container.workingDirectory().ifPresent(definition::workingDirectory);
    if (container.terminal().terminal()) {
      definition.pseudoTerminal(true);
    }
    var hidden = hidden(container);
    if (!hidden.isEmpty()) {
      definition.secrets(hidden);
    }
    Optional.ofNullable(secrets.logins().get(container.name()))
        .ifPresent(
            text ->
                definition.repositoryCredentials(
                    login -> login.credentialsParameter(arns.get(text))));
    var mounts = volumes.mounts(container);
    if (!mounts.isEmpty()) {
      definition.mountPoints(mounts);
    }
    var waits = dependencies(container);
    if (!waits.isEmpty()) {
      definition.dependsOn(waits);
    }
    resources(definition, container, size);
    security(definition, container.security(), group.surroundings().filesGroup());
    if (container == group.containers().getFirst()) {
      settings(definition, group.surroundings().kernelSettings());
    }
    return definition;
  }

  /** What the process that comes after this one has to know of it. */
  private static Care kept(Care care) {
    return new Care(
        Optional.empty(),
        Optional.empty(),
        care.readiness(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Fargate lets a container have from 2 to 120 seconds. */
  static int stopSeconds(Duration grace) {
    return (int)
        Math.clamp(
            grace.toSeconds(), LEAST_STOP_SECONDS, FargateRefusals.LONGEST_GRACE.toSeconds());
  }

  private List<Secret> hidden(ContainerSpec container) {
    return container.environment().keySet().stream()
        .flatMap(
            name ->
                secrets.variable(container.name(), name).stream()
                    .map(
                        at ->
                            Secret.builder()
                                .name(name)
                                .valueFrom(secrets.reference(at, arns))
                                .build()))
        .toList();
  }

  /**
   * Init containers wait for the one before them, and all others for the last of them. What fills
   * the volumes comes first.
   */
  private List<ContainerDependency> dependencies(ContainerSpec container) {
    Optional<String> before =
        needsFiller(group) ? Optional.of(FargateNames.FILLER) : Optional.empty();
    for (var one : group.containers()) {
      if (one == container || one.part() == Part.MAIN) {
        break;
      }
      before = Optional.of(one.name());
    }
    return before.stream()
        .map(
            name ->
                ContainerDependency.builder()
                    .containerName(name)
                    .condition(ContainerCondition.SUCCESS)
                    .build())
        .toList();
  }

  /**
   * What init containers are given is the others' later, and ECS adds up what is reserved: so they
   * reserve next to nothing.
   */
  private static void resources(
      ContainerDefinition.Builder definition, ContainerSpec container, FargateSizes size) {
    var limit = FargateSizes.memoryLimitOf(container);
    // More than the task has is no limit, and ECS refuses it.
    boolean limits = limit.isPresent() && limit.getAsInt() < size.memory();
    if (limits) {
      definition.memory(limit.getAsInt());
    }
    if (container.part() == Part.INIT) {
      if (limits) {
        definition.memoryReservation(FargateSizes.LEAST_MEMORY);
      }
      return;
    }
    var request = FargateSizes.memoryRequestOf(container);
    request.ifPresent(definition::memoryReservation);
    FargateSizes.cpuOf(container).ifPresent(definition::cpu);
  }

  private static void security(
      ContainerDefinition.Builder definition, Security security, Optional<Long> filesGroup) {
    security
        .user()
        .ifPresent(
            user ->
                definition.user(
                    security
                        .group()
                        // The files are to be read, and no process has a second group.
                        .or(() -> filesGroup)
                        .map(group -> user + ":" + group)
                        .orElse(String.valueOf(user))));
    if (security.readOnlyRoot()) {
      definition.readonlyRootFilesystem(true);
    }
    if (!security.addedCapabilities().isEmpty() || !security.droppedCapabilities().isEmpty()) {
      var capabilities = KernelCapabilities.builder();
      if (!security.addedCapabilities().isEmpty()) {
        capabilities.add(security.addedCapabilities());
      }
      if (!security.droppedCapabilities().isEmpty()) {
        capabilities.drop(security.droppedCapabilities());
      }
      definition.linuxParameters(linux -> linux.capabilities(capabilities.build()));
    }
  }

  private static void settings(
      ContainerDefinition.Builder definition, Map<String, String> settings) {
    if (!settings.isEmpty()) {
      definition.systemControls(
          settings.entrySet().stream()
              .map(
                  setting ->
                      SystemControl.builder()
                          .namespace(setting.getKey())
                          .value(setting.getValue())
                          .build())
              .toList());
    }
  }

  /**
   * Waits for the log rather than lose lines of it: without a mode, ECS drops what comes too fast.
   */
  private LogConfiguration log() {
    return LogConfiguration.builder()
        .logDriver(LogDriver.AWSLOGS)
        .options(
            Map.of(
                "awslogs-group",
                place.logGroup(),
                "awslogs-region",
                place.region(),
                "awslogs-stream-prefix",
                FargateNames.LOG_PREFIX,
                "mode",
                "blocking"))
        .build();
  }

  // ---- Containers of ours

  private ContainerDefinition filler() {
    var names = IntStream.range(0, secrets.files().size()).mapToObj(i -> "VN_" + i).toList();
    var words = names.stream().map(name -> "\"$" + name + "\"").collect(Collectors.joining(" "));
    return ContainerDefinition.builder()
        .name(FargateNames.FILLER)
        .image(place.helperImage())
        .essential(false)
        .entryPoint("sh", "-c", "printf %s " + words + " | base64 -d | tar -xzf - -C " + FILES_AT)
        .command(List.<String>of())
        .user("0:0")
        .secrets(
            IntStream.range(0, names.size())
                .mapToObj(
                    i ->
                        Secret.builder()
                            .name(names.get(i))
                            .valueFrom(secrets.reference(secrets.files().get(i), arns))
                            .build())
                .toList())
        .mountPoints(volumes.filled(FILES_AT))
        .logConfiguration(log())
        .build();
  }

  private ContainerDefinition keeper() {
    return ContainerDefinition.builder()
        .name(FargateNames.KEEPER)
        .image(place.helperImage())
        .essential(true)
        .entryPoint("sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait")
        .command(List.<String>of())
        .stopTimeout(LEAST_STOP_SECONDS)
        .logConfiguration(log())
        .build();
  }
}
