package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.virtualnodes.emulator.ecs.ContainerPlan.Condition;
import io.virtualnodes.emulator.ecs.ContainerPlan.Dependency;
import io.virtualnodes.emulator.ecs.ContainerPlan.HealthCheck;
import io.virtualnodes.emulator.ecs.ContainerPlan.LogPlan;
import io.virtualnodes.emulator.ecs.ContainerPlan.Mount;
import io.virtualnodes.emulator.ecs.ContainerPlan.Restarts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/** What a definition and the overrides of a launch ask to be run. The defaults are Fargate's. */
final class PlanReading {
  private static final int STOP_SECONDS = 30;
  private static final int CHECK_INTERVAL_SECONDS = 30;
  private static final int CHECK_TIMEOUT_SECONDS = 5;
  private static final int CHECK_RETRIES = 3;
  private static final int RESTART_PERIOD_SECONDS = 300;

  private PlanReading() {}

  /**
   * @param definition a task definition that was registered
   * @param overrides those of the launch; missing where it has none
   */
  static List<ContainerPlan> read(JsonNode definition, JsonNode overrides) {
    return StreamSupport.stream(definition.path("containerDefinitions").spliterator(), false)
        .map(container -> container(container, override(container, overrides)))
        .toList();
  }

  private static JsonNode override(JsonNode container, JsonNode overrides) {
    for (var override : overrides.path("containerOverrides")) {
      if (override.path("name").equals(container.path("name"))) {
        return override;
      }
    }
    return MissingNode.getInstance();
  }

  private static ContainerPlan container(JsonNode container, JsonNode override) {
    var environment = pairs(container.path("environment"), "value");
    environment.putAll(pairs(override.path("environment"), "value"));
    var memory =
        override.path("memory").isInt() ? override.path("memory") : container.path("memory");
    return new ContainerPlan(
        container.path("name").asText(),
        container.path("image").asText(),
        container.path("essential").asBoolean(true),
        texts(container.path("entryPoint")),
        texts(override.has("command") ? override.path("command") : container.path("command")),
        text(container.path("workingDirectory")),
        text(container.path("user")),
        environment,
        pairs(container.path("secrets"), "valueFrom"),
        dependencies(container),
        container.path("startTimeout").isInt()
            ? Optional.of(Duration.ofSeconds(container.path("startTimeout").asInt()))
            : Optional.empty(),
        Duration.ofSeconds(container.path("stopTimeout").asInt(STOP_SECONDS)),
        healthCheck(container.path("healthCheck")),
        restarts(container.path("restartPolicy")),
        log(container.path("logConfiguration")),
        mounts(container.path("mountPoints")),
        memoryMounts(container.at("/linuxParameters/tmpfs")),
        container.path("readonlyRootFilesystem").asBoolean(false),
        memory.isInt() ? Optional.of(memory.asInt()) : Optional.empty(),
        text(container.at("/repositoryCredentials/credentialsParameter")));
  }

  private static List<Dependency> dependencies(JsonNode container) {
    return StreamSupport.stream(container.path("dependsOn").spliterator(), false)
        .map(
            one ->
                new Dependency(
                    one.path("containerName").asText(),
                    Condition.valueOf(one.path("condition").asText())))
        .toList();
  }

  private static Optional<HealthCheck> healthCheck(JsonNode check) {
    return check.isObject()
        ? Optional.of(
            new HealthCheck(
                texts(check.path("command")),
                Duration.ofSeconds(check.path("interval").asInt(CHECK_INTERVAL_SECONDS)),
                Duration.ofSeconds(check.path("timeout").asInt(CHECK_TIMEOUT_SECONDS)),
                check.path("retries").asInt(CHECK_RETRIES),
                Duration.ofSeconds(check.path("startPeriod").asInt(0))))
        : Optional.empty();
  }

  private static Optional<Restarts> restarts(JsonNode policy) {
    if (!policy.path("enabled").asBoolean(false)) {
      return Optional.empty();
    }
    Set<Integer> ignored = new LinkedHashSet<>();
    policy.path("ignoredExitCodes").forEach(code -> ignored.add(code.asInt()));
    return Optional.of(
        new Restarts(
            Duration.ofSeconds(policy.path("restartAttemptPeriod").asInt(RESTART_PERIOD_SECONDS)),
            ignored));
  }

  private static Optional<LogPlan> log(JsonNode configuration) {
    var options = configuration.path("options");
    return configuration.path("logDriver").asText().equals("awslogs")
        ? Optional.of(
            new LogPlan(
                options.path("awslogs-group").asText(),
                options.path("awslogs-stream-prefix").asText(),
                options.path("awslogs-create-group").asText().equals("true")))
        : Optional.empty();
  }

  private static List<Mount> mounts(JsonNode mounts) {
    return StreamSupport.stream(mounts.spliterator(), false)
        .map(
            mount ->
                new Mount(
                    mount.path("sourceVolume").asText(),
                    mount.path("containerPath").asText(),
                    mount.path("readOnly").asBoolean(false)))
        .toList();
  }

  private static List<String> memoryMounts(JsonNode mounts) {
    return StreamSupport.stream(mounts.spliterator(), false)
        .map(mount -> mount.path("containerPath").asText())
        .toList();
  }

  private static Map<String, String> pairs(JsonNode list, String value) {
    var pairs = new LinkedHashMap<String, String>();
    list.forEach(pair -> pairs.put(pair.path("name").asText(), pair.path(value).asText()));
    return pairs;
  }

  private static Optional<String> text(JsonNode node) {
    return Optional.of(node.asText()).filter(text -> !text.isEmpty());
  }

  static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
