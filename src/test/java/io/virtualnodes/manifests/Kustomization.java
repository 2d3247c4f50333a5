package io.virtualnodes.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What {@code kubectl apply -k} would apply, for kustomizations as plain as that of {@code
 * deploy/base}: resources, and labels of the objects. {@code ManifestsIT} asks kubectl whether it
 * makes the same of them.
 */
final class Kustomization {
  private static final Set<String> READ = Set.of("apiVersion", "kind", "resources", "labels");

  private Kustomization() {}

  /**
   * @param folder that of a kustomization.yaml
   * @throws IllegalStateException if it says something that is not read here
   */
  static Manifests rendered(Path folder) {
    ObjectNode kustomization =
        Manifests.in(folder.resolve("kustomization.yaml")).objects().getFirst();
    kustomization
        .fieldNames()
        .forEachRemaining(
            field -> {
              if (!READ.contains(field)) {
                throw new IllegalStateException(
                    "%s of %s is not read here".formatted(field, folder));
              }
            });
    var objects = new ArrayList<ObjectNode>();
    for (JsonNode resource : kustomization.path("resources")) {
      objects.addAll(resource(folder.resolve(resource.asText()).normalize()));
    }
    for (JsonNode labels : kustomization.path("labels")) {
      objects.forEach(object -> label(object, labels));
    }
    return new Manifests(objects);
  }

  private static List<ObjectNode> resource(Path path) {
    return (Files.isDirectory(path) ? rendered(path) : Manifests.in(path)).objects();
  }

  private static void label(ObjectNode object, JsonNode labels) {
    if (labels.size() != 1 || !labels.has("pairs")) {
      throw new IllegalStateException("labels are read here as pairs only, not " + labels);
    }
    object
        .withObjectProperty("metadata")
        .withObjectProperty("labels")
        .setAll((ObjectNode) labels.get("pairs"));
  }
}
