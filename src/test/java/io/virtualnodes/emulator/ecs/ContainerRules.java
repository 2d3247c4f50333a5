package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Pattern;

/** What ECS refuses of one container's definition for Fargate. */
final class ContainerRules {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final int LONGEST_IMAGE = 255;
  private static final List<String> FORBIDDEN =
      List.of(
          "links",
          "hostname",
          "dnsServers",
          "dnsSearchDomains",
          "extraHosts",
          "dockerSecurityOptions",
          "resourceRequirements");
  private static final List<String> FORBIDDEN_FLAGS = List.of("privileged", "disableNetworking");
  private static final List<String> FORBIDDEN_OF_LINUX =
      List.of("devices", "sharedMemorySize", "maxSwap", "swappiness");
  private static final List<String> LOG_DRIVERS = List.of("awslogs", "splunk", "awsfirelens");
  private static final List<String> LOG_OPTIONS =
      List.of(
          "awslogs-create-group",
          "awslogs-datetime-format",
          "awslogs-group",
          "awslogs-multiline-pattern",
          "awslogs-region",
          "awslogs-stream-prefix",
          "max-buffer-size",
          "mode");
  private static final int MOST_IGNORED_CODES = 50;

  private ContainerRules() {}

  static void check(JsonNode container, boolean withExecutionRole) {
    var name = container.path("name").asText();
    if (!NAME.matcher(name).matches()) {
      throw AwsError.client("Container.name contains invalid characters.");
    }
    var image = container.path("image").asText();
    if (image.isEmpty() || image.length() > LONGEST_IMAGE) {
      throw AwsError.client("Container.image should not be null or empty.");
    }
    checkForbidden(container);
    between(container, "stopTimeout", 2, 120);
    between(container, "startTimeout", 2, 120);
    checkHealth(container.path("healthCheck"));
    checkRestarts(container);
    checkPorts(container, name);
    checkLog(container.path("logConfiguration"), withExecutionRole);
    checkRole(container, withExecutionRole);
    checkVariables(container, name);
    if (container.path("memory").isInt() && container.path("memory").asInt() < 4) {
      throw AwsError.client(
          "Invalid 'memory' setting for container '%s'. Must be at least 4 MB.".formatted(name));
    }
  }

  private static void checkForbidden(JsonNode container) {
    for (var field : FORBIDDEN) {
      if (TaskDefinitionRules.isGiven(container.path(field))) {
        throw TaskDefinitionRules.unsupported(field);
      }
    }
    for (var field : FORBIDDEN_FLAGS) {
      if (container.path(field).asBoolean(false)) {
        throw TaskDefinitionRules.unsupported(field);
      }
    }
    var linux = container.path("linuxParameters");
    for (var field : FORBIDDEN_OF_LINUX) {
      if (TaskDefinitionRules.isGiven(linux.path(field))) {
        throw TaskDefinitionRules.unsupported("linuxParameters." + field);
      }
    }
    for (var capability : linux.at("/capabilities/add")) {
      if (!capability.asText().equals("SYS_PTRACE")) {
        throw TaskDefinitionRules.unsupported(
            "linuxParameters.capabilities.add " + capability.asText());
      }
    }
  }

  private static void checkHealth(JsonNode check) {
    if (!check.isObject()) {
      return;
    }
    between(check, "interval", 5, 300);
    between(check, "timeout", 2, 60);
    between(check, "retries", 1, 10);
    between(check, "startPeriod", 0, 300);
    var first = check.path("command").path(0).asText();
    if (!List.of("CMD", "CMD-SHELL").contains(first) || check.path("command").size() < 2) {
      throw AwsError.client("healthCheck.command must begin with CMD or CMD-SHELL.");
    }
  }

  private static void checkRestarts(JsonNode container) {
    var policy = container.path("restartPolicy");
    between(policy, "restartAttemptPeriod", 60, 1800);
    if (policy.path("ignoredExitCodes").size() > MOST_IGNORED_CODES) {
      throw AwsError.client(
          "restartPolicy.ignoredExitCodes has at most " + MOST_IGNORED_CODES + " entries.");
    }
  }

  private static void checkPorts(JsonNode container, String name) {
    var protocols = new HashMap<Integer, String>();
    for (var mapping : container.path("portMappings")) {
      var protocol = mapping.path("protocol").asText("tcp");
      if (!List.of("tcp", "udp").contains(protocol)) {
        throw AwsError.client("portMappings.protocol is not valid: " + protocol);
      }
      int port = mapping.path("containerPort").asInt();
      if (mapping.path("hostPort").isInt()
          && mapping.path("hostPort").asInt() != 0
          && mapping.path("hostPort").asInt() != port) {
        throw AwsError.client(
            "When networkMode=awsvpc, the host ports and container ports in port mappings must"
                + " match.");
      }
      if (protocols.put(port, protocol) != null) {
        throw AwsError.client(
            "Invalid setting for container '%s': port %d is mapped more than once."
                .formatted(name, port));
      }
    }
  }

  private static void checkLog(JsonNode configuration, boolean withExecutionRole) {
    if (!configuration.isObject()) {
      return;
    }
    var driver = configuration.path("logDriver").asText();
    if (!LOG_DRIVERS.contains(driver)) {
      throw TaskDefinitionRules.unsupported("logConfiguration.logDriver " + driver);
    }
    if (!driver.equals("awslogs")) {
      return;
    }
    if (!withExecutionRole) {
      throw AwsError.client(
          "Fargate requires task definition to have execution role ARN to support log driver"
              + " awslogs.");
    }
    var options = configuration.path("options");
    for (var needed : List.of("awslogs-group", "awslogs-region", "awslogs-stream-prefix")) {
      if (options.path(needed).asText().isEmpty()) {
        throw AwsError.client(
            "Log driver awslogs requires options: awslogs-region, awslogs-group,"
                + " awslogs-stream-prefix");
      }
    }
    options
        .fieldNames()
        .forEachRemaining(
            option -> {
              if (!LOG_OPTIONS.contains(option)) {
                throw AwsError.client("Log driver awslogs disallows options: " + option);
              }
            });
    if (!List.of("", "blocking", "non-blocking").contains(options.path("mode").asText())) {
      throw AwsError.client("Log driver option mode is not valid.");
    }
  }

  private static void checkRole(JsonNode container, boolean withExecutionRole) {
    boolean needed =
        !container.path("secrets").isEmpty()
            || TaskDefinitionRules.isGiven(container.path("repositoryCredentials"));
    if (needed && !withExecutionRole) {
      throw AwsError.client(
          "When you are specifying container secrets, you must also specify a value for"
              + " 'executionRoleArn'.");
    }
  }

  private static void checkVariables(JsonNode container, String name) {
    var names = new HashMap<String, String>();
    for (var secret : container.path("secrets")) {
      names.put(secret.path("name").asText(), "");
    }
    for (var variable : container.path("environment")) {
      if (names.containsKey(variable.path("name").asText())) {
        throw AwsError.client(
            "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '%s' in container '%s'."
                .formatted(variable.path("name").asText(), name));
      }
    }
  }

  private static void between(JsonNode parent, String field, int least, int most) {
    var value = parent.path(field);
    if (!value.isMissingNode()
        && !value.isNull()
        && (value.asInt() < least || value.asInt() > most)) {
      throw AwsError.client(
          "%s must be between %d and %d: %s".formatted(field, least, most, value.asText()));
    }
  }
}
