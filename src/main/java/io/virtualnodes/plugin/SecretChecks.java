package io.virtualnodes.plugin;

import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Whether the Secrets are there that operators and pools name, with the keys that they name. Values
 * are nobody's business here. Pure.
 */
final class SecretChecks {
  // OperatorConfig.Azure.logAnalyticsKeys: the setting, and what it is by itself.
  private static final String KEYS_SETTING = "VIRTUALNODES_AZURE_LOG_ANALYTICS_KEYS";
  private static final String KEYS_FOLDER = "/etc/virtual-nodes/log-analytics-keys";

  private SecretChecks() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    for (var operator : facts.operators().or(List.of())) {
      findings.addAll(operator(operator));
      facts.pools().forEach(pool -> findings.addAll(logAnalytics(operator, pool)));
    }
    return findings;
  }

  private static List<Finding> operator(OperatorFacts operator) {
    var needed =
        SecretUse.of(operator.template().getSpec()).stream()
            .filter(use -> !use.optional())
            .toList();
    var findings =
        needed.stream().flatMap(use -> finding(operator, use).stream()).distinct().toList();
    if (!findings.isEmpty()) {
      return findings;
    }
    var names = new TreeSet<String>();
    needed.forEach(use -> names.add(use.name()));
    return List.of(
        Finding.ok(
            Check.SECRETS,
            operator.about(),
            names.isEmpty()
                ? "it can do without any Secret"
                : "those that it needs are there: " + Names.some(names)));
  }

  private static Optional<Finding> finding(OperatorFacts operator, SecretUse use) {
    return switch (operator.secrets().get(use.name())) {
      case null -> Optional.empty();
      case Reading.Unreadable<Optional<Set<String>>> why ->
          Optional.of(Finding.unknown(Check.SECRETS, operator.about(), why));
      case Reading.Known<Optional<Set<String>>>(var keys) -> missing(operator, use, keys);
    };
  }

  private static Optional<Finding> missing(
      OperatorFacts operator, SecretUse use, Optional<Set<String>> keys) {
    var lacking = new TreeSet<>(use.keys());
    keys.ifPresent(lacking::removeAll);
    if (keys.isPresent() && lacking.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Finding.fail(
            Check.SECRETS,
            operator.about(),
            keys.isEmpty()
                ? use.path() + ": there is no Secret " + use.name()
                : "%s: the Secret %s has no key %s"
                    .formatted(use.path(), use.name(), String.join(", ", lacking)),
            "make it: kubectl -n %s create secret generic %s --from-literal=KEY=VALUE"
                .formatted(operator.namespace(), use.name())));
  }

  /** The workspace's key, which the operator looks for in a folder of its own pod. */
  private static List<Finding> logAnalytics(OperatorFacts operator, PoolFacts pool) {
    var findings = new ArrayList<Finding>();
    for (var rung : pool.rungs()) {
      var aci = rung.settings().aci();
      if (aci != null && aci.logAnalytics() != null) {
        var path = rung.path() + ".aci.logAnalytics.workspaceId";
        findings.add(key(operator, pool.about(), path, aci.logAnalytics().workspaceId()));
      }
    }
    return findings;
  }

  private static Finding key(
      OperatorFacts operator, String about, String path, String workspaceId) {
    var folder = operator.environment().value(KEYS_SETTING).orElse(KEYS_FOLDER);
    var secret = mounted(operator, folder);
    if (secret.isEmpty()) {
      return Finding.warn(
          Check.LOG_ANALYTICS_KEY,
          about,
          path + ": no Secret is mounted at " + folder + " of the operator's pod",
          "mount one with the workspace's key there, or let " + KEYS_SETTING + " name the folder");
    }
    return switch (operator.secrets().get(secret.get())) {
      case Reading.Known<Optional<Set<String>>>(var keys)
          when keys.orElse(Set.of()).contains(workspaceId) ->
          Finding.ok(
              Check.LOG_ANALYTICS_KEY, about, path + ": its key is in the Secret " + secret.get());
      case Reading.Unreadable<Optional<Set<String>>> why ->
          Finding.unknown(Check.LOG_ANALYTICS_KEY, about, why);
      case null, default ->
          Finding.fail(
              Check.LOG_ANALYTICS_KEY,
              about,
              "%s: the Secret %s/%s has no key of this name, so that pods wait with BackendDenied"
                  .formatted(path, operator.namespace(), secret.get()),
              "put the workspace's key into it (docs/tasks/azure.md)");
    };
  }

  /** The Secret whose keys are files of this folder. */
  private static Optional<String> mounted(OperatorFacts operator, String folder) {
    var pod = operator.template().getSpec();
    return pod.getContainers().stream()
        .flatMap(container -> OperatorFacts.mounted(pod, container, folder::equals))
        .flatMap(volume -> Stream.ofNullable(volume.getSecret()))
        .map(source -> source.getSecretName())
        .findFirst();
  }
}
