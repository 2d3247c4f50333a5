package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.Limits.Category;
import java.time.Instant;
import java.util.Set;

/** The operations of ECS. Guarded by its owner. */
final class Ecs {
  private static final Set<String> CHANGES =
      Set.of(
          "CreateCluster",
          "DeleteCluster",
          "PutClusterCapacityProviders",
          "RegisterTaskDefinition",
          "DeregisterTaskDefinition",
          "DeleteTaskDefinitions",
          "RunTask",
          "StopTask",
          "TagResource",
          "UntagResource");

  private final Throttle throttle;
  private final Clusters clusters;
  private final TaskDefinitions definitions;
  private final Tasks tasks;

  Ecs(Throttle throttle, Clusters clusters, TaskDefinitions definitions, Tasks tasks) {
    this.throttle = throttle;
    this.clusters = clusters;
    this.definitions = definitions;
    this.tasks = tasks;
  }

  static boolean changes(String operation) {
    return CHANGES.contains(operation);
  }

  ObjectNode answer(String operation, ObjectNode asked, Instant now) {
    throttle.count(category(operation), now);
    return switch (operation) {
      case "CreateCluster" -> clusters.create(asked);
      case "DescribeClusters" -> clusters.describe(asked, tasks::count);
      case "ListClusters" -> clusters.list(asked);
      case "DeleteCluster" -> clusters.delete(asked, tasks::count);
      case "PutClusterCapacityProviders" -> clusters.putProviders(asked);
      case "RegisterTaskDefinition" -> definitions.register(asked, now);
      case "DescribeTaskDefinition" -> definitions.describe(asked);
      case "DeregisterTaskDefinition" -> definitions.deregister(asked, now);
      case "DeleteTaskDefinitions" -> definitions.delete(asked, now);
      case "ListTaskDefinitions" -> definitions.list(asked);
      case "ListTaskDefinitionFamilies" -> definitions.listFamilies(asked);
      case "RunTask" -> tasks.run(clusters.find(asked.path("cluster").asText()), asked, now);
      case "StopTask" -> tasks.stop(clusters.find(asked.path("cluster").asText()), asked, now);
      case "DescribeTasks" ->
          tasks.describe(clusters.find(asked.path("cluster").asText()), asked, now);
      case "ListTasks" -> tasks.list(clusters.find(asked.path("cluster").asText()), asked, now);
      case "TagResource" -> tag(asked);
      case "UntagResource" -> untag(asked);
      case "ListTagsForResource" -> tags(asked);
      default -> throw AwsError.unknown("ECS." + operation);
    };
  }

  private static Category category(String operation) {
    return switch (operation) {
      case "CreateCluster", "DeleteCluster" -> Category.CLUSTER_MODIFY;
      case "PutClusterCapacityProviders" -> Category.CAPACITY_PROVIDER_MODIFY;
      case "DescribeClusters", "ListClusters" -> Category.CLUSTER_READ;
      case "RegisterTaskDefinition", "DeregisterTaskDefinition" -> Category.TASK_DEFINITION_MODIFY;
      case "DeleteTaskDefinitions" -> Category.DELETE_TASK_DEFINITIONS;
      case "DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies" ->
          Category.TASK_DEFINITION_READ;
      case "RunTask", "StopTask" -> Category.CLUSTER_RESOURCE_MODIFY;
      case "TagResource", "UntagResource" -> Category.TAG_MODIFY;
      case "ListTagsForResource" -> Category.TAG_READ;
      default -> Category.CLUSTER_RESOURCE_READ;
    };
  }

  private ObjectNode tag(ObjectNode asked) {
    var arn = Json.text(asked, "resourceArn");
    var more = asked.path("tags");
    Tags.check(more);
    if (isTask(arn)) {
      tasks.tag(arn, more);
    } else {
      put(arn, Json.tagged(tagsOf(arn), more, "key"));
    }
    return Json.object();
  }

  private ObjectNode untag(ObjectNode asked) {
    var arn = Json.text(asked, "resourceArn");
    var keys = asked.path("tagKeys");
    if (isTask(arn)) {
      tasks.untag(arn, keys);
    } else {
      put(arn, Json.untagged(tagsOf(arn), keys, "key"));
    }
    return Json.object();
  }

  private ObjectNode tags(ObjectNode asked) {
    var arn = Json.text(asked, "resourceArn");
    var answer = Json.object();
    answer.set("tags", isTask(arn) ? tasks.tags(arn) : tagsOf(arn));
    return answer;
  }

  private static boolean isTask(String arn) {
    return arn.contains(":task/");
  }

  private JsonNode tagsOf(String arn) {
    return arn.contains(":task-definition/") ? definition(arn).tags() : clusters.find(arn).tags();
  }

  private void put(String arn, ArrayNode tags) {
    if (arn.contains(":task-definition/")) {
      definitions.tag(definition(arn), tags);
    } else {
      clusters.tag(arn, tags);
    }
  }

  private TaskDefinition definition(String arn) {
    return definitions
        .lookUp(arn)
        .orElseThrow(() -> AwsError.invalid("The specified task definition does not exist."));
  }
}
