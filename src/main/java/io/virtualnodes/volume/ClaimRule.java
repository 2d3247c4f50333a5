package io.virtualnodes.volume;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.virtualnodes.node.NodeKeys;
import io.virtualnodes.pod.ClaimKeys;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What becomes of a claim that waits for a volume of ours: pure. */
final class ClaimRule {
  /**
   * https://kubernetes.io/docs/reference/labels-annotations-taints/#volume-kubernetes-io-storage-provisioner
   */
  static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";

  /**
   * https://kubernetes.io/docs/reference/labels-annotations-taints/#volume-kubernetes-io-selected-node
   */
  static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

  private ClaimRule() {}

  /** What is to be done. */
  sealed interface Verdict {
    record Make(PersistentVolume volume) implements Verdict {}

    /**
     * No volume can be what the claim asks for.
     *
     * @param why for people, with what to do
     */
    record Refuse(String why) implements Verdict {}
  }

  /** Whether a volume for the claim would be made by us. */
  static boolean concerns(PersistentVolumeClaim claim) {
    return ClaimKeys.PROVISIONER.equals(annotation(claim, PROVISIONER));
  }

  /** The node that the claim's pod is to run on; empty unless a volume is wanted for it now. */
  static Optional<String> selectedNode(PersistentVolumeClaim claim) {
    boolean waits =
        concerns(claim)
            && claim.getMetadata().getDeletionTimestamp() == null
            && isEmpty(claim.getSpec().getVolumeName());
    return Optional.ofNullable(annotation(claim, SELECTED_NODE)).filter(node -> waits);
  }

  private static String annotation(PersistentVolumeClaim claim, String key) {
    var annotations = claim.getMetadata().getAnnotations();
    return annotations == null ? null : annotations.get(key);
  }

  /**
   * Decides on a claim that waits.
   *
   * @param pool whose node was selected
   * @param stored whether its backend keeps volumes
   */
  static Verdict of(
      PersistentVolumeClaim claim, StorageClass storageClass, String pool, boolean stored) {
    return refusal(claim, storageClass, pool, stored)
        .<Verdict>map(Verdict.Refuse::new)
        .orElseGet(() -> new Verdict.Make(volume(claim, storageClass, pool)));
  }

  private static Optional<String> refusal(
      PersistentVolumeClaim claim, StorageClass storageClass, String pool, boolean stored) {
    var spec = claim.getSpec();
    return Stream.of(
            unless(
                stored,
                "the backend of pool %s keeps no volumes; let the pod run elsewhere"
                    .formatted(pool)),
            unless(
                !"Block".equals(spec.getVolumeMode()),
                "spec.volumeMode: there are no devices here; use Filesystem"),
            unless(
                spec.getSelector() == null,
                "spec.selector: volumes are made for their claim and not chosen; leave it out"),
            unless(
                spec.getDataSource() == null && spec.getDataSourceRef() == null,
                "spec.dataSource: a volume begins empty; fill it by an init container"),
            unless(
                storageClass.getMountOptions().isEmpty(),
                "mountOptions of storage class %s: there is nothing to mount with them; leave them"
                        .formatted(storageClass.getMetadata().getName())
                    + " out"))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> unless(boolean fine, String why) {
    return fine ? Optional.empty() : Optional.of(why);
  }

  private static PersistentVolume volume(
      PersistentVolumeClaim claim, StorageClass storageClass, String pool) {
    var metadata = claim.getMetadata();
    // As every provisioner names it, so that a second one cannot be made for the same claim.
    var name = "pvc-" + metadata.getUid();
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(Map.of(ClaimKeys.POOL, pool))
        .withAnnotations(Map.of(ClaimKeys.PROVISIONED_BY, ClaimKeys.PROVISIONER))
        .withFinalizers(ClaimKeys.FINALIZER)
        .endMetadata()
        .withNewSpec()
        .withCapacity(
            Map.of("storage", claim.getSpec().getResources().getRequests().get("storage")))
        .withAccessModes(claim.getSpec().getAccessModes())
        .withVolumeMode("Filesystem")
        .withStorageClassName(storageClass.getMetadata().getName())
        .withPersistentVolumeReclaimPolicy(
            Optional.ofNullable(storageClass.getReclaimPolicy()).orElse("Delete"))
        .withNewClaimRef()
        .withApiVersion("v1")
        .withKind("PersistentVolumeClaim")
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .endClaimRef()
        .withNewLocal()
        .withPath("/" + ClaimKeys.PROVISIONER + "/" + pool + "/" + name)
        .endLocal()
        .withNewNodeAffinity()
        .withNewRequired()
        .addNewNodeSelectorTerm()
        .addNewMatchExpression()
        .withKey(NodeKeys.POOL)
        .withOperator("In")
        .withValues(List.of(pool))
        .endMatchExpression()
        .endNodeSelectorTerm()
        .endRequired()
        .endNodeAffinity()
        .endSpec()
        .build();
  }

  private static boolean isEmpty(String text) {
    return text == null || text.isEmpty();
  }
}
