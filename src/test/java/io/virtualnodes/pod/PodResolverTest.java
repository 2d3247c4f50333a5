package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.backend.ContainerGroup.Resolver;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodResolverTest {
  private static final PodNetwork CLUSTER =
      new PodNetwork("k8s.example.com", List.of("10.43.0.10", "fd00::a"), Optional.empty());

  private static Pod pod(String dnsPolicy) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withDnsPolicy(dnsPolicy)
        .endSpec()
        .build();
  }

  @Test
  void clusterFirstLooksInTheNamespaceThenInTheCluster() {
    assertThat(PodResolver.of(pod("ClusterFirst"), CLUSTER))
        .contains(
            new Resolver(
                List.of("10.43.0.10", "fd00::a"),
                List.of("shop.svc.k8s.example.com", "svc.k8s.example.com", "k8s.example.com"),
                List.of("ndots:5")));
  }

  @Test
  void clusterFirstWithoutClusterDnsIsTheBackends() {
    assertThat(PodResolver.of(pod("ClusterFirst"), PodNetwork.UNTOLD)).isEmpty();
  }

  @Test
  void defaultIsTheBackends() {
    assertThat(PodResolver.of(pod("Default"), CLUSTER)).isEmpty();
  }
}
