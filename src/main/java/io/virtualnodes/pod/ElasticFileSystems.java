package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.ContainerGroup.Volume.ElasticFileSystem;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * File systems of AWS's EFS that a pod has by a claim, as the CSI driver of EFS writes them down in
 * a volume. What a mount at ECS cannot be is refused by its name.
 *
 * @see <a
 *     href="https://github.com/kubernetes-sigs/aws-efs-csi-driver/blob/master/docs/README.md">The
 *     driver</a>
 */
final class ElasticFileSystems {
  /** https://github.com/kubernetes-sigs/aws-efs-csi-driver */
  static final String DRIVER = "efs.csi.aws.com";

  // <file system>:<folder>:<access point>, of which the last two may be left out.
  private static final int FOLDER_IN_HANDLE = 1;
  private static final int POINT_IN_HANDLE = 2;
  private static final int MOST_PARTS = 3;

  private static final String FILE_SYSTEM = "fs-";
  private static final String ACCESS_POINT = "fsap-";

  // Mount options, which the driver takes in any case.
  private static final String READ_ONLY = "ro";
  private static final String POINT = "accesspoint=";
  // What is always so, and what is so without being said.
  private static final List<String> USUAL = List.of("tls", "rw");

  private ElasticFileSystems() {}

  /** Whether a volume is such a file system. */
  static boolean isOne(PersistentVolume volume) {
    var csi = volume.getSpec().getCsi();
    return csi != null && DRIVER.equals(csi.getDriver());
  }

  /**
   * @param name of the pod's volume
   * @throws Unsupported if the volume asks for more than ECS can mount
   */
  static ElasticFileSystem of(String name, PersistentVolume volume) {
    var csi = volume.getSpec().getCsi();
    var at =
        "spec.volumes[%s]: persistent volume %s, ".formatted(name, volume.getMetadata().getName());
    var handle = handle(at, csi);
    var options =
        volume.getSpec().getMountOptions().stream()
            .map(option -> option.toLowerCase(Locale.ROOT))
            .toList();
    var accessPoint = accessPoint(at, handle, options);
    options.stream()
        .filter(option -> !option.equals(READ_ONLY) && !option.startsWith(POINT))
        .filter(option -> !USUAL.contains(option))
        .findFirst()
        .ifPresent(
            option -> {
              throw unsupported(
                  at + "mountOptions: " + option + " cannot be set at Fargate; leave it out");
            });
    var folder = folder(at, handle, folderOf(at, csi));
    if (accessPoint.isPresent() && !folder.equals("/")) {
      throw unsupported(
          at + "volumeHandle: an access point has a folder of its own; leave out the other");
    }
    boolean readOnly = options.contains(READ_ONLY) || Boolean.TRUE.equals(csi.getReadOnly());
    return new ElasticFileSystem(name, handle[0], folder, accessPoint, readOnly);
  }

  private static String[] handle(String at, CSIPersistentVolumeSource csi) {
    var parts = Optional.ofNullable(csi.getVolumeHandle()).orElse("").split(":", -1);
    if (parts.length > MOST_PARTS || !parts[0].startsWith(FILE_SYSTEM)) {
      throw unsupported(
          at
              + "volumeHandle: must be the id of a file system of EFS, such as fs-0123, and perhaps"
              + " a folder and an access point, each after a colon");
    }
    return parts;
  }

  private static String part(String[] handle, int index) {
    return index < handle.length ? handle[index] : "";
  }

  /** Said in the handle, or as it was said in former times. */
  private static Optional<String> accessPoint(String at, String[] handle, List<String> options) {
    var said = Optional.of(part(handle, POINT_IN_HANDLE)).filter(point -> !point.isEmpty());
    var former =
        options.stream()
            .filter(option -> option.startsWith(POINT))
            .map(option -> option.substring(POINT.length()))
            .findFirst();
    if (said.isPresent() && former.isPresent() && !said.equals(former)) {
      throw unsupported(at + "mountOptions: names another access point than volumeHandle");
    }
    var point = said.or(() -> former);
    if (point.filter(id -> !id.startsWith(ACCESS_POINT)).isPresent()) {
      throw unsupported(at + "volumeHandle: an access point must have an id such as fsap-0123");
    }
    return point;
  }

  /** The folder that the attributes name, of which there may be no others than the driver knows. */
  private static Optional<String> folderOf(String at, CSIPersistentVolumeSource csi) {
    Optional<String> path = Optional.empty();
    for (var entry : Optional.ofNullable(csi.getVolumeAttributes()).orElse(Map.of()).entrySet()) {
      switch (entry.getKey().toLowerCase(Locale.ROOT)) {
        case "path" -> path = Optional.of(entry.getValue());
        // What crosses the network is always encrypted at Fargate, also where it need not be.
        case "encryptintransit" -> {}
        // A note of whoever made the volume.
        case "storage.kubernetes.io/csiprovisioneridentity" -> {}
        default ->
            throw unsupported(
                at
                    + "volumeAttributes."
                    + entry.getKey()
                    + ": cannot be set at Fargate; leave it out");
      }
    }
    return path;
  }

  private static String folder(String at, String[] handle, Optional<String> attribute) {
    var said =
        Optional.of(part(handle, FOLDER_IN_HANDLE))
            .filter(path -> !path.isEmpty())
            .or(() -> attribute)
            .orElse("/");
    if (List.of(said.split("/")).contains("..")) {
      throw unsupported(at + "volumeHandle: the folder must not contain ..");
    }
    return Path.of("/", said).normalize().toString();
  }

  private static Unsupported unsupported(String why) {
    return new Unsupported(List.of(why));
  }
}
