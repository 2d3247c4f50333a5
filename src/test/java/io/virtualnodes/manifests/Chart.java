package io.virtualnodes.manifests;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The Helm chart, and what helm made of it. */
public final class Chart {
  public static final Path FOLDER = Base.DEPLOY.resolve("helm");

  /** What helm makes of the default values, but for the CRD: {@code make test-manifests}. */
  static final Path RENDERED = Path.of("src/test/resources/manifests/chart.yaml");

  // https://helm.sh/docs/chart_best_practices/labels/
  private static final List<String> HELMS =
      List.of("helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance");

  private Chart() {}

  /**
   * The real one, for releases in the operator's namespace.
   *
   * @throws IllegalStateException if it was not built, with what to do
   */
  public static Program helm(Cluster cluster) {
    String home = Path.of("target", "helm").toAbsolutePath().toString();
    return new Program(
        List.of(
            Program.tool("helm").toString(),
            "--kubeconfig=" + cluster.kubeconfig(),
            "--namespace=" + Base.NAMESPACE),
        Map.of("HELM_CACHE_HOME", home, "HELM_CONFIG_HOME", home, "HELM_DATA_HOME", home));
  }

  /**
   * The first line of {@link #RENDERED}: of which files helm made it. The CRD is not among them.
   */
  static String renderedOf() {
    try (var files = Files.walk(FOLDER)) {
      var digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (!file.endsWith("crd.yaml")) {
          digest.update(FOLDER.relativize(file).toString().getBytes(UTF_8));
          digest.update(Files.readAllBytes(file));
        }
      }
      return "# Of deploy/helm with the SHA-256 %s%n"
          .formatted(HexFormat.of().formatHex(digest.digest()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

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
