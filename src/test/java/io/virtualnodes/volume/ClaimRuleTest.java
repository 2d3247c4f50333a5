package io.virtualnodes.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.volume.ClaimRule.Verdict.Make;
import io.virtualnodes.volume.ClaimRule.Verdict.Refuse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClaimRuleTest {
  private static PersistentVolumeClaim claim(String annotations, String spec) {
    return Serialization.unmarshal(
        """
        metadata:
          name: data-db-0
          namespace: shop
          uid: c-1
          annotations: {%s}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: virtual-nodes
          resources: {requests: {storage: 2Gi}}
          %s
        """
            .formatted(annotations, spec),
        PersistentVolumeClaim.class);
  }

  private static final String OURS =
      "volume.kubernetes.io/storage-provisioner: virtualnodes.io/volume,";
  private static final String CHOSEN = "volume.kubernetes.io/selected-node: burst-1";
  private static final PersistentVolumeClaim WAITING = claim(OURS + CHOSEN, "");

  private static StorageClass storageClass(String further) {
    return Serialization.unmarshal(
        """
        metadata: {name: virtual-nodes}
        provisioner: virtualnodes.io/volume
        %s
        """
            .formatted(further),
        StorageClass.class);
  }

  @Test
  void aClaimWaitsOnceItsNodeIsChosenAndUntilItHasAVolume() {
    assertThat(ClaimRule.selectedNode(WAITING)).contains("burst-1");
    assertThat(ClaimRule.selectedNode(claim(OURS, ""))).isEmpty();
    assertThat(ClaimRule.selectedNode(claim(OURS + CHOSEN, "volumeName: pvc-c-1"))).isEmpty();
    assertThat(ClaimRule.selectedNode(claim(CHOSEN, ""))).isEmpty();
    var leaving = claim(OURS + CHOSEN, "");
    leaving.getMetadata().setDeletionTimestamp("2026-03-01T12:00:00Z");
    assertThat(ClaimRule.selectedNode(leaving)).isEmpty();
  }

  @Test
  void itsVolumeIsTheClaimsAloneAndCanBeUsedFromEveryNodeOfThePool() {
    var made = (Make) ClaimRule.of(WAITING, storageClass("reclaimPolicy: Retain"), "burst", true);

    assertThat(made.volume())
        .isEqualTo(
            Serialization.unmarshal(
                """
                apiVersion: v1
                kind: PersistentVolume
                metadata:
                  name: pvc-c-1
                  labels: {virtualnodes.io/volume-of-pool: burst}
                  annotations: {pv.kubernetes.io/provisioned-by: virtualnodes.io/volume}
                  finalizers: [virtualnodes.io/volume]
                spec:
                  capacity: {storage: 2Gi}
                  accessModes: [ReadWriteOnce]
                  volumeMode: Filesystem
                  storageClassName: virtual-nodes
                  persistentVolumeReclaimPolicy: Retain
                  claimRef:
                    apiVersion: v1
                    kind: PersistentVolumeClaim
                    namespace: shop
                    name: data-db-0
                    uid: c-1
                  local: {path: /virtualnodes.io/volume/burst/pvc-c-1}
                  nodeAffinity:
                    required:
                      nodeSelectorTerms:
                      - matchExpressions:
                        - {key: virtualnodes.io/pool, operator: In, values: [burst]}
                """,
                PersistentVolume.class));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "volumeMode: Block | spec.volumeMode: ",
        "selector: {matchLabels: {a: b}} | spec.selector: ",
        "dataSource: {kind: PersistentVolumeClaim, name: other} | spec.dataSource: ",
        "dataSourceRef: {kind: PersistentVolumeClaim, name: other} | spec.dataSource: ",
      })
  void whatAVolumeCannotBeIsRefusedByItsPath(String spec, String path) {
    var verdict = ClaimRule.of(claim(OURS + CHOSEN, spec), storageClass(""), "burst", true);

    assertThat(((Refuse) verdict).why()).startsWith(path);
  }

  @Test
  void whatThePoolOrTheClassStandsInTheWayOfIsToldWithTheRemedy() {
    var withoutStore = ClaimRule.of(WAITING, storageClass(""), "burst", false);
    var withOptions = ClaimRule.of(WAITING, storageClass("mountOptions: [noatime]"), "burst", true);

    assertThat(((Refuse) withoutStore).why())
        .isEqualTo("the backend of pool burst keeps no volumes; let the pod run elsewhere");
    assertThat(((Refuse) withOptions).why())
        .startsWith("mountOptions of storage class virtual-nodes");
  }
}
