package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.manifests.InstalledBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * By {@code kubectl apply -k}, with a kustomization of the user's own that says what only they can
 * know: the group of their machine's socket, and the image's name.
 *
 * @param what what users call it
 * @param folder holds the kustomization
 */
record Kustomization(String what, Path folder) implements Installation {
  private static final Path FOLDER = Path.of("target", "install").toAbsolutePath();
  private static final Path DOCKER = Path.of("deploy/overlays/docker");
  private static final Path MANIFESTS = Path.of("manifests.yaml");
  private static final Path ONE_REPLICA = Path.of("src/test/resources/upgrade/one-replica.yaml");

  /** The overlay {@code docker} as it is now. */
  static Kustomization current(String image) {
    var folder = made("current");
    Path overlay = folder.relativize(DOCKER.toAbsolutePath());
    return written(
        "kubectl apply -k deploy/overlays/docker", folder, overlay, image, socketGroup());
  }

  /**
   * What {@code deploy/base} was before there were two replicas, as it was rendered then, with what
   * the overlay {@code docker} adds now.
   */
  static Kustomization ofOneReplica(String image) {
    var folder = made("one-replica");
    write(folder.resolve(MANIFESTS), read(ONE_REPLICA));
    return written(
        "the manifests of one replica",
        folder,
        MANIFESTS,
        image,
        read(DOCKER.resolve("namespace.yaml")),
        read(DOCKER.resolve("socket.yaml")),
        socketGroup());
  }

  /**
   * What OLM makes of the bundle, with what a Subscription may say of the socket, and its group,
   * which none can say.
   */
  static Kustomization bundle(String image) {
    var folder = made("bundle");
    write(
        folder.resolve(MANIFESTS),
        read(DOCKER.resolve("namespace.yaml"))
            + "---\n"
            + InstalledBundle.in("virtual-nodes").yaml());
    return written(
        "the bundle's objects",
        folder,
        MANIFESTS,
        image,
        read(DOCKER.resolve("socket.yaml")),
        socketGroup());
  }

  private static Kustomization written(
      String what, Path folder, Path resources, String image, String... patches) {
    write(
        folder.resolve("kustomization.yaml"),
        """
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        resources: [%s]
        images: [%s]
        patches:
        %s
        """
            .formatted(
                resources,
                imageOf(image),
                Stream.of(patches)
                    .map(patch -> "- patch: |\n" + patch.indent(4))
                    .collect(Collectors.joining())));
    return new Kustomization(what, folder);
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
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
    spec: { template: { spec: { securityContext: { supplementalGroups: [%d] } } } }
    """
        .formatted(Machine.groupOfTheSocket());
  }

  private static Path made(String name) {
    Path folder = FOLDER.resolve(name);
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, UTF_8);
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
