package io.virtualnodes.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the Operator Lifecycle Manager makes of the bundle in a cluster, read from the bundle's
 * files: the stand-in for OLM where none can run. It follows OLM's rules for an operator that is
 * for all namespaces, of which three count: objects of the bundle come into the operator's
 * namespace, whatever they say; its ServiceAccount is made; and its permissions become
 * ClusterRoles.
 */
public final class InstalledBundle {
  private static final Path FILES = BundleParts.OLM.resolve("bundle").resolve("manifests");
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private InstalledBundle() {}

  /**
   * Every object, the CRD first.
   *
   * @param namespace where the operator is to be
   */
  public static Manifests in(String namespace) {
    var files = files();
    var csv = files.only("ClusterServiceVersion");
    var objects = new ArrayList<>(files.ofKinds("CustomResourceDefinition").objects());
    objects.add(object("v1", "ServiceAccount", Base.NAME, namespace));
    for (String permissions : List.of("clusterPermissions", "permissions")) {
      var granted = csv.at("/spec/install/spec/" + permissions);
      for (int i = 0; i < granted.size(); i++) {
        String name =
            "%s-%s-%d".formatted(Manifests.name(csv), permissions.toLowerCase(Locale.ROOT), i);
        objects.addAll(rights(name, granted.get(i), namespace));
      }
    }
    for (var extra : files.without("CustomResourceDefinition", "ClusterServiceVersion").objects()) {
      ((ObjectNode) extra.get("metadata")).put("namespace", namespace);
      objects.add(extra);
    }
    for (var deployment : csv.at("/spec/install/spec/deployments")) {
      objects.add(deployment(deployment, namespace));
    }
    return new Manifests(objects);
  }

  /** The bundle's own objects, as its image has them. */
  static Manifests files() {
    try (var paths = Files.list(FILES)) {
      return new Manifests(
          paths.sorted().flatMap(path -> Manifests.in(path).objects().stream()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode deployment(JsonNode wanted, String namespace) {
    var deployment = object("apps/v1", "Deployment", wanted.get("name").asText(), namespace);
    ((ObjectNode) deployment.get("metadata")).set("labels", wanted.get("label"));
    deployment.set("spec", wanted.get("spec"));
    return deployment;
  }

  private static List<ObjectNode> rights(String name, JsonNode granted, String namespace) {
    String api = "rbac.authorization.k8s.io";
    var role = object(api + "/v1", "ClusterRole", name, "");
    role.set("rules", granted.get("rules"));
    var binding = object(api + "/v1", "ClusterRoleBinding", name, "");
    binding
        .withObjectProperty("roleRef")
        .put("apiGroup", api)
        .put("kind", "ClusterRole")
        .put("name", name);
    binding
        .withArrayProperty("subjects")
        .addObject()
        .put("kind", "ServiceAccount")
        .put("name", granted.get("serviceAccountName").asText())
        .put("namespace", namespace);
    return List.of(role, binding);
  }

  private static ObjectNode object(String apiVersion, String kind, String name, String namespace) {
    var object = JSON.objectNode().put("apiVersion", apiVersion).put("kind", kind);
    var metadata = object.withObjectProperty("metadata").put("name", name);
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    return object;
  }
}
