package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** Whether the operator is there as it has to be. Pure. */
final class InstallationChecks {
  /** Constrained impersonation is on by default from 1.36 on. */
  private static final int CONSTRAINED_IMPERSONATION = 36;

  private static final String CLUSTER = "cluster";

  private InstallationChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    findings.add(version(facts));
    findings.add(crd(facts.crd()));
    findings.addAll(operator(facts.operators()));
    findings.add(leader(facts));
    return findings;
  }

  private static Finding version(ClusterFacts facts) {
    var version = "1." + facts.minor();
    if (facts.minor() >= CONSTRAINED_IMPERSONATION) {
      return Finding.ok(
          "api-version", CLUSTER, "Kubernetes " + version + " has constrained impersonation");
    }
    boolean named =
        !facts.operators().or(List.of()).isEmpty()
            && facts.operators().or(List.of()).stream().allMatch(InstallationChecks::namesNodes);
    return named
        ? Finding.ok(
            "api-version", CLUSTER, "Kubernetes " + version + ", for which the nodes are named")
        : Finding.fail(
            "api-version",
            CLUSTER,
            "Kubernetes " + version + " has no constrained impersonation, by which nodes act",
            "install deploy/overlays/named-nodes, which names the nodes"
                + " (docs/reference/rights.md)");
  }

  private static boolean namesNodes(Deployment operator) {
    return operator.getSpec().getTemplate().getSpec().getContainers().stream()
        .flatMap(container -> container.getEnv().stream())
        .anyMatch(
            variable ->
                "VIRTUALNODES_IMPERSONATION".equals(variable.getName())
                    && "NAMED".equals(variable.getValue()));
  }

  private static Finding crd(Reading<Optional<JsonNode>> reading) {
    return switch (reading) {
      case Reading.Unreadable<Optional<JsonNode>> why -> Finding.unknown("crd", CLUSTER, why);
      case Reading.Known<Optional<JsonNode>>(var crd) ->
          crd.map(InstallationChecks::crd)
              .orElseGet(
                  () ->
                      Finding.fail(
                          "crd",
                          CLUSTER,
                          "the CRD of VirtualNodePools is not installed",
                          "kubectl apply -k deploy/base"));
    };
  }

  private static Finding crd(JsonNode crd) {
    var ours = PoolSchema.fields(PoolSchema.crd());
    var theirs = PoolSchema.fields(crd);
    var missing = new TreeSet<>(ours);
    missing.removeAll(theirs);
    var unknown = new TreeSet<>(theirs);
    unknown.removeAll(ours);
    if (!missing.isEmpty()) {
      return Finding.warn(
          "crd",
          CLUSTER,
          "the CRD is older than this plugin, or another: it lacks " + Names.some(missing),
          "kubectl apply -k crds, of the version of your operator");
    }
    return unknown.isEmpty()
        ? Finding.ok("crd", CLUSTER, "the CRD is that of this plugin")
        : Finding.warn(
            "crd",
            CLUSTER,
            "the CRD is newer than this plugin: it also has " + Names.some(unknown),
            "use the plugin of your operator's version: explain does not know these fields");
  }

  private static List<Finding> operator(Reading<List<Deployment>> reading) {
    return switch (reading) {
      case Reading.Unreadable<List<Deployment>> why ->
          List.of(Finding.unknown("operator", CLUSTER, why));
      case Reading.Known<List<Deployment>>(var operators) when operators.isEmpty() ->
          List.of(
              Finding.warn(
                  "operator",
                  CLUSTER,
                  "no Deployment has the label app.kubernetes.io/name=virtual-nodes-operator",
                  "kubectl apply -k deploy/base, unless the operator runs outside the cluster"));
      case Reading.Known<List<Deployment>>(var operators) ->
          operators.stream().map(InstallationChecks::operator).toList();
    };
  }

  private static Finding operator(Deployment operator) {
    var name = operator.getMetadata().getNamespace() + "/" + operator.getMetadata().getName();
    int ready =
        Optional.ofNullable(operator.getStatus()).map(DeploymentStatus::getReadyReplicas).orElse(0);
    int wanted = Optional.ofNullable(operator.getSpec().getReplicas()).orElse(1);
    var message = ready + " of " + wanted + " replicas are ready";
    var look =
        "kubectl -n %s describe pods -l app.kubernetes.io/name=virtual-nodes-operator, and their logs"
            .formatted(operator.getMetadata().getNamespace());
    if (ready == 0) {
      return Finding.fail("operator", "deployment/" + name, message, look);
    }
    return ready < wanted
        ? Finding.warn("operator", "deployment/" + name, message, look)
        : Finding.ok("operator", "deployment/" + name, message);
  }

  private static Finding leader(ClusterFacts facts) {
    return switch (facts.leader()) {
      case Reading.Unreadable<List<Lease>> why -> Finding.unknown("leader", CLUSTER, why);
      case Reading.Known<List<Lease>>(var leases) ->
          leases.stream().anyMatch(lease -> fresh(lease, facts.now()))
              ? Finding.ok("leader", CLUSTER, "a replica holds the lead")
              : leases.isEmpty()
                  ? Finding.warn(
                      "leader",
                      CLUSTER,
                      "no lease virtual-nodes-operator: no operator has led here yet",
                      "see the check of the operator")
                  : Finding.fail(
                      "leader",
                      CLUSTER,
                      "nobody has renewed the lease virtual-nodes-operator in time",
                      "see whether the operator runs, and reaches the API server");
    };
  }

  /** Whether its holder has renewed it within the time that it was taken for. */
  static boolean fresh(Lease lease, Instant now) {
    var spec = lease.getSpec();
    return spec != null
        && spec.getRenewTime() != null
        && spec.getLeaseDurationSeconds() != null
        && spec.getHolderIdentity() != null
        && !spec.getHolderIdentity().isEmpty()
        && spec.getRenewTime()
            .toInstant()
            .plus(Duration.ofSeconds(spec.getLeaseDurationSeconds()))
            .isAfter(now);
  }
}
