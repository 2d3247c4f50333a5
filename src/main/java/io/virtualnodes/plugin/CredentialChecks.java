package io.virtualnodes.plugin;

import io.virtualnodes.api.BackendRung;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.util.ArrayList;
import java.util.List;

/**
 * As whom an operator would ask the clouds of its pools, as far as a cluster shows it. Whether the
 * cloud lets it in, the pool's conditions tell. Pure.
 */
final class CredentialChecks {
  private CredentialChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    for (var pool : facts.pools()) {
      for (var rung : pool.rungs()) {
        findings.addAll(rung(facts, pool, rung.settings(), rung.path() + ": "));
      }
    }
    return findings;
  }

  private static List<Finding> rung(
      ClusterFacts facts, PoolFacts pool, BackendRung rung, String path) {
    if (!Placeholders.asksCloud(rung)) {
      return List.of();
    }
    return switch (facts.operators()) {
      case Reading.Unreadable<List<OperatorFacts>> why ->
          List.of(Finding.unknown(Check.CREDENTIALS, pool.about(), why));
      case Reading.Known<List<OperatorFacts>>(var operators) when operators.isEmpty() ->
          List.of(
              pool.answers(rung)
                  ? Finding.ok(Check.CREDENTIALS, pool.about(), path + "the backend answers")
                  : Finding.warn(
                      Check.CREDENTIALS,
                      pool.about(),
                      path + "the operator is not in this cluster, nor can its identity be seen",
                      "look at the environment that it runs in: docs/tasks"));
      case Reading.Known<List<OperatorFacts>>(var operators) ->
          operators.stream()
              .map(
                  operator ->
                      finding(
                          pool,
                          rung,
                          path,
                          rung.aci() != null
                              ? AzureIdentity.of(operator)
                              : AwsIdentity.of(operator)))
              .toList();
    };
  }

  /** A backend that answers proves an identity that cannot be seen, and no other. */
  private static Finding finding(
      PoolFacts pool, BackendRung rung, String path, CloudIdentity identity) {
    return switch (identity) {
      case CloudIdentity.Seen(var text) -> Finding.ok(Check.CREDENTIALS, pool.about(), path + text);
      case CloudIdentity.Broken(var text, var next) ->
          Finding.fail(Check.CREDENTIALS, pool.about(), path + text, next);
      case CloudIdentity.Unseen _ when pool.answers(rung) ->
          Finding.ok(
              Check.CREDENTIALS,
              pool.about(),
              path + "the backend answers, by an identity that cannot be seen from here");
      case CloudIdentity.Unseen(var text, var next) ->
          Finding.warn(Check.CREDENTIALS, pool.about(), path + text, next);
    };
  }
}
