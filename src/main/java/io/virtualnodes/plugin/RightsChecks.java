package io.virtualnodes.plugin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether operators have the rights that they use, and none that they must not have. Pure. */
final class RightsChecks {
  private RightsChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    for (var operator : facts.operators().or(List.of())) {
      switch (operator.rights()) {
        case Reading.Unreadable<Map<OperatorRight, Boolean>> why -> {
          findings.add(Finding.unknown(Check.RIGHTS, operator.about(), why));
          findings.add(Finding.unknown(Check.EXCESS_RIGHTS, operator.about(), why));
        }
        case Reading.Known<Map<OperatorRight, Boolean>>(var rights) -> {
          findings.add(missing(operator, rights));
          findings.add(excess(operator, rights));
        }
      }
    }
    return findings;
  }

  private static Finding missing(OperatorFacts operator, Map<OperatorRight, Boolean> rights) {
    var missing =
        rights.entrySet().stream()
            .filter(entry -> !entry.getValue())
            .map(Map.Entry::getKey)
            .filter(right -> !OperatorRight.EXCESS.contains(right))
            .map(OperatorRight::text)
            .toList();
    if (missing.isEmpty()) {
      return Finding.ok(Check.RIGHTS, operator.about(), "it may do all that it does");
    }
    return Finding.fail(
        Check.RIGHTS,
        operator.about(),
        "its service account %s may not: %s"
            .formatted(OperatorFacts.account(operator.deployment()), Names.some(missing)),
        operator.environment().namesNodes()
            ? "apply the rights of your installation again, with every node of every pool named"
                + " (deploy/overlays/named-nodes)"
            : "apply the rights of your installation again: operator-rights.yaml and"
                + " node-rights.yaml of deploy/base (docs/reference/rights.md)");
  }

  private static Finding excess(OperatorFacts operator, Map<OperatorRight, Boolean> rights) {
    var excess =
        OperatorRight.EXCESS.stream()
            .filter(right -> rights.getOrDefault(right, false))
            .map(OperatorRight::text)
            .toList();
    return excess.isEmpty()
        ? Finding.ok(
            Check.EXCESS_RIGHTS, operator.about(), "it may do none of what it has no use for")
        : Finding.warn(
            Check.EXCESS_RIGHTS,
            operator.about(),
            "its service account %s may do in the whole cluster what it has no use for: %s"
                .formatted(OperatorFacts.account(operator.deployment()), Names.some(excess)),
            "find the binding that gives it (kubectl get clusterrolebindings -o wide) and take it"
                + " away: deploy/base has all that it needs");
  }
}
