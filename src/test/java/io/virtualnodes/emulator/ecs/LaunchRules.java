package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.emulator.ecs.Clusters.Cluster;
import io.virtualnodes.emulator.ecs.Task.Placement;
import io.virtualnodes.emulator.ecs.Task.Size;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** What ECS refuses of a request to run tasks on Fargate, and how it reads the rest. */
final class LaunchRules {
  private static final Pattern STARTED_BY = Pattern.compile("[A-Za-z0-9_/-]{1,128}");
  private static final Pattern SUBNET = Pattern.compile("subnet-[A-Za-z0-9-]+");
  private static final int MOST_AT_ONCE = 10;
  private static final int MOST_SUBNETS = 16;
  private static final int MOST_SECURITY_GROUPS = 5;
  private static final int LONGEST_OVERRIDES = 8192;
  private static final int LONGEST_TOKEN = 64;
  private static final String LATEST = "1.4.0";
  private static final int USUAL_STORAGE_GIB = 20;

  private LaunchRules() {}

  /** How many tasks are wanted. */
  static int count(JsonNode asked) {
    int count = asked.path("count").asInt(1);
    if (count < 1 || count > MOST_AT_ONCE) {
      throw AwsError.invalid("count must be between 1 and " + MOST_AT_ONCE + ".");
    }
    return count;
  }

  static void check(JsonNode asked, TaskDefinition definition) {
    var startedBy = asked.path("startedBy").asText();
    if (!startedBy.isEmpty() && !STARTED_BY.matcher(startedBy).matches()) {
      throw AwsError.invalid("Invalid startedBy: '" + startedBy + "'");
    }
    if (asked.path("clientToken").asText().length() > LONGEST_TOKEN) {
      throw AwsError.invalid(
          "clientToken can not be longer than " + LONGEST_TOKEN + " characters.");
    }
    Tags.check(asked.path("tags"));
    checkOverrides(asked.path("overrides"), definition);
    checkNetwork(asked.path("networkConfiguration"));
    checkTaskRole(asked, definition);
    if (!asked.path("placementConstraints").isEmpty()
        || !asked.path("placementStrategy").isEmpty()) {
      throw AwsError.invalid(
          "Placement constraints and strategies are not supported with launch type FARGATE.");
    }
    if (!asked.path("volumeConfigurations").isEmpty()) {
      throw AwsError.invalid("This emulator has no EBS volumes: volumeConfigurations.");
    }
  }

  private static void checkTaskRole(JsonNode asked, TaskDefinition definition) {
    boolean withRole =
        !definition.body().path("taskRoleArn").asText().isEmpty()
            || !asked.at("/overrides/taskRoleArn").asText().isEmpty();
    if (asked.path("enableExecuteCommand").asBoolean(false) && !withRole) {
      throw AwsError.invalid(
          "The service couldn't be created because a valid taskRoleArn is not being used. Specify a"
              + " valid task role in your task definition and try again.");
    }
  }

  private static void checkOverrides(JsonNode overrides, TaskDefinition definition) {
    if (overrides.isMissingNode()) {
      return;
    }
    if (overrides.toString().length() > LONGEST_OVERRIDES) {
      throw AwsError.invalid("Container Overrides length must be at most " + LONGEST_OVERRIDES);
    }
    var names =
        StreamSupport.stream(definition.body().path("containerDefinitions").spliterator(), false)
            .map(container -> container.path("name").asText())
            .toList();
    for (var override : overrides.path("containerOverrides")) {
      var name = override.path("name").asText();
      if (!names.contains(name)) {
        throw AwsError.invalid(
            "Override for container named %s is not a container in the TaskDefinition."
                .formatted(name));
      }
    }
    var storage = overrides.path("ephemeralStorage");
    if (storage.isObject()) {
      TaskDefinitionRules.checkStorage(storage.path("sizeInGiB").asInt());
    }
  }

  private static void checkNetwork(JsonNode network) {
    var configuration = network.path("awsvpcConfiguration");
    if (!configuration.isObject()) {
      throw AwsError.invalid(
          "Network Configuration must be provided when networkMode 'awsvpc' is specified.");
    }
    var subnets = subnets(network);
    if (subnets.isEmpty()) {
      throw AwsError.invalid("subnets can not be empty.");
    }
    if (subnets.size() > MOST_SUBNETS) {
      throw AwsError.invalid("subnets can have at most " + MOST_SUBNETS + " items.");
    }
    for (var subnet : subnets) {
      if (!SUBNET.matcher(subnet).matches()) {
        throw AwsError.invalid(
            "Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
                .formatted(subnet, subnet));
      }
    }
    if (configuration.path("securityGroups").size() > MOST_SECURITY_GROUPS) {
      throw AwsError.invalid("securityGroups can have at most " + MOST_SECURITY_GROUPS + " items.");
    }
    if (!List.of("", "ENABLED", "DISABLED")
        .contains(configuration.path("assignPublicIp").asText())) {
      throw AwsError.invalid("assignPublicIp should be one of [ENABLED,DISABLED]");
    }
  }

  static List<String> subnets(JsonNode network) {
    return PlanReading.texts(network.at("/awsvpcConfiguration/subnets"));
  }

  /** As large as the overrides say, and else as the definition does. */
  static Size size(JsonNode asked, TaskDefinition definition) {
    var overrides = asked.path("overrides");
    int cpu =
        FargateSizes.cpu(or(overrides.path("cpu"), definition.body().path("cpu")))
            .orElseThrow(() -> AwsError.invalid("Invalid 'cpu' setting for task."));
    int memory =
        FargateSizes.memoryMib(or(overrides.path("memory"), definition.body().path("memory")))
            .orElseThrow(() -> AwsError.invalid("Invalid 'memory' setting for task."));
    TaskDefinitionRules.checkSize(cpu, memory);
    var storage =
        overrides.path("ephemeralStorage").isObject()
            ? overrides.path("ephemeralStorage")
            : definition.body().path("ephemeralStorage");
    return new Size(cpu, memory, storage.path("sizeInGiB").asInt(USUAL_STORAGE_GIB));
  }

  private static String or(JsonNode override, JsonNode usual) {
    return override.asText().isEmpty() ? usual.asText() : override.asText();
  }

  static Placement placement(JsonNode asked, Cluster cluster, TaskDefinition definition) {
    var strategy = asked.path("capacityProviderStrategy");
    var launchType = asked.path("launchType").asText();
    if (!launchType.isEmpty() && !strategy.isEmpty()) {
      throw AwsError.invalid(
          "Specifying both a launch type and capacity provider strategy is not supported. Remove"
              + " one and try again.");
    }
    var provider =
        strategy.isEmpty() && launchType.isEmpty()
            ? provider(cluster.strategy(), cluster)
            : provider(strategy, cluster);
    if (provider.isEmpty() && !launchType.equals("FARGATE")) {
      throw AwsError.invalid("No Container Instances were found in your cluster.");
    }
    boolean windows =
        definition
            .body()
            .at("/runtimePlatform/operatingSystemFamily")
            .asText()
            .startsWith("WINDOWS");
    if (windows && provider.filter("FARGATE_SPOT"::equals).isPresent()) {
      throw AwsError.invalid("FARGATE_SPOT does not run Windows containers.");
    }
    return new Placement(
        launchType.isEmpty() ? Optional.empty() : Optional.of(launchType),
        provider,
        subnets(asked.path("networkConfiguration")).getFirst(),
        platform(asked));
  }

  /** Which one of a strategy is taken for a single task: that with a base, else the heaviest. */
  private static Optional<String> provider(JsonNode strategy, Cluster cluster) {
    String chosen = null;
    int most = 0;
    for (var item : strategy) {
      var name = item.path("capacityProvider").asText();
      if (!cluster.providers().contains(name)) {
        throw AwsError.invalid(
            "The specified capacity provider strategy cannot contain a capacity provider that is"
                + " not associated with the cluster. Associate the capacity provider with the"
                + " cluster or specify a valid capacity provider and try again.");
      }
      // A base comes first, whatever the weights.
      int weight = item.path("weight").asInt(1) + (item.path("base").asInt(0) > 0 ? 10_000 : 0);
      if (weight > most) {
        chosen = name;
        most = weight;
      }
    }
    if (chosen == null && !strategy.isEmpty()) {
      throw AwsError.invalid("At least one capacity provider must have a weight greater than 0.");
    }
    return Optional.ofNullable(chosen);
  }

  private static String platform(JsonNode asked) {
    var version = asked.path("platformVersion").asText();
    return switch (version) {
      case "", "LATEST" -> LATEST;
      case "1.4.0", "1.3.0" -> version;
      default ->
          throw new AwsError(
              "PlatformUnknownException", "The specified platform version does not exist.");
    };
  }
}
