package io.virtualnodes.install;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.virtualnodes.cluster.Cluster;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Every object of a cluster at one moment, of every kind that it can list, but for Events: these
 * say what was, and go by themselves after an hour.
 *
 * @param objects by kind, namespace and name: what names the operator in its metadata, such as
 *     labels and finalizers
 */
record ClusterContent(Map<String, Set<String>> objects) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OURS = "virtualnodes.io/";

  static ClusterContent of(Cluster cluster) {
    String kinds =
        cluster
            .kubectl()
            .run("api-resources", "--verbs=list", "--output=name", "--cached=false")
            .lines()
            .filter(kind -> !kind.equals("events") && !kind.startsWith("events."))
            .collect(Collectors.joining(","));
    var objects = new TreeMap<String, Set<String>>();
    for (var item : list(cluster, kinds)) {
      var metadata = item.get("metadata");
      var key =
          "%s %s/%s"
              .formatted(
                  item.path("kind").asText(),
                  metadata.path("namespace").asText(),
                  metadata.path("name").asText());
      objects.put(key, ofOurs(metadata));
    }
    return new ClusterContent(objects);
  }

  private static Iterable<JsonNode> list(Cluster cluster, String kinds) {
    try {
      return JSON.readTree(cluster.kubectl().run("get", kinds, "--all-namespaces", "--output=json"))
          .get("items");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> ofOurs(JsonNode metadata) {
    var found = new TreeSet<String>();
    metadata.path("finalizers").forEach(finalizer -> addOurs(found, finalizer.asText()));
    metadata.path("labels").fieldNames().forEachRemaining(key -> addOurs(found, key));
    metadata.path("annotations").fieldNames().forEachRemaining(key -> addOurs(found, key));
    return found;
  }

  private static void addOurs(Set<String> found, String key) {
    if (key.contains(OURS)) {
      found.add(key);
    }
  }

  /** What is here and was not before, or names the operator where it did not before. */
  Set<String> beyond(ClusterContent before) {
    var beyond = new TreeSet<String>();
    objects.forEach(
        (object, ours) -> {
          var earlier = before.objects.get(object);
          if (earlier == null) {
            beyond.add(object);
          } else {
            ours.stream()
                .filter(key -> !earlier.contains(key))
                .forEach(key -> beyond.add(object + " has " + key));
          }
        });
    return beyond;
  }
}
