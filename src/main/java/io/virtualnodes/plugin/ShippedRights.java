package io.virtualnodes.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** The rules of the manifests in {@code deploy}, which the build puts beside this class. */
final class ShippedRights {
  // In the manifests; an installation may have another.
  private static final String NAMESPACE = "virtual-nodes";

  private ShippedRights() {}

  /**
   * Each verb of each rule, once for every object that the rule names.
   *
   * @param file of {@code deploy}
   * @param namespace that the operator is in
   */
  static List<OperatorRight> of(String file, String namespace) {
    var rights = new ArrayList<OperatorRight>();
    for (var manifest : Yaml.documents(file, text(file))) {
      switch (manifest.path("kind").asText()) {
        case "ClusterRole" -> add(rights, manifest, "");
        case "Role" -> {
          var own = manifest.at("/metadata/namespace").asText();
          add(rights, manifest, own.equals(NAMESPACE) ? namespace : own);
        }
        default -> {
          // A binding, which gives what stands elsewhere.
        }
      }
    }
    return List.copyOf(rights);
  }

  private static String text(String file) {
    try (var stream = ShippedRights.class.getResourceAsStream(file)) {
      if (stream == null) {
        throw new IllegalStateException("the plugin was built without " + file);
      }
      return new String(stream.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(List<OperatorRight> rights, JsonNode role, String namespace) {
    for (var rule : role.path("rules")) {
      for (var group : texts(rule, "apiGroups")) {
        for (var resource : texts(rule, "resources")) {
          for (var verb : texts(rule, "verbs")) {
            var names = texts(rule, "resourceNames");
            for (var name : names.isEmpty() ? List.of("") : names) {
              rights.add(new OperatorRight(verb, group, resource, namespace, name));
            }
          }
        }
      }
    }
  }

  private static List<String> texts(JsonNode rule, String field) {
    var texts = new ArrayList<String>();
    rule.path(field).forEach(text -> texts.add(text.asText()));
    return texts;
  }
}
