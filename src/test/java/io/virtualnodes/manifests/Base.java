package io.virtualnodes.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is written by hand, and all else is written from: {@code deploy/base}, and what it needs.
 */
final class Base {
  static final Path DEPLOY = Path.of("deploy");
  static final String NAMESPACE = "virtual-nodes";
  static final String NAME = "virtual-nodes-operator";

  /** The kinds that rights are made of. */
  static final String[] RIGHTS = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"};

  private Base() {}

  static Manifests manifests() {
    return Kustomization.rendered(DEPLOY.resolve("base"));
  }

  /** The rights of the optional components, by the chart's value that wants them. */
  static Map<String, Manifests> components() {
    var components = new LinkedHashMap<String, Manifests>();
    components.put("certificates.clusterSigned", component("cluster-signed-certificates"));
    components.put("certificates.approve", component("certificate-approval"));
    return components;
  }

  /** The image that the operator's container has, with its tag. */
  static String image() {
    return container().get("image").asText();
  }

  /** The version, which is the image's tag. */
  static String version() {
    String image = image();
    return image.substring(image.lastIndexOf(':') + 1);
  }

  private static JsonNode container() {
    return manifests().only("Deployment").at("/spec/template/spec/containers/0");
  }

  /** What the component {@code monitoring} brings. */
  static Manifests monitoring() {
    var folder = DEPLOY.resolve("components/monitoring");
    return new Manifests(
        Stream.of("pod-monitor.yaml", "prometheus-rule.yaml")
            .flatMap(file -> Manifests.in(folder.resolve(file)).objects().stream())
            .toList());
  }

  private static Manifests component(String name) {
    return Manifests.in(DEPLOY.resolve("components").resolve(name).resolve("rights.yaml"));
  }
}
