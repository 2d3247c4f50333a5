package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What ECS refuses of a task definition for Fargate. Where its own sentence is known it is used;
 * the others name the field.
 */
final class TaskDefinitionRules {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final int MOST_CONTAINERS = 10;
  private static final int MOST_BYTES = 64 * 1024;
  private static final int LEAST_STORAGE_GIB = 21;
  private static final int MOST_STORAGE_GIB = 200;
  private static final List<String> FORBIDDEN = List.of("ipcMode", "inferenceAccelerators");

  private TaskDefinitionRules() {}

  static void check(ObjectNode definition) {
    if (!NAME.matcher(definition.path("family").asText()).matches()) {
      throw AwsError.client("Family contains invalid characters.");
    }
    Tags.check(definition.path("tags"));
    if (definition.toString().getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      throw AwsError.client(
          "Actual length: '%d'. Max allowed length is '%d' bytes."
              .formatted(
                  definition.toString().getBytes(StandardCharsets.UTF_8).length, MOST_BYTES));
    }
    checkFargate(definition);
    checkSize(definition);
    checkVolumes(definition);
    checkContainers(definition);
    DependencyRules.check(definition.path("containerDefinitions"));
  }

  private static void checkFargate(JsonNode definition) {
    if (!PlanReading.texts(definition.path("requiresCompatibilities")).contains("FARGATE")) {
      throw AwsError.client("This emulator knows no other compatibility than FARGATE.");
    }
    if (!definition.path("networkMode").asText().equals("awsvpc")) {
      throw AwsError.client("Fargate only supports network mode ‘awsvpc’.");
    }
    for (var field : FORBIDDEN) {
      if (isGiven(definition.path(field))) {
        throw unsupported(field);
      }
    }
    var pidMode = definition.path("pidMode").asText();
    if (!pidMode.isEmpty() && !pidMode.equals("task")) {
      throw AwsError.client("Tasks using the Fargate launch type only support pidMode 'task'.");
    }
    if (!definition.path("placementConstraints").isEmpty()) {
      throw AwsError.client("Fargate task definitions do not support placement constraints.");
    }
    var platform = definition.path("runtimePlatform");
    if (!List.of("X86_64", "ARM64").contains(platform.path("cpuArchitecture").asText("X86_64"))) {
      throw AwsError.client("runtimePlatform.cpuArchitecture is not valid.");
    }
    if (pidMode.equals("task")
        && platform.path("operatingSystemFamily").asText("LINUX").startsWith("WINDOWS")) {
      throw AwsError.client("pidMode is not supported on Windows.");
    }
  }

  private static void checkSize(JsonNode definition) {
    for (var field : List.of("cpu", "memory")) {
      if (definition.path(field).asText().isEmpty()) {
        throw AwsError.client(
            "Fargate requires that '%s' be defined at the task level.".formatted(field));
      }
    }
    int cpu =
        FargateSizes.cpu(definition.path("cpu").asText())
            .orElseThrow(() -> AwsError.client("Invalid 'cpu' setting for task."));
    int memory =
        FargateSizes.memoryMib(definition.path("memory").asText())
            .orElseThrow(() -> AwsError.client("Invalid 'memory' setting for task."));
    checkSize(cpu, memory);
    boolean windows =
        definition.at("/runtimePlatform/operatingSystemFamily").asText().startsWith("WINDOWS");
    if (windows && cpu < 1024) {
      throw noSize(cpu, memory);
    }
    var storage = definition.path("ephemeralStorage");
    if (storage.isObject()) {
      checkStorage(storage.path("sizeInGiB").asInt());
    }
  }

  static void checkSize(int cpu, int memoryMib) {
    if (!FargateSizes.exists(cpu, memoryMib)) {
      throw noSize(cpu, memoryMib);
    }
  }

  static void checkStorage(int gib) {
    if (gib < LEAST_STORAGE_GIB || gib > MOST_STORAGE_GIB) {
      throw AwsError.client(
          "ephemeralStorage.sizeInGiB must be between %d and %d: %d"
              .formatted(LEAST_STORAGE_GIB, MOST_STORAGE_GIB, gib));
    }
  }

  private static AwsError noSize(int cpu, int memoryMib) {
    return AwsError.client(
        "No Fargate configuration exists for given values: %d CPU, %d memory. See the Amazon ECS documentation for the valid values."
            .formatted(cpu, memoryMib));
  }

  private static void checkVolumes(JsonNode definition) {
    Set<String> names = new HashSet<>();
    for (var volume : definition.path("volumes")) {
      var name = volume.path("name").asText();
      if (!NAME.matcher(name).matches() || !names.add(name)) {
        throw AwsError.client("volumes.name is not valid or not unique: '" + name + "'");
      }
      if (isGiven(volume.path("dockerVolumeConfiguration"))
          || isGiven(volume.path("fsxWindowsFileServerVolumeConfiguration"))) {
        throw unsupported("volumes of other kinds than EFS and bind mounts: " + name);
      }
      if (!volume.at("/host/sourcePath").asText().isEmpty()) {
        throw AwsError.client("host.sourcePath should not be set for volumes in Fargate.");
      }
      var efs = volume.path("efsVolumeConfiguration");
      if (efs.isObject() && !efs.path("fileSystemId").asText().startsWith("fs-")) {
        throw AwsError.client("EFS file system id is not valid in volume " + name);
      }
      // What the API reference says of authorizationConfig.
      boolean byPoint = !efs.at("/authorizationConfig/accessPointId").asText().isEmpty();
      if (byPoint && !efs.path("rootDirectory").asText("/").equals("/")) {
        throw AwsError.client(
            "The root directory must be omitted or / with an access point in volume " + name);
      }
      if (byPoint && !efs.path("transitEncryption").asText().equals("ENABLED")) {
        throw AwsError.client(
            "Transit encryption must be enabled with an access point in volume " + name);
      }
    }
    for (var container : definition.path("containerDefinitions")) {
      for (var mount : container.path("mountPoints")) {
        if (!names.contains(mount.path("sourceVolume").asText())) {
          throw AwsError.client(
              "Unknown volume '%s'.".formatted(mount.path("sourceVolume").asText()));
        }
      }
    }
  }

  private static void checkContainers(JsonNode definition) {
    var containers = definition.path("containerDefinitions");
    if (containers.isEmpty()) {
      throw AwsError.client("Container list cannot be empty.");
    }
    if (containers.size() > MOST_CONTAINERS) {
      throw AwsError.client(
          "Too many containers: a task definition has at most " + MOST_CONTAINERS + ".");
    }
    boolean withExecutionRole = !definition.path("executionRoleArn").asText().isEmpty();
    int cpu = 0;
    int memory = 0;
    for (var container : containers) {
      ContainerRules.check(container, withExecutionRole);
      cpu += container.path("cpu").asInt(0);
      memory += container.path("memoryReservation").asInt(container.path("memory").asInt(0));
      if (container.path("memory").asInt(0)
          > FargateSizes.memoryMib(definition.path("memory").asText()).orElseThrow()) {
        throw AwsError.client(
            "Invalid setting for container '%s'. The container's memory is greater than the task's."
                .formatted(container.path("name").asText()));
      }
    }
    if (cpu > FargateSizes.cpu(definition.path("cpu").asText()).orElseThrow()
        || memory > FargateSizes.memoryMib(definition.path("memory").asText()).orElseThrow()) {
      throw AwsError.client(
          "The total of the containers' cpu or memory is greater than the task's.");
    }
  }

  static boolean isGiven(JsonNode field) {
    return !field.isMissingNode()
        && !field.isNull()
        && !(field.isContainerNode() && field.isEmpty());
  }

  static AwsError unsupported(String what) {
    return AwsError.client(
        "The following is not supported when using launch type FARGATE: " + what);
  }
}
