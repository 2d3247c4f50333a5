package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What ECS refuses of what a task's containers are to each other. */
final class DependencyRules {
  private static final List<String> CONDITIONS = List.of("START", "COMPLETE", "SUCCESS", "HEALTHY");

  private DependencyRules() {}

  static void check(JsonNode containers) {
    Map<String, JsonNode> byName = new LinkedHashMap<>();
    boolean essential = false;
    for (var container : containers) {
      if (byName.put(container.path("name").asText(), container) != null) {
        throw AwsError.client(
            "Container names must be unique: '%s'".formatted(container.path("name").asText()));
      }
      essential |= container.path("essential").asBoolean(true);
    }
    if (!essential) {
      throw AwsError.client("At least one container must be marked essential.");
    }
    for (var container : containers) {
      for (var dependency : container.path("dependsOn")) {
        check(container.path("name").asText(), dependency, byName);
      }
    }
    for (var container : containers) {
      checkCycle(container.path("name").asText(), byName, new ArrayList<>(), new HashSet<>());
    }
  }

  private static void check(String name, JsonNode dependency, Map<String, JsonNode> byName) {
    var condition = dependency.path("condition").asText();
    if (!CONDITIONS.contains(condition)) {
      throw AwsError.client("dependsOn.condition is not valid: '" + condition + "'");
    }
    var target = byName.get(dependency.path("containerName").asText());
    if (target == null) {
      throw AwsError.client(
          "Container '%s' depends on '%s', which is not in the task definition."
              .formatted(name, dependency.path("containerName").asText()));
    }
    boolean waitsForItsEnd = condition.equals("COMPLETE") || condition.equals("SUCCESS");
    if (waitsForItsEnd && target.path("essential").asBoolean(true)) {
      throw AwsError.client(
          "A container that others depend on with condition %s must not be essential: '%s'"
              .formatted(condition, target.path("name").asText()));
    }
    if (condition.equals("HEALTHY") && !target.path("healthCheck").isObject()) {
      throw AwsError.client(
          "A container that others depend on with condition HEALTHY must have a health check: '%s'"
              .formatted(target.path("name").asText()));
    }
  }

  private static void checkCycle(
      String name, Map<String, JsonNode> byName, List<String> path, Set<String> done) {
    if (path.contains(name)) {
      throw AwsError.client(
          "Containers depend on each other in a circle: " + String.join(", ", path));
    }
    if (!done.add(name)) {
      return;
    }
    path.add(name);
    for (var dependency : byName.get(name).path("dependsOn")) {
      checkCycle(dependency.path("containerName").asText(), byName, path, done);
    }
    path.removeLast();
  }
}
