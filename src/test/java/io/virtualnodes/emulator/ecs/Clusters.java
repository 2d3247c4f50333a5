package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The clusters, which only name what belongs together. Guarded by its owner. */
final class Clusters {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,255}");
  private static final List<String> PROVIDERS = List.of("FARGATE", "FARGATE_SPOT");
  private static final String USUAL = "default";
  private static final int MOST_DESCRIBED = 100;

  private final Map<String, Cluster> clusters = new TreeMap<>();

  /**
   * @param providers what was associated with it
   */
  record Cluster(String name, List<String> providers, ArrayNode strategy, ArrayNode tags) {}

  /** Says how many tasks of a cluster there are. */
  @FunctionalInterface
  interface Counting {
    int count(String cluster, boolean running);
  }

  ObjectNode create(JsonNode asked) {
    var name = asked.path("clusterName").asText(USUAL);
    if (!NAME.matcher(name).matches()) {
      throw AwsError.invalid("Invalid identifier: Identifier is for " + name);
    }
    // One that is there already stays as it is.
    var cluster =
        clusters.computeIfAbsent(
            name,
            _ ->
                new Cluster(
                    name,
                    providers(asked.path("capacityProviders")),
                    copy(asked.path("defaultCapacityProviderStrategy")),
                    copy(asked.path("tags"))));
    var answer = Json.object();
    answer.set("cluster", show(cluster, 0, 0, true));
    return answer;
  }

  ObjectNode putProviders(JsonNode asked) {
    var before = find(asked.path("cluster").asText());
    var cluster =
        new Cluster(
            before.name(),
            providers(asked.path("capacityProviders")),
            copy(asked.path("defaultCapacityProviderStrategy")),
            before.tags());
    clusters.put(cluster.name(), cluster);
    var answer = Json.object();
    answer.set("cluster", show(cluster, 0, 0, true));
    return answer;
  }

  private static List<String> providers(JsonNode asked) {
    var providers = PlanReading.texts(asked);
    for (var provider : providers) {
      if (!PROVIDERS.contains(provider)) {
        throw AwsError.invalid(
            "The specified capacity provider '%s' was not found. Specify a valid name or ARN and try again."
                .formatted(provider));
      }
    }
    return List.copyOf(providers);
  }

  ObjectNode describe(JsonNode asked, Counting tasks) {
    var names = PlanReading.texts(asked.path("clusters"));
    if (names.size() > MOST_DESCRIBED) {
      throw AwsError.invalid("Clusters cannot be more than " + MOST_DESCRIBED);
    }
    boolean withTags = PlanReading.texts(asked.path("include")).contains("TAGS");
    var answer = Json.object();
    var found = answer.putArray("clusters");
    var failures = answer.putArray("failures");
    for (var name : names.isEmpty() ? List.of(USUAL) : names) {
      var cluster = clusters.get(Account.last(name));
      if (cluster == null) {
        failures.add(
            Json.object().put("arn", Account.cluster(Account.last(name))).put("reason", "MISSING"));
      } else {
        found.add(
            show(
                cluster,
                tasks.count(cluster.name(), true),
                tasks.count(cluster.name(), false),
                withTags));
      }
    }
    return answer;
  }

  ObjectNode list(JsonNode asked) {
    var page = Page.of(new ArrayList<>(clusters.keySet()), asked, "maxResults", "nextToken", 100);
    var answer = Json.object();
    var arns = answer.putArray("clusterArns");
    page.items().forEach(name -> arns.add(Account.cluster(name)));
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  ObjectNode delete(JsonNode asked, Counting tasks) {
    var cluster = find(Json.text(asked, "cluster"));
    if (tasks.count(cluster.name(), true) + tasks.count(cluster.name(), false) > 0) {
      throw new AwsError(
          "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.");
    }
    clusters.remove(cluster.name());
    var answer = Json.object();
    answer.set("cluster", show(cluster, 0, 0, false).put("status", "INACTIVE"));
    return answer;
  }

  /**
   * @param nameOrArn empty is the one that is called {@code default}
   */
  Cluster find(String nameOrArn) {
    var cluster = clusters.get(nameOrArn.isEmpty() ? USUAL : Account.last(nameOrArn));
    if (cluster == null) {
      throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    }
    return cluster;
  }

  void tag(String name, ArrayNode tags) {
    var before = find(name);
    clusters.put(
        before.name(), new Cluster(before.name(), before.providers(), before.strategy(), tags));
  }

  private static ArrayNode copy(JsonNode list) {
    var copy = Json.array();
    list.forEach(copy::add);
    return copy;
  }

  private static ObjectNode show(Cluster cluster, int running, int pending, boolean withTags) {
    var shown = Json.object();
    shown.put("clusterArn", Account.cluster(cluster.name()));
    shown.put("clusterName", cluster.name());
    shown.put("status", "ACTIVE");
    shown.put("registeredContainerInstancesCount", 0);
    shown.put("runningTasksCount", running);
    shown.put("pendingTasksCount", pending);
    shown.put("activeServicesCount", 0);
    shown.putArray("statistics");
    shown.set("tags", withTags ? cluster.tags() : Json.array());
    shown
        .putArray("settings")
        .add(Json.object().put("name", "containerInsights").put("value", "disabled"));
    var providers = shown.putArray("capacityProviders");
    cluster.providers().forEach(providers::add);
    shown.set("defaultCapacityProviderStrategy", cluster.strategy());
    return shown;
  }
}
