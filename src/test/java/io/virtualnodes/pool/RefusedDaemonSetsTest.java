package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class RefusedDaemonSetsTest {
  private static PodBuilder pod(String namespace, String kind, String owner) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .addNewOwnerReference()
        .withKind(kind)
        .withName(owner)
        .withController(true)
        .endOwnerReference()
        .endMetadata();
  }

  @Test
  void eachIsNamedOnceHoweverManyNodesItIsOn() {
    Pod leaving =
        pod("b", "DaemonSet", "leaving")
            .editMetadata()
            .withDeletionTimestamp("2026-03-01T12:00:00Z")
            .endMetadata()
            .build();

    var names =
        RefusedDaemonSets.of(
            List.of(
                pod("kube-system", "DaemonSet", "logs").build(),
                pod("a", "DaemonSet", "logs").build(),
                pod("kube-system", "DaemonSet", "logs").build(),
                pod("a", "ReplicaSet", "web").build(),
                leaving));

    assertThat(names).containsExactly("a/logs", "kube-system/logs");
  }
}
