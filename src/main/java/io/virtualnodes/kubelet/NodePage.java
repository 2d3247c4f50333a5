package io.virtualnodes.kubelet;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What can be read of a node as a whole, with the sub-resources of the node of which a caller must
 * have one, as a kubelet asks for them: <a
 * href="https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/">fine-grained
 * first, then the right to everything</a>. Figures have one of their own and are not within
 * everything.
 */
enum NodePage {
  PODS("/pods", "pods", "proxy"),
  RUNNING_PODS("/runningpods", "pods", "proxy"),
  CONFIGURATION("/configz", "configz", "proxy"),
  SUMMARY("/stats/summary", "stats"),
  RESOURCE_METRICS("/metrics/resource", "metrics"),
  CADVISOR_METRICS("/metrics/cadvisor", "metrics"),
  PROBE_METRICS("/metrics/probes", "metrics"),
  OPERATOR_METRICS("/metrics", "metrics");

  private final String path;
  private final List<String> subresources;

  NodePage(String path, String... subresources) {
    this.path = path;
    this.subresources = List.of(subresources);
  }

  /**
   * @param path of the request, without its query; with or without a last slash, since clients of a
   *     kubelet ask for {@code /runningpods/} as well as for {@code /pods}
   */
  static Optional<NodePage> of(String path) {
    var plain = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return Stream.of(values()).filter(page -> page.path.equals(plain)).findFirst();
  }

  List<String> subresources() {
    return subresources;
  }
}
