package io.virtualnodes.plugin;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.api.BackendRung;
import io.virtualnodes.plugin.ClusterFacts.PoolFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Whether names are still there that stand in {@code deploy} for the user's own: no cloud has them.
 * Pure.
 */
final class Placeholders {
  /**
   * Those of deploy/overlays, deploy/helm-values and deploy/samples: an empty GUID; the account of
   * AWS's own examples; subnets and security groups that count up; a domain that RFC 2606 keeps for
   * examples.
   */
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          "00000000-0000-0000-0000-000000000000"
              + "|\\b123456789012\\b"
              + "|\\bsubnet-0(a1b2c3d4e5f67890|b1c2d3e4f5a67891)\\b"
              + "|\\bsg-0a1b2c3d4e5f67890\\b"
              + "|(?<=https://)([a-z0-9-]+\\.)*example\\.(com|net|org)\\b");

  private Placeholders() {}

  static List<Finding> of(ClusterFacts facts) {
    var findings = new ArrayList<Finding>();
    boolean clouds =
        facts.pools().stream()
            .flatMap(pool -> pool.pool().getSpec().backends().stream())
            .anyMatch(rung -> asksCloud(rung));
    facts.operators().or(List.of()).forEach(one -> findings.add(operator(one, clouds)));
    facts.pools().forEach(pool -> findings.add(pool(pool)));
    return findings;
  }

  /** A cloud of the name, and no emulation: that takes any name. */
  static boolean asksCloud(BackendRung rung) {
    return rung.aci() != null && !isEmulated(rung.aci().managementEndpoint())
        || rung.fargate() != null && !isEmulated(rung.fargate().endpoint());
  }

  /** The CRD lets none but this machine be asked in the clear. */
  private static boolean isEmulated(String endpoint) {
    return endpoint != null && endpoint.startsWith("http://");
  }

  private static Finding operator(OperatorFacts operator, boolean clouds) {
    var found = new ArrayList<String>();
    operator
        .account()
        .or(Optional.empty())
        .map(account -> account.getMetadata().getAnnotations())
        .ifPresent(all -> collect(all, "ServiceAccount metadata.annotations", found));
    operator
        .environment()
        .variables()
        .forEach(
            (name, value) ->
                value
                    .filter(Placeholders::isPlaceholder)
                    .ifPresent(text -> found.add("environment " + name + ": " + text)));
    return finding(
        operator.about(),
        found,
        clouds,
        "which identity it has: docs/tasks/azure.md, docs/tasks/aws.md");
  }

  private static void collect(Map<String, String> values, String path, List<String> found) {
    values.forEach(
        (key, value) -> {
          if (isPlaceholder(value)) {
            found.add("%s[%s]: %s".formatted(path, key, value));
          }
        });
  }

  private static Finding pool(PoolFacts pool) {
    var found = new ArrayList<String>();
    for (var rung : pool.rungs()) {
      if (asksCloud(rung.settings())) {
        collect(tree(rung.settings()), rung.path(), found);
      }
    }
    var network = pool.pool().getSpec().network();
    if (network != null) {
      collect(tree(network), "spec.network", found);
    }
    return finding(pool.about(), found, true, "what each field means: kubectl explain vnp.spec");
  }

  private static JsonNode tree(Object settings) {
    return Yaml.KUBERNETES.convertValue(settings, JsonNode.class);
  }

  private static void collect(JsonNode value, String path, List<String> found) {
    if (value.isTextual() && isPlaceholder(value.asText())) {
      found.add(path + ": " + value.asText());
    }
    for (int i = 0; value.isArray() && i < value.size(); i++) {
      collect(value.get(i), path + "[" + i + "]", found);
    }
    value
        .properties()
        .forEach(field -> collect(field.getValue(), path + "." + field.getKey(), found));
  }

  /** Whether it has one in it. */
  static boolean isPlaceholder(String value) {
    return value != null && PLACEHOLDER.matcher(value).find();
  }

  private static Finding finding(String about, List<String> found, boolean counts, String where) {
    if (found.isEmpty()) {
      return Finding.ok(Check.PLACEHOLDERS, about, "none of the examples' names is left");
    }
    var message = "these are the examples' names, not yours: " + String.join(", ", found);
    var next = "put in your own; " + where;
    return counts
        ? Finding.fail(Check.PLACEHOLDERS, about, message, next)
        : Finding.warn(Check.PLACEHOLDERS, about, message, next);
  }
}
