package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.Volume.Claimed;
import io.virtualnodes.pod.MissingInput.Use;
import io.virtualnodes.pod.PodInputs.Claim;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Volumes that a pod has by a claim, its own or one that is made for it alone. They are those that
 * {@link ClaimKeys#PROVISIONER} made for the pool, where its backend keeps volumes, and {@link
 * AzureShares} and {@link ElasticFileSystems}, where its backend mounts them.
 */
final class PodClaims {
  private PodClaims() {}

  /** The name of the claim that a volume is had by; empty if it is no such volume. */
  static Optional<String> name(Pod pod, Volume volume) {
    if (volume.getPersistentVolumeClaim() != null) {
      return Optional.of(volume.getPersistentVolumeClaim().getClaimName());
    }
    // https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming
    return Optional.ofNullable(volume.getEphemeral())
        .map(_ -> pod.getMetadata().getName() + "-" + volume.getName());
  }

  /** Whether nobody may write to it, whatever a mount says. */
  static boolean readOnly(Volume volume) {
    return volume.getPersistentVolumeClaim() != null
        && Boolean.TRUE.equals(volume.getPersistentVolumeClaim().getReadOnly());
  }

  /**
   * What a backend is asked for.
   *
   * @throws MissingInput if the claim has no volume yet
   * @throws Unsupported if it is of no kind that can be mounted here
   */
  static ContainerGroup.Volume volume(Pod pod, Volume volume, PodInputs inputs, NodeFacts node) {
    var name = name(pod, volume).orElseThrow();
    var use = new Use.OfVolume(volume.getName());
    var read =
        Optional.ofNullable(inputs.claims().get(name))
            .orElseThrow(
                () ->
                    new MissingInput(
                        use, "persistentvolumeclaim \"%s\" not found".formatted(name), null));
    var claim = read.claim();
    // As a kubelet: a claim of that name may be somebody else's.
    if (volume.getEphemeral() != null && !madeFor(pod, claim)) {
      throw new MissingInput(
          use, "PVC %s was not created for pod %s".formatted(path(claim), path(pod)), null);
    }
    if (claim.getMetadata().getDeletionTimestamp() != null) {
      throw new MissingInput(use, "PVC %s is being deleted".formatted(path(claim)), null);
    }
    var found = read.volume();
    if (found.filter(bound -> isBoundTo(bound, read)).isEmpty()) {
      throw new MissingInput(use, "PVC %s is not bound".formatted(path(claim)), null);
    }
    var persistent = found.get();
    boolean keepsVolumes = node.features().contains(Feature.CLAIMED_VOLUMES);
    boolean mountsShares = node.features().contains(Feature.AZURE_FILES);
    boolean mountsFileSystems = node.features().contains(Feature.ELASTIC_FILE_SYSTEMS);
    if (keepsVolumes && isOf(node.pool(), persistent)) {
      return new Claimed(volume.getName(), persistent.getMetadata().getName());
    }
    if (mountsShares && AzureShares.isOne(persistent)) {
      return AzureShares.share(volume.getName(), read);
    }
    if (mountsFileSystems && ElasticFileSystems.isOne(persistent)) {
      return ElasticFileSystems.of(volume.getName(), persistent);
    }
    var provisioners =
        Stream.of(
                Optional.of(ClaimKeys.PROVISIONER).filter(_ -> keepsVolumes),
                Optional.of(AzureShares.DRIVER).filter(_ -> mountsShares),
                Optional.of(ElasticFileSystems.DRIVER).filter(_ -> mountsFileSystems))
            .flatMap(Optional::stream)
            .collect(Collectors.joining(" or "));
    throw new Unsupported(
        List.of(
            "spec.volumes[%s]: persistent volume %s is none that pool %s can mount; claim one by a"
                    .formatted(volume.getName(), persistent.getMetadata().getName(), node.pool())
                + " storage class whose provisioner is "
                + provisioners));
  }

  private static boolean madeFor(Pod pod, PersistentVolumeClaim claim) {
    return claim.getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .map(OwnerReference::getUid)
        .anyMatch(pod.getMetadata().getUid()::equals);
  }

  private static boolean isBoundTo(PersistentVolume volume, Claim read) {
    return Optional.ofNullable(volume.getSpec().getClaimRef())
        .filter(reference -> read.claim().getMetadata().getUid().equals(reference.getUid()))
        .isPresent();
  }

  private static boolean isOf(String pool, PersistentVolume volume) {
    var metadata = volume.getMetadata();
    return metadata.getAnnotations() != null
        && ClaimKeys.PROVISIONER.equals(metadata.getAnnotations().get(ClaimKeys.PROVISIONED_BY))
        && metadata.getLabels() != null
        && pool.equals(metadata.getLabels().get(ClaimKeys.POOL));
  }

  private static String path(HasMetadata object) {
    return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
  }
}
