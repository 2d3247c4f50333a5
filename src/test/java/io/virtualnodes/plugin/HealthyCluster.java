package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.virtualnodes.api.VirtualNodePool;
import io.virtualnodes.node.NodeManifest;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import io.virtualnodes.plugin.Finding.Level;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A cluster in which all is well with a pool of one node, until something of it is changed. */
final class HealthyCluster {
  static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

  private static final KubernetesSerialization YAML = new KubernetesSerialization();

  int minor = 36;
  Reading<Optional<JsonNode>> crd = new Reading.Known<>(Optional.of(PoolSchema.crd()));
  Reading<List<Deployment>> operators = new Reading.Known<>(List.of(operator(1)));
  Reading<Optional<ServiceAccount>> account = new Reading.Known<>(Optional.of(account("{}")));

  /** The names of the keys of the Secrets that are there. */
  Map<String, Reading<Optional<Set<String>>>> secrets = Map.of();

  /** What the API server says no to, and what it says yes to beside what is needed: as texts. */
  Set<String> refused = Set.of();

  Set<String> excess = Set.of();
  Optional<Reading.Unreadable<Map<OperatorRight, Boolean>>> rightsUnreadable = Optional.empty();
  Reading<List<Lease>> leader =
      new Reading.Known<>(List.of(lease("virtual-nodes-operator", NOW.minusSeconds(2))));
  Lease nodeLease = lease("burst-0", NOW.minusSeconds(9));
  Reading<List<CertificateSigningRequest>> signing = new Reading.Known<>(List.of());
  Reading<List<DaemonSet>> daemonSets = new Reading.Known<>(List.of());
  boolean policy;
  Map<String, PodTemplateSpec> workloads = Map.of();
  VirtualNodePool pool =
      pool("{}", "{ type: Ready, status: 'True', reason: PoolReady, message: fine }");
  Node node = node(pool);
  List<Pod> pods = List.of();
  Reading<String> answer = new Reading.Known<>("ok");
  Reading<List<NetworkPolicy>> policies = new Reading.Known<>(List.of());

  /** Holds the only finding of a check to this. */
  void expect(Level level, String check, String says, String next) {
    var finding = only(check);
    assertThat(finding.level()).as(finding.toString()).isEqualTo(level);
    assertThat(finding.message()).contains(says);
    assertThat(finding.next().orElseThrow()).contains(next);
  }

  /** The only finding of a check. */
  Finding only(String check) {
    assertThat(all(check)).hasSize(1);
    return all(check).getFirst();
  }

  /** All findings of a check. */
  List<Finding> all(String check) {
    return DoctorCommand.findings(facts()).stream()
        .filter(finding -> finding.check().title().equals(check))
        .toList();
  }

  ClusterFacts facts() {
    var leases = new HashMap<String, Lease>();
    if (nodeLease != null) {
      leases.put("burst-0", nodeLease);
    }
    return new ClusterFacts(
        NOW,
        minor,
        crd,
        facts(operators),
        leader,
        new Reading.Known<>(leases),
        signing,
        daemonSets,
        new Reading.Known<>(policy),
        new Reading.Known<>(workloads),
        List.of(
            new PoolFacts(
                pool,
                List.of(node),
                Map.of("burst-0", pods),
                Map.of("burst-0", answer),
                policies)));
  }

  private Reading<List<OperatorFacts>> facts(Reading<List<Deployment>> deployments) {
    return switch (deployments) {
      case Reading.Unreadable<List<Deployment>>(var code, var why) ->
          new Reading.Unreadable<>(code, why);
      case Reading.Known<List<Deployment>>(var known) ->
          new Reading.Known<>(known.stream().map(this::facts).toList());
    };
  }

  private OperatorFacts facts(Deployment deployment) {
    var environment = OperatorEnvironment.of(deployment.getSpec().getTemplate().getSpec(), secrets);
    var rights = new LinkedHashMap<OperatorRight, Boolean>();
    OperatorRight.needed("virtual-nodes", environment, List.of("burst-0"))
        .forEach(right -> rights.put(right, !refused.contains(right.text())));
    OperatorRight.EXCESS.forEach(right -> rights.put(right, excess.contains(right.text())));
    return new OperatorFacts(
        deployment,
        account,
        secrets,
        rightsUnreadable
            .<Reading<Map<OperatorRight, Boolean>>>map(why -> why)
            .orElseGet(() -> new Reading.Known<>(rights)));
  }

  /**
   * @param annotations in braces
   */
  static ServiceAccount account(String annotations) {
    return yaml(
        ServiceAccount.class,
        "metadata: { name: virtual-nodes-operator, annotations: %s }".formatted(annotations));
  }

  static <T> T yaml(Class<T> type, String text) {
    return YAML.unmarshal(text, type);
  }

  /**
   * @param nodes of the spec
   * @param conditions of the status, separated by commas
   */
  static VirtualNodePool pool(String nodes, String conditions) {
    return pool(nodes, "{ name: sim, simulated: {} }", conditions);
  }

  /**
   * @param nodes of the spec
   * @param backend the only one
   * @param conditions of the status, separated by commas
   */
  static VirtualNodePool pool(String nodes, String backend, String conditions) {
    var spec =
        Yaml.documents(
                "pool",
                """
                apiVersion: virtualnodes.io/v1alpha1
                kind: VirtualNodePool
                metadata: { name: burst, uid: pool-uid, generation: 1 }
                spec: { nodes: %s, backends: [%s] }
                """
                    .formatted(nodes, backend))
            .getFirst();
    var pool = PoolSchema.complete(spec, "pool");
    pool.setStatus(
        yaml(
                VirtualNodePool.class,
                "status: { observedGeneration: 1, conditions: [%s] }".formatted(conditions))
            .getStatus());
    return pool;
  }

  /** As the operator makes it. */
  static Node node(VirtualNodePool pool) {
    return new NodeBuilder(NodeManifest.of(pool, 0, Set.of(), Optional.empty()).newNode())
        .withStatus(
            yaml(Node.class, "status: { capacity: { cpu: '4', memory: 8Gi, pods: '10' } }")
                .getStatus())
        .build();
  }

  static Lease lease(String name, Instant renewed) {
    return yaml(
        Lease.class,
        """
        metadata: { name: %s, namespace: virtual-nodes }
        spec: { holderIdentity: somebody, leaseDurationSeconds: 40, renewTime: "%s" }
        """
            .formatted(name, renewed.toString().replace("Z", ".000000Z")));
  }

  static Deployment operator(int ready) {
    return yaml(
        Deployment.class,
        """
        metadata: { name: virtual-nodes-operator, namespace: virtual-nodes }
        spec: { replicas: 1, template: { spec: { containers: [{ name: operator }] } } }
        status: { readyReplicas: %d }
        """
            .formatted(ready));
  }
}
