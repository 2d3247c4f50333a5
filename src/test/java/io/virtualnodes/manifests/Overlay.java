package io.virtualnodes.manifests;

import io.virtualnodes.cluster.Kubectl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What kubectl makes of the base with something on top. */
final class Overlay {
  private static final Path FOLDER = Path.of("target", "manifests");

  private Overlay() {}

  /** One of {@code deploy/overlays}. */
  static Manifests of(Kubectl kubectl, String overlay) {
    return Manifests.parse(
        kubectl.run("kustomize", Base.DEPLOY.resolve("overlays").resolve(overlay).toString()));
  }

  /** The base with some of {@code deploy/components}. */
  static Manifests ofComponents(Kubectl kubectl, String... components) {
    Path folder = FOLDER.resolve(String.join("-", components));
    Path deploy = folder.relativize(Base.DEPLOY);
    String text =
        Arrays.stream(components)
            .map(component -> "- " + deploy.resolve("components").resolve(component) + "\n")
            .collect(
                Collectors.joining(
                    "",
                    """
                    apiVersion: kustomize.config.k8s.io/v1beta1
                    kind: Kustomization
                    resources:
                    - %s
                    components:
                    """
                        .formatted(deploy.resolve("base")),
                    ""));
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("kustomization.yaml"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Manifests.parse(kubectl.run("kustomize", folder.toString()));
  }
}
