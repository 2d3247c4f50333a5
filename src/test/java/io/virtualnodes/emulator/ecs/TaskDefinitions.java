package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.TaskDefinition.Status;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The task definitions of the account, by family and revision. Guarded by its owner. */
final class TaskDefinitions {
  private static final int MOST_DELETED = 10;

  private final Map<String, TreeMap<Integer, TaskDefinition>> families = new TreeMap<>();

  ObjectNode register(ObjectNode asked, Instant now) {
    TaskDefinitionRules.check(asked);
    var family = asked.path("family").asText();
    var revisions = families.computeIfAbsent(family, _ -> new TreeMap<>());
    // A revision that is being deleted keeps its number.
    int revision = revisions.isEmpty() ? 1 : revisions.lastKey() + 1;
    var body = asked.deepCopy();
    var tags = body.remove("tags");
    complete(body);
    var definition =
        new TaskDefinition(
            family,
            revision,
            body,
            tags == null ? Json.array() : tags,
            Status.ACTIVE,
            now,
            Optional.empty(),
            Optional.empty());
    revisions.put(revision, definition);
    var answer = Json.object();
    answer.set("taskDefinition", definition.show());
    answer.set("tags", definition.tags());
    return answer;
  }

  /** What is shown though nobody asked for it. */
  private static void complete(ObjectNode body) {
    for (var container : body.path("containerDefinitions")) {
      var shown = (ObjectNode) container;
      for (var list :
          List.of("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls")) {
        shown.withArray(list);
      }
      if (!shown.has("cpu")) {
        shown.put("cpu", 0);
      }
      if (!shown.has("essential")) {
        shown.put("essential", true);
      }
    }
    body.withArray("volumes");
    body.withArray("placementConstraints");
    body.withArray("requiresAttributes");
    body.putArray("compatibilities").add("EC2").add("FARGATE");
  }

  ObjectNode describe(JsonNode asked) {
    var definition =
        lookUp(Json.text(asked, "taskDefinition"))
            .orElseThrow(() -> AwsError.client("Unable to describe task definition."));
    var answer = Json.object();
    answer.set("taskDefinition", definition.show());
    if (PlanReading.texts(asked.path("include")).contains("TAGS")) {
      answer.set("tags", definition.tags());
    }
    return answer;
  }

  ObjectNode deregister(JsonNode asked, Instant now) {
    var name = Json.text(asked, "taskDefinition");
    if (!Account.last(name).contains(":")) {
      throw AwsError.invalid("Invalid revision number. Number: 0");
    }
    var definition =
        lookUp(name)
            .orElseThrow(() -> AwsError.client("The specified task definition does not exist."));
    var inactive = definition.deregistered(now);
    put(inactive);
    var answer = Json.object();
    answer.set("taskDefinition", inactive.show());
    return answer;
  }

  ObjectNode delete(JsonNode asked, Instant now) {
    var names = PlanReading.texts(asked.path("taskDefinitions"));
    if (names.isEmpty() || names.size() > MOST_DELETED) {
      throw AwsError.invalid("Specify between 1 and " + MOST_DELETED + " task definitions.");
    }
    var answer = Json.object();
    var deleted = answer.putArray("taskDefinitions");
    var failures = answer.putArray("failures");
    for (var name : names) {
      var definition = lookUp(name);
      if (definition.filter(one -> one.status() != Status.ACTIVE).isPresent()) {
        var gone = definition.get().deleted(now);
        put(gone);
        deleted.add(gone.show());
      } else {
        failures.add(
            Json.object()
                .put("arn", definition.map(TaskDefinition::arn).orElse(name))
                .put(
                    "reason",
                    definition.isPresent()
                        ? "The specified task definition is still in ACTIVE status. Please"
                            + " deregister the target and try again."
                        : "The specified task definition does not exist. Specify a valid account,"
                            + " family, revision and try again."));
      }
    }
    return answer;
  }

  ObjectNode list(JsonNode asked) {
    var status = asked.path("status").asText("ACTIVE");
    // Despite its name it is the whole family that is compared.
    var family = asked.path("familyPrefix").asText();
    var found =
        families.values().stream()
            .flatMap(revisions -> revisions.values().stream())
            .filter(one -> one.status().name().equals(status))
            .filter(one -> family.isEmpty() || one.family().equals(family))
            .sorted(
                Comparator.comparing(TaskDefinition::family)
                    .thenComparingInt(TaskDefinition::revision))
            .map(TaskDefinition::arn)
            .toList();
    var page =
        Page.of(
            asked.path("sort").asText().equals("DESC") ? found.reversed() : found,
            asked,
            "maxResults",
            "nextToken",
            100);
    var answer = Json.object();
    var arns = answer.putArray("taskDefinitionArns");
    page.items().forEach(arns::add);
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  /** Those whose names begin so; here it is a prefix. */
  ObjectNode listFamilies(JsonNode asked) {
    var status = asked.path("status").asText("ACTIVE");
    var prefix = asked.path("familyPrefix").asText();
    var found =
        families.keySet().stream()
            .filter(family -> family.startsWith(prefix))
            .filter(
                family ->
                    switch (status) {
                      case "ACTIVE" -> isActive(family);
                      case "INACTIVE" -> !isActive(family);
                      default -> true;
                    })
            .toList();
    var page = Page.of(found, asked, "maxResults", "nextToken", 100);
    var answer = Json.object();
    var names = answer.putArray("families");
    page.items().forEach(names::add);
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  private boolean isActive(String family) {
    return families.get(family).values().stream().anyMatch(one -> one.status() == Status.ACTIVE);
  }

  /** ARNs of all by which something can be run. */
  List<String> active() {
    return families.values().stream()
        .flatMap(revisions -> revisions.values().stream())
        .filter(one -> one.status() == Status.ACTIVE)
        .map(TaskDefinition::arn)
        .toList();
  }

  /** What is to be run; by a family alone it is the latest active one. */
  TaskDefinition toRun(String name) {
    var definition = lookUp(name).orElseThrow(() -> AwsError.client("TaskDefinition not found."));
    if (definition.status() != Status.ACTIVE) {
      throw AwsError.client("TaskDefinition is inactive");
    }
    return definition;
  }

  void tag(TaskDefinition definition, ArrayNode tags) {
    put(definition.tagged(tags));
  }

  Optional<TaskDefinition> lookUp(String name) {
    var last = Account.last(name);
    int colon = last.indexOf(':');
    var revisions = families.get(colon < 0 ? last : last.substring(0, colon));
    if (revisions == null) {
      return Optional.empty();
    }
    if (colon < 0) {
      return revisions.descendingMap().values().stream()
          .filter(one -> one.status() == Status.ACTIVE)
          .findFirst();
    }
    var revision = last.substring(colon + 1);
    if (!revision.matches("[0-9]{1,9}")) {
      throw AwsError.invalid("Invalid revision number. Number: " + revision);
    }
    return Optional.ofNullable(revisions.get(Integer.valueOf(revision)));
  }

  private void put(TaskDefinition definition) {
    families.get(definition.family()).put(definition.revision(), definition);
  }
}
