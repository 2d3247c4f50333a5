package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.api.VirtualNodePoolStatus.Pods;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodCountsTest {
  @Test
  void countsByWhatPodsDo() {
    var pods =
        List.of(
            pod("Running", null),
            pod("Running", null),
            pod("Pending", null),
            pod(null, null),
            pod("Pending", "NoCapacity"),
            pod("Failed", "Error"),
            pod("Succeeded", null));

    assertThat(PodCounts.of(pods)).isEqualTo(new Pods(2, 2, 1, 1));
  }

  private static Pod pod(String phase, String reason) {
    return new PodBuilder().withNewStatus().withPhase(phase).withReason(reason).endStatus().build();
  }
}
