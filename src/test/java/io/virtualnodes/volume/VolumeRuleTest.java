package io.virtualnodes.volume;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.virtualnodes.volume.VolumeRule.End;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeRuleTest {
  private static PersistentVolume volume(String policy, String phase) {
    return new PersistentVolumeBuilder()
        .withNewSpec()
        .withPersistentVolumeReclaimPolicy(policy)
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "Delete, Released, true, DELETE",
    "Delete, Bound, false, WAIT",
    "Delete, Available, false, DELETE",
    "Retain, Released, false, RETAIN",
    "Retain, Bound, false, RETAIN",
  })
  void aVolumeGoesWithItsClaimUnlessItIsRetained(
      String policy, String phase, boolean deleted, End end) {
    assertThat(VolumeRule.toBeDeleted(volume(policy, phase))).isEqualTo(deleted);
    assertThat(VolumeRule.end(volume(policy, phase))).isEqualTo(end);
  }
}
