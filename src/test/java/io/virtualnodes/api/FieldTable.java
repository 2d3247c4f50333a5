package io.virtualnodes.api;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.virtualnodes.api.CommittedCrd.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the CRD says of its fields, as rows of a table for people. Pure. */
final class FieldTable {
  private static final String SPEC =
      """
      | Field | Type | Default | Meaning | Bounds | Can it change? |
      |---|---|---|---|---|---|
      """;
  private static final String STATUS =
      """
      | Field | Type | Meaning |
      |---|---|---|
      """;
  // How a description names a page, and a heading of it.
  private static final Pattern PAGE = Pattern.compile("docs/([\\w./-]*?([\\w-]+\\.md)(#[\\w-]+)?)");
  // What a rule on an object says of several of its fields.
  private static final Pattern KEPT = Pattern.compile("self\\.(\\w+) == oldSelf\\.\\1\\b");
  // As messages of rules call what a string has to be.
  private static final List<String> NOTATIONS = List.of(" time", " share", "n amount");
  private static final List<String> WRITTEN =
      Stream.concat(
              written("spec", VirtualNodePoolSpec.class),
              written("status", VirtualNodePoolStatus.class))
          .toList();

  private final List<Field> fields;
  private final List<Ruled> rules;

  /** A rule, and the field that its message is about. */
  private record Ruled(String owner, String about, ValidationRule rule) {
    boolean transition() {
      return rule.getRule().contains("oldSelf");
    }

    /** What the message says, without the field that the row names already. */
    String text() {
      return rule.getMessage()
          .substring(about.length())
          .replaceFirst("^(\\[])?:? *(must be |must have )?", "");
    }
  }

  FieldTable(List<Field> all) {
    // As they are written, which is the order in which people need them; the CRD has them sorted.
    fields = all.stream().sorted(Comparator.comparingInt(FieldTable::rank)).toList();
    rules = all.stream().flatMap(field -> rules(field, all)).distinct().toList();
  }

  private static int rank(Field field) {
    int found = WRITTEN.indexOf(field.path());
    return found < 0 ? WRITTEN.size() : found;
  }

  private static Stream<String> written(String owner, Class<?> record) {
    return Stream.of(record.getRecordComponents())
        .flatMap(component -> written(owner + "." + component.getName(), component));
  }

  private static Stream<String> written(String path, RecordComponent component) {
    Type type = component.getGenericType();
    boolean list = List.class.equals(component.getType());
    var inner = list ? ((ParameterizedType) type).getActualTypeArguments()[0] : type;
    return Stream.concat(
        Stream.of(path),
        inner instanceof Class<?> record && record.isRecord()
            ? written(list ? path + "[]" : path, record)
            : Stream.empty());
  }

  private static Stream<Ruled> rules(Field field, List<Field> all) {
    var items = Optional.ofNullable(field.schema().getItems()).map(found -> found.getSchema());
    return Stream.concat(Stream.of(field.schema()), items.stream())
        .flatMap(schema -> schema.getXKubernetesValidations().stream())
        .map(rule -> new Ruled(field.path(), about(rule, all), rule));
  }

  /** Messages begin with the field that they are about. */
  private static String about(ValidationRule rule, List<Field> all) {
    return all.stream()
        .map(Field::path)
        .filter(path -> rule.getMessage().matches(Pattern.quote(path) + "(\\[])?[: ].*"))
        .max(Comparator.comparingInt(String::length))
        .orElseThrow(() -> new AssertionError("names no field: " + rule.getMessage()));
  }

  /**
   * The rows of fields below one, but for those that a table of their own has.
   *
   * @param parts paths of all tables
   */
  String of(String part, List<String> parts) {
    var rows = fields.stream().filter(field -> part.equals(table(field, parts))).toList();
    boolean status = part.equals("status");
    return (status ? STATUS : SPEC)
        + rows.stream().map(field -> row(status ? status(field) : spec(field))).collect(joining());
  }

  private static String table(Field field, List<String> parts) {
    return parts.stream()
        .filter(part -> field.path().startsWith(part + ".") || field.path().startsWith(part + "["))
        .max(Comparator.comparingInt(String::length))
        .orElse("");
  }

  private static String row(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  private static List<String> status(Field field) {
    return List.of("`" + field.path() + "`", type(field.schema()), meaning(field));
  }

  private List<String> spec(Field field) {
    return List.of(
        "`" + field.path() + "`",
        notation(field).orElse(type(field.schema())),
        initial(field),
        meaning(field),
        bounds(field),
        change(field));
  }

  /** Of a string that is more than that: its rule says what. */
  private Optional<String> notation(Field field) {
    return bounding(field)
        .flatMap(rule -> NOTATIONS.stream().filter(one -> rule.startsWith("a" + one + " ")))
        .findFirst()
        .map(one -> one.substring(one.indexOf(' ') + 1));
  }

  private static String type(JSONSchemaProps schema) {
    if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      return "quantity";
    }
    if (schema.getAdditionalProperties() != null) {
      return "map of strings";
    }
    if (!"array".equals(schema.getType())) {
      return schema.getType();
    }
    return switch (Optional.ofNullable(schema.getXKubernetesListType()).orElse("atomic")) {
      case "map" ->
          "list by "
              + schema.getXKubernetesListMapKeys().stream()
                  .map(key -> "`" + key + "`")
                  .collect(joining(" and "));
      case "set" -> "set of " + schema.getItems().getSchema().getType() + "s";
      default -> "list of " + schema.getItems().getSchema().getType() + "s";
    };
  }

  private String initial(Field field) {
    var initial = field.schema().getDefault();
    if (initial != null) {
      return "`" + (initial.isTextual() ? initial.asText() : initial.toString()) + "`";
    }
    return required(field) ? "required" : "none";
  }

  private boolean required(Field field) {
    int dot = field.path().lastIndexOf('.');
    var name = field.path().substring(dot + 1);
    var owner = field.path().substring(0, dot);
    return fields.stream()
        .filter(one -> one.path().equals(owner.replaceFirst("\\[]$", "")))
        .map(Field::schema)
        .map(schema -> owner.endsWith("[]") ? schema.getItems().getSchema() : schema)
        .anyMatch(schema -> schema.getRequired().contains(name));
  }

  private static String meaning(Field field) {
    return PAGE.matcher(field.schema().getDescription())
        .replaceAll(
            found ->
                found.group(1).startsWith("reference/")
                    ? "[%s](%s)"
                        .formatted(found.group(2), found.group(1).substring("reference/".length()))
                    : "[%s](../%s)".formatted(found.group(2), found.group(1)))
        .replace("|", "\\|");
  }

  private String bounds(Field field) {
    var schema = field.schema();
    var bounds = new ArrayList<String>();
    bounding(field).forEach(bounds::add);
    if (schema.getEnum() != null && !schema.getEnum().isEmpty()) {
      bounds.add(
          schema.getEnum().stream()
              .map(JsonNode::asText)
              .map(value -> "`" + value + "`")
              .collect(joining(", ")));
    }
    if (schema.getMinimum() != null) {
      bounds.add(
          schema.getMaximum() == null
              ? "from %.0f".formatted(schema.getMinimum())
              : "%.0f to %.0f".formatted(schema.getMinimum(), schema.getMaximum()));
    }
    count(schema.getMinItems(), schema.getMaxItems(), " entries").ifPresent(bounds::add);
    count(null, schema.getMaxProperties(), " entries").ifPresent(bounds::add);
    if (notation(field).isEmpty()) {
      count(schema.getMinLength(), schema.getMaxLength(), " characters").ifPresent(bounds::add);
    }
    inner(schema)
        .flatMap(one -> count(one.getMinLength(), one.getMaxLength(), " characters"))
        .ifPresent(text -> bounds.add("values of " + text));
    return String.join("; ", bounds).replace("|", "\\|");
  }

  private Stream<String> bounding(Field field) {
    return rules.stream()
        .filter(rule -> rule.about().equals(field.path()) && !rule.transition())
        .map(Ruled::text);
  }

  /** Of a list or a map of plain values. */
  private static Optional<JSONSchemaProps> inner(JSONSchemaProps schema) {
    return schema.getAdditionalProperties() != null
        ? Optional.ofNullable(schema.getAdditionalProperties().getSchema())
        : Optional.ofNullable(schema.getItems()).map(items -> items.getSchema());
  }

  private static Optional<String> count(Long least, Long most, String of) {
    if (most == null) {
      return Optional.empty();
    }
    if (most == 1) {
      return Optional.of("one" + (of.equals(" entries") ? " entry" : " character"));
    }
    return Optional.of((least == null || least == 0 ? "up to " : least + " to ") + most + of);
  }

  private String change(Field field) {
    var reasons =
        rules.stream()
            .filter(Ruled::transition)
            .filter(rule -> rule.about().equals(field.path()))
            .map(Ruled::text)
            .toList();
    if (!reasons.isEmpty()) {
      return String.join("; ", reasons);
    }
    var kept =
        rules.stream()
            .filter(rule -> keeps(rule, field.path()))
            .map(rule -> "no: see `%s`".formatted(rule.about()))
            .toList();
    return kept.isEmpty() ? changeable(field.schema()) : kept.getFirst();
  }

  /** There is nothing else to change it to. */
  private static String changeable(JSONSchemaProps schema) {
    return schema.getEnum() != null && schema.getEnum().size() == 1 ? "no" : "yes";
  }

  private static boolean keeps(Ruled rule, String path) {
    return KEPT.matcher(rule.rule().getRule())
        .results()
        .anyMatch(found -> path.equals(rule.owner() + "." + found.group(1)));
  }
}
