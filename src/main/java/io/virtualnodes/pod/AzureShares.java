package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.CSIVolumeSource;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Volume.AzureFile;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.PodInputs.Claim;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Shares of Azure Files that a pod mounts: by {@code azureFile}, by the CSI driver of Azure Files,
 * or by a claim whose volume says either. The key of the storage account is in a Secret that the
 * pod or the volume names in a field of Kubernetes' own, since a node may read no other.
 *
 * @see <a
 *     href="https://github.com/kubernetes-sigs/azurefile-csi-driver/blob/master/docs/driver-parameters.md">
 *     Parameters of the driver</a>
 */
final class AzureShares {
  /** https://github.com/kubernetes-sigs/azurefile-csi-driver */
  static final String DRIVER = "file.csi.azure.com";

  // As the driver and the kubelet look for them.
  static final String ACCOUNT_NAME = "azurestorageaccountname";
  static final String ACCOUNT_KEY = "azurestorageaccountkey";

  private static final String SHARE = "shareName";
  private static final String SECRET = "secretName";
  private static final String SECRET_NAMESPACE = "secretNamespace";
  static final String SERVER = "server";

  // <resource group>#<account>#<share>#<disk>#<uuid>#<namespace>#<subscription>
  private static final int SHARE_IN_HANDLE = 2;
  private static final int DISK_IN_HANDLE = 3;

  private AzureShares() {}

  /** A Secret by its whole name. */
  record SecretName(String namespace, String name) {}

  /** Whether a pod mounts a share without a claim. */
  static boolean isOne(Volume volume) {
    return volume.getAzureFile() != null
        || volume.getCsi() != null && DRIVER.equals(volume.getCsi().getDriver());
  }

  /** The name, in the pod's namespace, of the Secret that has the key; empty if it is no share. */
  static Optional<String> secret(Volume volume) {
    if (volume.getAzureFile() != null) {
      return Optional.of(volume.getAzureFile().getSecretName());
    }
    return Optional.of(volume)
        .filter(AzureShares::isOne)
        .flatMap(share -> reference(share.getCsi()));
  }

  private static Optional<String> reference(CSIVolumeSource csi) {
    return Optional.ofNullable(csi.getNodePublishSecretRef())
        .map(LocalObjectReference::getName)
        .filter(name -> !name.isEmpty());
  }

  /** What is missing or too much in what a pod says of its shares, by the path of each. */
  static Stream<String> refusals(Pod pod, Set<Feature> features) {
    var volumes = pod.getSpec().getVolumes();
    return features.contains(Feature.AZURE_FILES)
        ? IntStream.range(0, volumes.size())
            .boxed()
            .filter(index -> volumes.get(index).getCsi() != null && isOne(volumes.get(index)))
            .flatMap(
                index ->
                    refusals(
                        pod, "spec.volumes[%d].csi".formatted(index), volumes.get(index).getCsi())
                        .stream())
        : Stream.empty();
  }

  private static List<String> refusals(Pod pod, String path, CSIVolumeSource csi) {
    var refusals = new ArrayList<String>();
    var attributes = attributes(csi.getVolumeAttributes());
    if (attributes.getOrDefault(SHARE, "").isEmpty()) {
      refusals.add(path + ".volumeAttributes.shareName: the share must be named");
    }
    var reference = reference(csi);
    if (reference.isEmpty()) {
      refusals.add(
          path
              + ".nodePublishSecretRef: a node may read no Secret that volumeAttributes alone name;"
              + " name it here as well");
    }
    var secret = attributes.get(SECRET);
    if (secret != null && reference.filter(name -> !name.equals(secret)).isPresent()) {
      refusals.add(path + ".volumeAttributes.secretName: must be the one of nodePublishSecretRef");
    }
    var namespace = attributes.get(SECRET_NAMESPACE);
    if (namespace != null && !namespace.equals(pod.getMetadata().getNamespace())) {
      refusals.add(path + ".volumeAttributes.secretNamespace: must be the pod's own");
    }
    return refusals;
  }

  /**
   * A share that a pod mounts without a claim.
   *
   * @throws MissingInput if its key is not there
   * @throws Unsupported if it cannot be found by the name of its account
   */
  static AzureFile share(Pod pod, Volume volume, PodInputs inputs) {
    var name = secret(volume).orElseThrow();
    var login =
        login(
            volume.getName(),
            new SecretName(pod.getMetadata().getNamespace(), name),
            Optional.ofNullable(inputs.secrets().get(name)));
    if (volume.getAzureFile() != null) {
      var source = volume.getAzureFile();
      return login.share(volume.getName(), source.getShareName(), source.getReadOnly());
    }
    var csi = volume.getCsi();
    var attributes = attributes(csi.getVolumeAttributes());
    login.checkServer(volume.getName(), "", attributes);
    return login.share(volume.getName(), attributes.get(SHARE), csi.getReadOnly());
  }

  /** Whether a volume is a share. */
  static boolean isOne(PersistentVolume volume) {
    var spec = volume.getSpec();
    return spec.getAzureFile() != null
        || spec.getCsi() != null && DRIVER.equals(spec.getCsi().getDriver());
  }

  /**
   * The Secret that has a volume's key; empty if it is no share, or names none.
   *
   * @param namespace of the claim
   */
  static Optional<SecretName> secret(PersistentVolume volume, String namespace) {
    var spec = volume.getSpec();
    if (spec.getAzureFile() != null) {
      return Optional.of(
          new SecretName(
              Optional.ofNullable(spec.getAzureFile().getSecretNamespace()).orElse(namespace),
              spec.getAzureFile().getSecretName()));
    }
    return Optional.of(volume)
        .filter(AzureShares::isOne)
        .flatMap(share -> Optional.ofNullable(share.getSpec().getCsi().getNodeStageSecretRef()))
        .map(secret -> new SecretName(secret.getNamespace(), secret.getName()));
  }

  /**
   * A share that is had by a claim.
   *
   * @param name of the pod's volume
   * @throws MissingInput if its key is not there
   * @throws Unsupported if it asks for more than a share that is mounted by its account's key
   */
  static AzureFile share(String name, Claim claim) {
    var volume = claim.volume().orElseThrow();
    var namespace = claim.claim().getMetadata().getNamespace();
    var at = "persistent volume " + volume.getMetadata().getName();
    var csi = Optional.ofNullable(volume.getSpec().getCsi());
    csi.ifPresent(source -> check(name, at, source));
    var secret =
        secret(volume, namespace)
            .orElseThrow(
                () ->
                    unsupported(
                        name,
                        at
                            + " names no Secret with the key of its share in"
                            + " spec.csi.nodeStageSecretRef, and a node may read no other; set"
                            + " csi.storage.k8s.io/node-stage-secret-name and -namespace in its"
                            + " storage class"));
    var login = login(name, secret, claim.key());
    boolean readOnly = volume.getSpec().getMountOptions().contains("ro");
    if (csi.isEmpty()) {
      var source = volume.getSpec().getAzureFile();
      return login.share(
          name, source.getShareName(), readOnly || Boolean.TRUE.equals(source.getReadOnly()));
    }
    login.checkServer(name, at + ", ", attributes(csi.get().getVolumeAttributes()));
    return login.share(
        name,
        shareName(csi.get()).orElseThrow(() -> unsupported(name, at + " names no share")),
        readOnly || Boolean.TRUE.equals(csi.get().getReadOnly()));
  }

  /** The driver's own notes in a volume ask for nothing; these do. */
  private static void check(String name, String at, CSIPersistentVolumeSource csi) {
    var attributes = attributes(csi.getVolumeAttributes());
    if (attributes.getOrDefault("protocol", "smb").equalsIgnoreCase("nfs")) {
      throw unsupported(name, at + ", protocol: shares are mounted by SMB only");
    }
    for (var folder : List.of("folderName", "subDir")) {
      if (attributes.containsKey(folder)) {
        throw unsupported(name, at + ", " + folder + ": a share is mounted as a whole only");
      }
    }
    boolean disk = handle(csi, DISK_IN_HANDLE).isPresent();
    if (disk || attributes.containsKey("diskName")) {
      throw unsupported(
          name, at + ", diskName: a share's own files are mounted, and no disk in it");
    }
    for (var key : List.of("mountWithManagedIdentity", "mountWithWorkloadIdentityToken")) {
      if (attributes.getOrDefault(key, "false").equalsIgnoreCase("true")) {
        throw unsupported(name, at + ", " + key + ": a share is mounted by its account's key only");
      }
    }
  }

  private static Optional<String> shareName(CSIPersistentVolumeSource csi) {
    return Optional.ofNullable(attributes(csi.getVolumeAttributes()).get(SHARE))
        .filter(share -> !share.isEmpty())
        .or(() -> handle(csi, SHARE_IN_HANDLE));
  }

  private static Optional<String> handle(CSIPersistentVolumeSource csi, int part) {
    var parts = Optional.ofNullable(csi.getVolumeHandle()).orElse("").split("#", -1);
    return Optional.of(parts)
        .filter(all -> all.length > part)
        .map(all -> all[part])
        .filter(text -> !text.isEmpty());
  }

  /** The driver takes their names in any case. */
  static Map<String, String> attributes(Map<String, String> given) {
    var attributes = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    if (given != null) {
      attributes.putAll(given);
    }
    return attributes;
  }

  /** Whose share is mounted, with which key. */
  private record Login(String account, String key) {
    AzureFile share(String volume, String share, Boolean readOnly) {
      return new AzureFile(volume, account, share, key, Boolean.TRUE.equals(readOnly));
    }

    void checkServer(String volume, String at, Map<String, String> attributes) {
      var server = attributes.getOrDefault(SERVER, "");
      if (!server.isEmpty() && !server.startsWith(account + ".file.")) {
        throw unsupported(
            volume, at + "server: a share is found by the name of its account only; leave it out");
      }
    }

    @Override
    public String toString() {
      return "Login[" + account + "]";
    }
  }

  private static Login login(String volume, SecretName name, Optional<Secret> secret) {
    var use = new Use.OfVolume(volume);
    var data =
        secret
            .map(found -> Optional.ofNullable(found.getData()).orElse(Map.of()))
            .orElseThrow(
                () ->
                    new MissingInput(use, "secret \"%s\" not found".formatted(name.name()), null));
    if (!data.containsKey(ACCOUNT_NAME) || !data.containsKey(ACCOUNT_KEY)) {
      throw new MissingInput(
          use,
          "invalid secret %s/%s, couldn't extract %s or %s"
              .formatted(name.namespace(), name.name(), ACCOUNT_NAME, ACCOUNT_KEY),
          null);
    }
    return new Login(text(data.get(ACCOUNT_NAME)), text(data.get(ACCOUNT_KEY)));
  }

  private static String text(String base64) {
    // Secrets that are made of files often end with a line's end.
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8).strip();
  }

  private static Unsupported unsupported(String volume, String why) {
    return new Unsupported(List.of("spec.volumes[%s]: %s".formatted(volume, why)));
  }
}
