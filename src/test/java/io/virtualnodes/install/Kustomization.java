package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.docs.ShownCommand;
import io.virtualnodes.manifests.InstalledBundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
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
        "kubectl apply -k deploy/overlays/docker",
        folder,
        overlay.toString(),
        image,
        socketGroup());
  }

  /**
   * As {@link #current}, with keys of a cloud in the operator's environment, from a Secret.
   *
   * @param keys by variable
   */
  static Kustomization withKeys(Map<String, String> keys, String image) {
    var folder = made("keys");
    Path overlay = folder.relativize(DOCKER.toAbsolutePath());
    write(folder.resolve("keys.yaml"), secret(keys));
    return written(
        "the overlay with keys of a cloud",
        folder,
        overlay + ", keys.yaml",
        image,
        socketGroup(),
        environment(keys.keySet()));
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
        MANIFESTS.toString(),
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
        MANIFESTS.toString(),
        image,
        read(DOCKER.resolve("socket.yaml")),
        socketGroup());
  }

  private static Kustomization written(
      String what, Path folder, String resources, String image, String... patches) {
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
    run(cluster, "kubectl apply -k");
  }

  @Override
  public void uninstall(Cluster cluster) {
    run(cluster, "kubectl delete -k");
  }

  /** As the page shows it for the overlay. */
  private void run(Cluster cluster, String command) {
    var shown = ShownCommand.of("install.md", command).with(DOCKER.toString(), folder.toString());
    cluster.kubectl().run(shown.arguments());
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

  private static String secret(Map<String, String> keys) {
    return """
    apiVersion: v1
    kind: Secret
    metadata: { name: cloud-keys, namespace: virtual-nodes }
    stringData: { %s }
    """
        .formatted(
            keys.entrySet().stream()
                .map(key -> key.getKey() + ": " + key.getValue())
                .collect(Collectors.joining(", ")));
  }

  private static String environment(Set<String> variables) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
    spec:
      template:
        spec:
          containers:
          - name: operator
            env: [%s]
    """
        .formatted(
            variables.stream()
                .map(
                    variable ->
                        "{ name: %1$s, valueFrom: { secretKeyRef: { name: cloud-keys, key: %1$s } } }"
                            .formatted(variable))
                .collect(Collectors.joining(", ")));
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
