package io.virtualnodes.manifests;

import static java.util.stream.Collectors.toCollection;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Kubernetes objects as users apply them.
 *
 * @param objects copies, in their order, each with a kind and a name
 */
public record Manifests(List<ObjectNode> objects) {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          new YAMLFactory()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .enable(YAMLGenerator.Feature.LITERAL_BLOCK_STYLE));

  public Manifests {
    objects = objects.stream().map(ObjectNode::deepCopy).toList();
  }

  /** Those of one or several YAML documents; empty ones are passed over. */
  static Manifests parse(String yaml) {
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
      var objects = new ArrayList<ObjectNode>();
      while (documents.hasNext()) {
        if (documents.next() instanceof ObjectNode object && !object.isEmpty()) {
          objects.add(object);
        }
      }
      return new Manifests(objects);
    } catch (IOException e) {
      throw new IllegalArgumentException("no YAML: " + e.getMessage(), e);
    }
  }

  static Manifests in(Path file) {
    return parse(read(file));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One object as YAML, in the order of its fields. */
  static String yaml(JsonNode object) {
    try {
      return YAML.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** All as YAML documents, in their order. */
  public String yaml() {
    return String.join("---\n", objects.stream().map(Manifests::yaml).toList());
  }

  Manifests ofKinds(String... kinds) {
    var wanted = List.of(kinds);
    return new Manifests(objects.stream().filter(o -> wanted.contains(kind(o))).toList());
  }

  Manifests without(String... kinds) {
    var unwanted = List.of(kinds);
    return new Manifests(objects.stream().filter(o -> !unwanted.contains(kind(o))).toList());
  }

  /** The same by kind, namespace and name, for files that people compare. */
  Manifests sorted() {
    return new Manifests(List.copyOf(byIdentity().values()));
  }

  /** Without the labels of the objects, for where who makes them has labels of its own. */
  Manifests withoutLabels() {
    var copies = objects.stream().map(ObjectNode::deepCopy).toList();
    copies.forEach(copy -> ((ObjectNode) copy.get("metadata")).remove("labels"));
    return new Manifests(copies);
  }

  /** The only one of a kind. */
  ObjectNode only(String kind) {
    var found = ofKinds(kind).objects();
    if (found.size() != 1) {
      throw new IllegalStateException("one %s is wanted, not %d".formatted(kind, found.size()));
    }
    return found.getFirst();
  }

  /**
   * What is another here than there, a line for each: objects that only one side has, and fields by
   * their paths. The order of objects does not count, that of lists does.
   */
  List<String> differencesFrom(Manifests there) {
    var ours = byIdentity();
    var theirs = there.byIdentity();
    var lines = new ArrayList<String>();
    for (String identity : both(ours, theirs)) {
      if (!theirs.containsKey(identity)) {
        lines.add(identity + " is here only");
      } else if (!ours.containsKey(identity)) {
        lines.add(identity + " is missing here");
      } else {
        lines.addAll(
            differences(identity, leaves(ours.get(identity)), leaves(theirs.get(identity))));
      }
    }
    return lines;
  }

  static String kind(JsonNode object) {
    return object.path("kind").asText();
  }

  static String name(JsonNode object) {
    return object.path("metadata").path("name").asText();
  }

  /** Empty where the object has none, or its kind cannot have one. */
  static String namespace(JsonNode object) {
    return object.path("metadata").path("namespace").asText();
  }

  private Map<String, ObjectNode> byIdentity() {
    var identified = new TreeMap<String, ObjectNode>();
    for (var object : objects) {
      String place = namespace(object).isEmpty() ? "" : namespace(object) + "/";
      String identity = kind(object) + " " + place + name(object);
      if (identified.put(identity, object) != null) {
        throw new IllegalStateException(identity + " is there twice");
      }
    }
    return identified;
  }

  private static List<String> differences(
      String identity, Map<String, String> ours, Map<String, String> theirs) {
    return both(ours, theirs).stream()
        .filter(path -> !ours.getOrDefault(path, "").equals(theirs.getOrDefault(path, "")))
        .map(
            path ->
                "%s: %s is %s here and %s there"
                    .formatted(
                        identity,
                        path,
                        ours.getOrDefault(path, "absent"),
                        theirs.getOrDefault(path, "absent")))
        .toList();
  }

  private static TreeSet<String> both(Map<String, ?> ours, Map<String, ?> theirs) {
    return Stream.concat(ours.keySet().stream(), theirs.keySet().stream())
        .collect(toCollection(TreeSet::new));
  }

  /** Every value by its path; an empty list or object is a value too. */
  private static Map<String, String> leaves(JsonNode object) {
    var leaves = new TreeMap<String, String>();
    collect("", object, leaves);
    return leaves;
  }

  private static void collect(String path, JsonNode node, Map<String, String> leaves) {
    if (node.isObject() && !node.isEmpty()) {
      node.properties()
          .forEach(
              field ->
                  collect(
                      path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                      field.getValue(),
                      leaves));
    } else if (node.isArray() && !node.isEmpty()) {
      IntStream.range(0, node.size())
          .forEach(i -> collect(path + "[" + label(node.get(i), i) + "]", node.get(i), leaves));
    } else {
      // 50 and 50.0 are the same number to Kubernetes.
      leaves.put(
          path,
          node.isNumber()
              ? node.decimalValue().stripTrailingZeros().toPlainString()
              : node.toString());
    }
  }

  /** Containers, variables, ports and volumes go by their names, so that one more is one line. */
  private static String label(JsonNode item, int index) {
    return item.path("name").isTextual() ? item.path("name").asText() : String.valueOf(index);
  }
}
