package io.virtualnodes.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.api.VirtualNodePool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The CRD that this plugin was built with, and what it says of pools: their defaults, and what is
 * no pool. Rules in CEL are the API server's alone.
 */
final class PoolSchema {
  /** Where the build puts the file of {@code crds/}. */
  static final String RESOURCE = "virtualnodepools.virtualnodes.io-v1.yml";

  private PoolSchema() {}

  /** The published CRD. */
  static JsonNode crd() {
    try (var file = PoolSchema.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw new IllegalStateException("the plugin was built without " + RESOURCE);
      }
      var text = new String(file.readAllBytes(), UTF_8);
      return Yaml.documents(RESOURCE, text).getFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The schema of our version in a CRD; missing if it has no such version. */
  static JsonNode schema(JsonNode crd) {
    for (var version : crd.at("/spec/versions")) {
      if (VirtualNodePool.VERSION.equals(version.path("name").asText())) {
        return version.at("/schema/openAPIV3Schema");
      }
    }
    return crd.path("there is no such field");
  }

  /** The paths of all fields of the spec that a CRD knows. */
  static Set<String> fields(JsonNode crd) {
    var fields = new TreeSet<String>();
    collect(schema(crd).at("/properties/spec"), "spec", fields);
    return fields;
  }

  private static void collect(JsonNode schema, String path, Set<String> fields) {
    fields.add(path);
    schema
        .path("properties")
        .properties()
        .forEach(field -> collect(field.getValue(), path + "." + field.getKey(), fields));
    if (schema.has("items")) {
      collect(schema.get("items"), path + "[]", fields);
    }
  }

  /**
   * A pool with its defaults, as the API server would store it.
   *
   * @param file whose name errors begin with
   * @throws BadInput if it is no pool, with the path of every field in the way
   */
  static VirtualNodePool complete(JsonNode pool, String file) {
    var apiVersion = VirtualNodePool.GROUP + "/" + VirtualNodePool.VERSION;
    if (!"VirtualNodePool".equals(pool.path("kind").asText())
        || !apiVersion.equals(pool.path("apiVersion").asText())) {
      throw new BadInput(file + ": kind, apiVersion: must be VirtualNodePool of " + apiVersion);
    }
    if (pool.at("/metadata/name").asText().isEmpty()) {
      throw new BadInput(file + ": metadata.name: is required");
    }
    ObjectNode completed = pool.deepCopy();
    completed.remove("status");
    var problems = new ArrayList<String>();
    var schema = schema(crd());
    if (!completed.path("spec").isObject()) {
      completed.putObject("spec");
    }
    visit(completed.get("spec"), schema.at("/properties/spec"), "spec", problems);
    if (!problems.isEmpty()) {
      throw new BadInput(file + ": " + String.join("; ", problems));
    }
    return Yaml.object(completed, VirtualNodePool.class, file + ": ");
  }

  private static void visit(JsonNode value, JsonNode schema, String path, List<String> problems) {
    if (!isOf(schema, value)) {
      problems.add(
          "%s: must be of type %s, not %s"
              .formatted(path, schema.path("type").asText("integer or string"), value));
      return;
    }
    if (value instanceof ObjectNode object && schema.has("properties")) {
      visit(object, schema, path, problems);
    } else if (value.isObject()) {
      value
          .properties()
          .forEach(
              entry ->
                  visit(
                      entry.getValue(),
                      schema.path("additionalProperties"),
                      path + "[" + entry.getKey() + "]",
                      problems));
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        visit(value.get(i), schema.path("items"), path + "[" + i + "]", problems);
      }
    } else {
      checkText(value, schema, path, problems);
    }
  }

  private static void visit(
      ObjectNode object, JsonNode schema, String path, List<String> problems) {
    var properties = schema.get("properties");
    // Null stands for what is left out.
    new ArrayList<>(object.properties())
        .stream()
            .filter(field -> field.getValue().isNull())
            .forEach(field -> object.remove(field.getKey()));
    for (var field : properties.properties()) {
      var fallback = field.getValue().get("default");
      if (fallback != null && !object.has(field.getKey())) {
        object.set(field.getKey(), fallback.deepCopy());
      }
    }
    for (var required : schema.path("required")) {
      if (!object.has(required.asText())) {
        problems.add(path + "." + required.asText() + ": is required");
      }
    }
    for (var field : object.properties()) {
      var inner = path + "." + field.getKey();
      if (properties.has(field.getKey())) {
        visit(field.getValue(), properties.get(field.getKey()), inner, problems);
      } else {
        problems.add(inner + ": there is no such field");
      }
    }
  }

  private static void checkText(
      JsonNode value, JsonNode schema, String path, List<String> problems) {
    if (schema.has("enum")) {
      var allowed = new ArrayList<String>();
      schema.get("enum").forEach(one -> allowed.add(one.asText()));
      if (!allowed.contains(value.asText())) {
        problems.add("%s: must be one of %s".formatted(path, String.join(", ", allowed)));
      }
    }
    if (schema.has("pattern")
        && !Pattern.compile(schema.get("pattern").asText()).matcher(value.asText()).find()) {
      problems.add("%s: must match %s".formatted(path, schema.get("pattern").asText()));
    }
  }

  private static boolean isOf(JsonNode schema, JsonNode value) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
      return value.isTextual() || value.isIntegralNumber();
    }
    return switch (schema.path("type").asText()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      // A CRD of ours says it everywhere.
      default -> true;
    };
  }
}
