package io.virtualnodes.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The CRD as users apply it: the file in {@code crds/}. */
public final class CommittedCrd {
  static final Path FILE = Path.of("crds", "virtualnodepools.virtualnodes.io-v1.yml");

  private CommittedCrd() {}

  /**
   * A field of the resource.
   *
   * @param path as users write it, with {@code []} behind the name of a list of objects: {@code
   *     spec.backends[].name}
   */
  public record Field(String path, JSONSchemaProps schema) {}

  /** The file, as it is. */
  public static String text() {
    return read(FILE);
  }

  /** Every field below {@code spec} and {@code status}, each with those inside it. */
  public static List<Field> fields() {
    return inside(new Field("", schema())).toList();
  }

  /** The rules of every field, and of the resource as a whole. */
  static List<ValidationRule> rules() {
    return Stream.concat(Stream.of(schema()), everySchemaIn(schema()))
        .flatMap(schema -> schema.getXKubernetesValidations().stream())
        .toList();
  }

  static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JSONSchemaProps schema() {
    return Serialization.unmarshal(text(), CustomResourceDefinition.class)
        .getSpec()
        .getVersions()
        .getFirst()
        .getSchema()
        .getOpenAPIV3Schema();
  }

  private static Stream<Field> inside(Field owner) {
    var items = owner.schema().getItems();
    if (items != null && !items.getSchema().getProperties().isEmpty()) {
      return inside(new Field(owner.path() + "[]", items.getSchema()));
    }
    String prefix = owner.path().isEmpty() ? "" : owner.path() + ".";
    return owner.schema().getProperties().entrySet().stream()
        .map(property -> new Field(prefix + property.getKey(), property.getValue()))
        .flatMap(field -> Stream.concat(Stream.of(field), inside(field)));
  }

  private static Stream<JSONSchemaProps> everySchemaIn(JSONSchemaProps schema) {
    var items =
        schema.getItems() == null
            ? Stream.<JSONSchemaProps>empty()
            : Stream.of(schema.getItems().getSchema());
    return Stream.concat(items, schema.getProperties().values().stream())
        .flatMap(inner -> Stream.concat(Stream.of(inner), everySchemaIn(inner)));
  }
}
