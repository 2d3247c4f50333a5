package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.virtualnodes.api.BackendRung;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.api.VirtualNodePoolStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the doctor judges by: a cluster at one instant.
 *
 * @param minor of the API server's version 1.x
 * @param crd ours, as it is installed
 * @param operators by Deployments that carry the operator's label, in any namespace
 * @param leader the lease by which replicas of the operator take turns, wherever it is
 * @param nodeLeases of all nodes, by name
 * @param signing requests for certificates that kubelets show
 * @param daemonSetPolicy whether the policy that keeps DaemonSets off is installed
 * @param workloads what else makes pods, by kind, namespace and name
 */
record ClusterFacts(
    Instant now,
    int minor,
    Reading<Optional<JsonNode>> crd,
    Reading<List<OperatorFacts>> operators,
    Reading<List<Lease>> leader,
    Reading<Map<String, Lease>> nodeLeases,
    Reading<List<CertificateSigningRequest>> signing,
    Reading<List<DaemonSet>> daemonSets,
    Reading<Boolean> daemonSetPolicy,
    Reading<Map<String, PodTemplateSpec>> workloads,
    List<PoolFacts> pools) {

  ClusterFacts {
    pools = List.copyOf(pools);
  }

  /**
   * A backend of a pool.
   *
   * @param path of the field that has its settings
   */
  record Rung(String path, BackendRung settings) {}

  /**
   * @param nodes those that are there
   * @param pods of each node, by its name
   * @param answers what each node's own port said to the API server
   * @param policies of all namespaces that have pods there
   */
  record PoolFacts(
      VirtualNodePool pool,
      List<Node> nodes,
      Map<String, List<Pod>> pods,
      Map<String, Reading<String>> answers,
      Reading<List<NetworkPolicy>> policies) {

    PoolFacts {
      nodes = List.copyOf(nodes);
      pods = Map.copyOf(pods);
      answers = Map.copyOf(answers);
    }

    String about() {
      return "pool/" + pool.getMetadata().getName();
    }

    /** The pool's backends. */
    List<Rung> rungs() {
      var rungs = pool.getSpec().backends();
      return IntStream.range(0, rungs.size())
          .mapToObj(i -> new Rung("spec.backends[" + i + "]", rungs.get(i)))
          .toList();
    }

    /** Whether the operator says that it reaches this backend. */
    boolean answers(BackendRung rung) {
      return Optional.ofNullable(pool.getStatus())
          .map(VirtualNodePoolStatus::backends)
          .orElse(List.of())
          .stream()
          .anyMatch(one -> one.name().equals(rung.name()) && "Ready".equals(one.state()));
    }
  }
}
