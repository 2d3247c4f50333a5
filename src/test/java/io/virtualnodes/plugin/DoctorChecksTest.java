package io.virtualnodes.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.virtualnodes.plugin.Finding.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each change makes a healthy cluster ill, and the doctor says so. */
class DoctorChecksTest {
  private static final String NO_LOAD_BALANCER =
      "node.kubernetes.io/exclude-from-external-load-balancers";

  private final HealthyCluster cluster = new HealthyCluster();

  @Test
  void aHealthyClusterHasNothingWrong() {
    var findings = DoctorCommand.findings(cluster.facts());

    assertThat(findings).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(findings)
        .extracting(finding -> finding.check().title())
        .containsExactly(
            "api-version",
            "crd",
            "operator",
            "leader",
            "rights",
            "excess-rights",
            "secrets",
            "placeholders",
            "placeholders",
            "conditions",
            "pool-capacity",
            "waiting-pods",
            "network-policies",
            "daemonsets",
            "hostname-spread",
            "node-lease",
            "node-port",
            "node-certificate",
            "load-balancers",
            "hostname-label",
            "zone-label",
            "taints",
            "capacity");
  }

  @Test
  void anOlderClusterNeedsItsNodesNamed() throws IOException {
    cluster.minor = 34;
    cluster.expect(
        Level.FAIL, "api-version", "constrained impersonation", "deploy/overlays/named-nodes");

    cluster.minor = 35;
    cluster.expect(Level.WARN, "api-version", "feature gate", "unless the API server has the gate");

    cluster.operators = new Reading.Known<>(List.of());
    cluster.expect(
        Level.WARN, "api-version", "no Deployment shows", "VIRTUALNODES_IMPERSONATION=Named");

    cluster.operators =
        new Reading.Known<>(
            List.of(
                HealthyCluster.yaml(
                    Deployment.class,
                    Files.readString(Path.of("deploy/overlays/named-nodes/impersonation.yaml")))));
    assertThat(cluster.only("api-version").level()).isEqualTo(Level.OK);
  }

  @Test
  void theCrdHasToBeThatOfThePlugin() {
    cluster.crd = new Reading.Known<>(Optional.empty());
    cluster.expect(Level.FAIL, "crd", "not installed", "kubectl apply -k deploy/base");

    var older = PoolSchema.crd();
    var spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    ((ObjectNode) older.at(spec)).remove("retention");
    cluster.crd = new Reading.Known<>(Optional.of(older));
    cluster.expect(Level.WARN, "crd", "lacks spec.retention", "kubectl apply -k crds");

    var newer = PoolSchema.crd();
    ((ObjectNode) newer.at(spec)).putObject("later").put("type", "string");
    cluster.crd = new Reading.Known<>(Optional.of(newer));
    cluster.expect(Level.WARN, "crd", "also has spec.later", "plugin of your operator's version");
  }

  @Test
  void theOperatorHasToBeReadyAndLead() {
    cluster.operators = new Reading.Known<>(List.of(HealthyCluster.operator(0)));
    cluster.expect(
        Level.FAIL, "operator", "0 of 1 replicas", "kubectl -n virtual-nodes describe pods");

    var off = HealthyCluster.operator(0);
    off.getSpec().setReplicas(0);
    cluster.operators = new Reading.Known<>(List.of(off));
    cluster.expect(
        Level.WARN, "operator", "scaled to no replica", "scale deployment/virtual-nodes-operator");

    cluster.operators = new Reading.Known<>(List.of());
    cluster.expect(Level.WARN, "operator", "no Deployment", "kubectl apply -k deploy/base");

    cluster.leader =
        new Reading.Known<>(
            List.of(
                HealthyCluster.lease(
                    "virtual-nodes-operator", HealthyCluster.NOW.minusSeconds(41))));
    cluster.expect(Level.FAIL, "leader", "nobody has renewed", "see whether the operator runs");
  }

  @Test
  void whatMayNotBeReadIsTold() {
    cluster.leader = new Reading.Unreadable<>(403, "leases is forbidden");
    cluster.expect(Level.WARN, "leader", "leases is forbidden", "somebody with the right");

    cluster.answer = new Reading.Unreadable<>(403, "nodes/proxy is forbidden");
    cluster.expect(Level.WARN, "node-port", "nodes/proxy is forbidden", "somebody with the right");
  }

  @Test
  void aNodeHasToBeAliveAndReached() {
    cluster.nodeLease = HealthyCluster.lease("burst-0", HealthyCluster.NOW.minusSeconds(41));
    cluster.expect(Level.FAIL, "node-lease", "not renewed", "see whether the operator runs");

    cluster.nodeLease = null;
    cluster.expect(Level.FAIL, "node-lease", "has no lease", "see whether the operator runs");

    cluster.answer = new Reading.Unreadable<>(503, "connection refused");
    cluster.expect(Level.FAIL, "node-port", "connection refused", "docs/access.md");
  }

  @Test
  void aCertificateThatWaitsIsNamed() {
    cluster.signing =
        new Reading.Known<>(
            List.of(
                HealthyCluster.yaml(
                    CertificateSigningRequest.class,
                    """
                    metadata: { name: csr-1 }
                    spec: { signerName: kubernetes.io/kubelet-serving, username: "system:node:burst-0" }
                    """),
                HealthyCluster.yaml(
                    CertificateSigningRequest.class,
                    """
                    metadata: { name: csr-2 }
                    spec: { signerName: kubernetes.io/kubelet-serving, username: "system:node:machine" }
                    """)));

    cluster.expect(Level.WARN, "node-certificate", "csr-1", "kubectl certificate approve csr-1 (");
  }

  @Test
  void aNodeMustDoNoHarm() {
    cluster.node =
        new NodeBuilder(HealthyCluster.node(cluster.pool))
            .editMetadata()
            .removeFromLabels(NO_LOAD_BALANCER)
            .addToLabels("kubernetes.io/hostname", "burst-0")
            .addToLabels("topology.kubernetes.io/zone", "west")
            .endMetadata()
            .editSpec()
            .withTaints()
            .endSpec()
            .editStatus()
            .addToCapacity("cpu", new io.fabric8.kubernetes.api.model.Quantity("20000"))
            .endStatus()
            .build();

    cluster.expect(Level.FAIL, "load-balancers", NO_LOAD_BALANCER, "who takes it away");
    cluster.expect(
        Level.FAIL, "hostname-label", "somebody has given", "kubectl label node burst-0");
    cluster.expect(
        Level.FAIL, "zone-label", "zone=west, and spec.nodes.zones", "kubectl label node burst-0");
    cluster.expect(Level.FAIL, "taints", "virtualnodes.io/pool=burst:NoSchedule", "puts them back");
    cluster.expect(Level.WARN, "capacity", "20000 CPU", "spec.nodes.capacity");
  }

  @Test
  void aNodeIsInTheZoneThatThePoolSays() {
    cluster.pool =
        HealthyCluster.pool(
            "{ zones: [east, west] }",
            "{ type: Ready, status: 'True', reason: PoolReady, message: fine }");
    cluster.expect(Level.FAIL, "zone-label", "is not there; by spec.nodes.zones", "puts it back");

    cluster.node = HealthyCluster.node(cluster.pool);
    assertThat(cluster.only("zone-label").message()).endsWith("east");
    assertThat(cluster.only("zone-label").level()).isEqualTo(Level.OK);

    cluster.node.getMetadata().getLabels().put("topology.kubernetes.io/zone", "west");
    cluster.expect(
        Level.FAIL, "zone-label", "is west; by spec.nodes.zones of the pool it is east", "who");
  }

  @Test
  void aPoolThatWantsToBeOpenOrAHostIsWarnedOf() {
    cluster.pool =
        HealthyCluster.pool(
            "{ taints: [], hostnameLabel: PerNode, capacity: { cpu: '1', memory: 1Gi, pods: '1' }"
                + " }",
            "{ type: Ready, status: 'True', reason: PoolReady, message: fine }");
    cluster.node = HealthyCluster.node(cluster.pool);
    cluster.workloads =
        Map.of(
            "Deployment shop/web",
            HealthyCluster.yaml(
                PodTemplateSpec.class,
                """
                spec:
                  nodeSelector: { disk: ssd }
                  topologySpreadConstraints:
                  - { topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule }
                """));

    cluster.expect(Level.WARN, "taints", "every pod of the cluster", "leave spec.nodes.taints out");
    cluster.expect(Level.WARN, "hostname-label", "PerNode", "Omit");
    cluster.expect(Level.WARN, "hostname-spread", "Deployment shop/web", "Omit");
    cluster.expect(
        Level.WARN, "pool-capacity", "more than spec.nodes.capacity", "nodes that drain");
  }

  @Test
  void conditionsAreTold() {
    cluster.pool =
        HealthyCluster.pool(
            "{}",
            "{ type: Ready, status: 'False', reason: Denied, message: wrong key }, { type: Stalled,"
                + " status: 'True', reason: NameTaken, message: taken }, { type: OrphansHeld,"
                + " status: 'True', reason: ManyOrphans, message: 20 groups }");

    assertThat(cluster.all("conditions"))
        .extracting(Finding::level)
        .containsExactly(Level.FAIL, Level.FAIL, Level.WARN);
    assertThat(cluster.all("conditions").getFirst().message())
        .isEqualTo("Ready is False (Denied): wrong key");

    cluster.pool = HealthyCluster.pool("{}", "");
    cluster.expect(Level.FAIL, "conditions", "no operator", "check of the operator");
  }

  @Test
  void daemonSetsThatComeAreNamed() {
    cluster.daemonSets =
        new Reading.Known<>(
            List.of(
                daemonSet("agent", "tolerations: [{ operator: Exists }]"),
                daemonSet("local", "tolerations: []"),
                daemonSet(
                    "kept-off",
                    "tolerations: [{ operator: Exists }], affinity: { nodeAffinity: {"
                        + " requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{"
                        + " matchExpressions: [{ key: virtualnodes.io/pool, operator: DoesNotExist"
                        + " }] }] } } }")));

    cluster.expect(Level.WARN, "daemonsets", "wait: shop/agent", "deploy/policies/daemonsets");
    assertThat(cluster.only("daemonsets").message()).doesNotContain("local", "kept-off");

    cluster.policy = true;
    cluster.expect(
        Level.WARN, "daemonsets", "wait: shop/agent", "the policy that keeps them off is there");
  }

  @Test
  void policiesAndPodsThatWaitAreNamed() {
    cluster.pods =
        List.of(
            HealthyCluster.yaml(
                Pod.class,
                """
                metadata: { name: web-1, namespace: shop, labels: { app: web } }
                status: { phase: Pending, reason: Unsupported }
                """));
    cluster.policies =
        new Reading.Known<>(
            List.of(policy("shop", "deny-all"), policy("other", "deny-all-of-others")));

    cluster.expect(Level.WARN, "waiting-pods", "shop/web-1 (Unsupported)", "kubectl describe pod");
    cluster.expect(
        Level.WARN, "network-policies", "enforces them: shop/deny-all", "docs/network.md");
    assertThat(cluster.only("network-policies").message()).doesNotContain("others");
  }

  @Test
  void containersThatWaitAreNamedToo() {
    cluster.pods =
        List.of(
            pod(
                "web-1",
                """
                phase: Pending
                initContainerStatuses: [{ name: first, state: { waiting: { reason: ErrImagePull } } }]
                containerStatuses: [{ name: app, state: { waiting: { reason: PodInitializing } } }]
                """),
            pod(
                "web-2",
                """
                phase: Running
                containerStatuses:
                - { name: app, state: { waiting: { reason: CreateContainerConfigError } } }
                - { name: side, state: { waiting: { reason: CrashLoopBackOff } } }
                - { name: other, state: { running: {} } }
                """),
            pod(
                "ended",
                """
                phase: Failed
                containerStatuses: [{ name: app, state: { waiting: { reason: ErrImagePull } } }]
                """),
            pod(
                "starts",
                """
                phase: Pending
                containerStatuses: [{ name: app, state: { waiting: { reason: ContainerCreating } } }]
                """));

    assertThat(cluster.only("waiting-pods").message())
        .isEqualTo(
            "2 with a reason: shop/web-1 (first: ErrImagePull),"
                + " shop/web-2 (app: CreateContainerConfigError, side: CrashLoopBackOff)");
    assertThat(cluster.only("waiting-pods").level()).isEqualTo(Level.WARN);
  }

  /** A check that the page does not tell cannot be looked up, and one that is gone misleads. */
  @Test
  void thePageListsEveryCheck() throws IOException {
    var page = Files.readString(Path.of("docs/kubectl-vnode.md"));
    var table = page.substring(page.indexOf("| check |"), page.indexOf("`--bundle` writes"));

    assertThat(
            Pattern.compile("(?m)^\\| `([a-z-]+)` \\| .+\\|$")
                .matcher(table)
                .results()
                .map(row -> row.group(1)))
        .containsExactlyElementsOf(Stream.of(Check.values()).map(Check::title).toList());
  }

  private static Pod pod(String name, String status) {
    return HealthyCluster.yaml(
        Pod.class,
        "metadata: { name: %s, namespace: shop }\nstatus:\n%s".formatted(name, status.indent(2)));
  }

  private static DaemonSet daemonSet(String name, String spec) {
    return HealthyCluster.yaml(
        DaemonSet.class,
        "metadata: { name: %s, namespace: shop }\nspec: { template: { spec: { %s } } }"
            .formatted(name, spec));
  }

  private static NetworkPolicy policy(String namespace, String name) {
    return HealthyCluster.yaml(
        NetworkPolicy.class,
        "metadata: { name: %s, namespace: %s }\nspec: { podSelector: {} }"
            .formatted(name, namespace));
  }
}
