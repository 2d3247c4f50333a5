package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
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

  /** The one version before that which has it behind a feature gate. */
  private static final int FEATURE_GATE = 35;

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
    var version = "Kubernetes 1." + facts.minor();
    if (facts.minor() >= CONSTRAINED_IMPERSONATION) {
      return Finding.ok(Check.API_VERSION, CLUSTER, version + " has constrained impersonation");
    }
    return switch (facts.operators()) {
      case Reading.Unreadable<List<OperatorFacts>> why ->
          Finding.unknown(Check.API_VERSION, CLUSTER, why);
      case Reading.Known<List<OperatorFacts>>(var operators) when operators.isEmpty() ->
          Finding.warn(
              Check.API_VERSION,
              CLUSTER,
              version
                  + " has no constrained impersonation by itself, and no Deployment shows whether"
                  + " the operator names its nodes",
              "VIRTUALNODES_IMPERSONATION=Named, and the rights of deploy/overlays/named-nodes");
      case Reading.Known<List<OperatorFacts>>(var operators) -> version(facts, version, operators);
    };
  }

  private static Finding version(
      ClusterFacts facts, String version, List<OperatorFacts> operators) {
    var overlay =
        "install deploy/overlays/named-nodes, which names the nodes (docs/reference/rights.md)";
    if (operators.stream().allMatch(operator -> operator.environment().namesNodes())) {
      return Finding.ok(Check.API_VERSION, CLUSTER, version + ", for which the nodes are named");
    }
    return facts.minor() == FEATURE_GATE
        ? Finding.warn(
            Check.API_VERSION,
            CLUSTER,
            version
                + " has constrained impersonation, by which nodes act, only with the feature gate"
                + " ConstrainedImpersonation",
            overlay + ", unless the API server has the gate")
        : Finding.fail(
            Check.API_VERSION,
            CLUSTER,
            version + " has no constrained impersonation, by which nodes act",
            overlay);
  }

  private static Finding crd(Reading<Optional<JsonNode>> reading) {
    return switch (reading) {
      case Reading.Unreadable<Optional<JsonNode>> why -> Finding.unknown(Check.CRD, CLUSTER, why);
      case Reading.Known<Optional<JsonNode>>(var crd) ->
          crd.map(InstallationChecks::crd)
              .orElseGet(
                  () ->
                      Finding.fail(
                          Check.CRD,
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
          Check.CRD,
          CLUSTER,
          "the CRD is older than this plugin, or another: it lacks " + Names.some(missing),
          "kubectl apply -k crds, of the version of your operator");
    }
    return unknown.isEmpty()
        ? Finding.ok(Check.CRD, CLUSTER, "the CRD is that of this plugin")
        : Finding.warn(
            Check.CRD,
            CLUSTER,
            "the CRD is newer than this plugin: it also has " + Names.some(unknown),
            "use the plugin of your operator's version: explain does not know these fields");
  }

  private static List<Finding> operator(Reading<List<OperatorFacts>> reading) {
    return switch (reading) {
      case Reading.Unreadable<List<OperatorFacts>> why ->
          List.of(Finding.unknown(Check.OPERATOR, CLUSTER, why));
      case Reading.Known<List<OperatorFacts>>(var operators) when operators.isEmpty() ->
          List.of(
              Finding.warn(
                  Check.OPERATOR,
                  CLUSTER,
                  "no Deployment has the label app.kubernetes.io/name=virtual-nodes-operator",
                  "kubectl apply -k deploy/base, unless the operator runs outside the cluster"));
      case Reading.Known<List<OperatorFacts>>(var operators) ->
          operators.stream().map(InstallationChecks::operator).toList();
    };
  }

  private static Finding operator(OperatorFacts facts) {
    var operator = facts.deployment();
    int ready =
        Optional.ofNullable(operator.getStatus()).map(DeploymentStatus::getReadyReplicas).orElse(0);
    int wanted = Optional.ofNullable(operator.getSpec().getReplicas()).orElse(1);
    var message = ready + " of " + wanted + " replicas are ready";
    var look =
        "kubectl -n %s describe pods -l app.kubernetes.io/name=virtual-nodes-operator, and their logs"
            .formatted(operator.getMetadata().getNamespace());
    if (wanted == 0) {
      return Finding.warn(
          Check.OPERATOR,
          facts.about(),
          "its Deployment is scaled to no replica",
          "kubectl -n %s scale deployment/%s --replicas=2, unless the operator runs outside the cluster"
              .formatted(operator.getMetadata().getNamespace(), operator.getMetadata().getName()));
    }
    if (ready == 0) {
      return Finding.fail(Check.OPERATOR, facts.about(), message, look);
    }
    return ready < wanted
        ? Finding.warn(Check.OPERATOR, facts.about(), message, look)
        : Finding.ok(Check.OPERATOR, facts.about(), message);
  }

  private static Finding leader(ClusterFacts facts) {
    return switch (facts.leader()) {
      case Reading.Unreadable<List<Lease>> why -> Finding.unknown(Check.LEADER, CLUSTER, why);
      case Reading.Known<List<Lease>>(var leases) ->
          leases.stream().anyMatch(lease -> fresh(lease, facts.now()))
              ? Finding.ok(Check.LEADER, CLUSTER, "a replica holds the lead")
              : leases.isEmpty()
                  ? Finding.warn(
                      Check.LEADER,
                      CLUSTER,
                      "no lease virtual-nodes-operator: no operator has led here yet",
                      "see the check of the operator")
                  : Finding.fail(
                      Check.LEADER,
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
