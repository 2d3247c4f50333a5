package io.virtualnodes.install;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Cluster;
import io.virtualnodes.cluster.Kubectl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That a cluster takes every overlay as it is, its pods, and the sample pool that goes with it. */
@Tag("install")
class OverlaysIT {
  private Kubectl kubectl;

  @BeforeEach
  void findTheCluster() {
    kubectl = Cluster.of(OverlaysIT.class).kubectl();
  }

  @ParameterizedTest
  @CsvSource({
    "base, 2, pool-docker",
    "overlays/docker, 2, pool-docker",
    "overlays/aci, 2, pool-azure",
    "overlays/fargate, 2, pool-fargate",
    "overlays/simulated, 1, pool-simulated",
    "overlays/named-nodes, 2, pool-docker"
  })
  void itIsTakenWithoutAWarningAndItsPodsAreAdmitted(String folder, int replicas, String pool) {
    var applied = kubectl.attempt("apply", "-k", "deploy/" + folder);

    assertThat(applied.succeeded()).as(applied.toString()).isTrue();
    assertThat(applied.errors()).isEmpty();
    kubectl.run("wait", "--for=condition=Established", "crd/virtualnodepools.virtualnodes.io");
    // Made, though nowhere to run here: neither the standard, nor the quota, nor the class of their
    // priority refuses them.
    kubectl.run(
        "wait",
        "--for=jsonpath={.status.replicas}=" + replicas,
        "deployment/virtual-nodes-operator",
        "--namespace=virtual-nodes",
        "--timeout=60s");
    var sample =
        kubectl.attempt("create", "--dry-run=server", "-f", "deploy/samples/" + pool + ".yaml");
    assertThat(sample.succeeded()).as(sample.toString()).isTrue();
  }

  @AfterEach
  void remove() {
    kubectl.run("delete", "-k", "deploy/base", "--ignore-not-found");
  }
}
