package io.virtualnodes.manifests;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/** The Helm chart, and what helm made of it. */
final class Chart {
  static final Path FOLDER = Base.DEPLOY.resolve("helm");

  /** What helm makes of the default values, but for the CRD: {@code make test-manifests}. */
  static final Path RENDERED = Path.of("src/test/resources/manifests/chart.yaml");

  // https://helm.sh/docs/chart_best_practices/labels/
  private static final List<String> HELMS =
      List.of("helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance");

  private Chart() {}

  /** Without the labels that every object of a release has, and a base has not. */
  static Manifests withoutHelmsLabels(Manifests rendered) {
    var copies = rendered.objects().stream().map(ObjectNode::deepCopy).toList();
    for (var copy : copies) {
      if (copy.at("/metadata/labels") instanceof ObjectNode labels) {
        labels.remove(HELMS);
      }
    }
    return new Manifests(copies);
  }
}
