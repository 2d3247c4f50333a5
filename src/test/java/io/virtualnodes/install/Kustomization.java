package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.cluster.Cluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By {@code kubectl apply -k}, with a kustomization of the user's own that says what only they can
 * know: the group of their machine's socket, and the image's name.
 *
 * @param what what users call it
 * @param folder holds the kustomization
 */
record Kustomization(String what, Path folder) implements Installation {
  private static final Path FOLDER = Path.of("target", "install").toAbsolutePath();
  private static final Path SOCKET = Path.of("/var/run/docker.sock");

  /** The overlay {@code docker} as it is now. */
  static Kustomization current(String image) {
    var folder = made("current");
    Path overlay = folder.relativize(Path.of("deploy/overlays/docker").toAbsolutePath());
    write(
        folder.resolve("kustomization.yaml"),
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [%s]
        images: [%s]
        patches:
        - patch: |
            %s
        """
            .formatted(overlay, imageOf(image), socketGroup().indent(4).strip()));
    return new Kustomization("kubectl apply -k deploy/overlays/docker", folder);
  }

  /** What the overlay {@code docker} was at a version, as it was rendered then. */
  static Kustomization of(String version, String image) {
    var folder = made(version);
    Path manifests = Path.of("src/test/resources/upgrade", version + ".yaml");
    try {
      write(folder.resolve("manifests.yaml"), Files.readString(manifests, UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(
        folder.resolve("kustomization.yaml"),
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [manifests.yaml]
        images: [%s]
        patches:
        - patch: |
            %s
        """
            .formatted(imageOf(image), socketGroup().indent(4).strip()));
    return new Kustomization("the manifests of " + version, folder);
  }

  @Override
  public void install(Cluster cluster) {
    cluster.kubectl().run("apply", "-k", folder.toString());
  }

  @Override
  public void uninstall(Cluster cluster) {
    cluster.kubectl().run("delete", "-k", folder.toString());
  }

  @Override
  public String toString() {
    return what;
  }

  private static String imageOf(String image) {
    int tag = image.lastIndexOf(':');
    return "{ name: virtual-nodes-operator, newName: %s, newTag: %s }"
        .formatted(image.substring(0, tag), image.substring(tag + 1));
  }

  private static String socketGroup() {
    try {
      return """
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
      spec: { template: { spec: { securityContext: { supplementalGroups: [%s] } } } }
      """
          .formatted(Files.getAttribute(SOCKET, "unix:gid"));
    } catch (IOException e) {
      throw new IllegalStateException(
          "The engine of this test has to listen at " + SOCKET + " of this machine", e);
    }
  }

  private static Path made(String name) {
    Path folder = FOLDER.resolve(name);
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
