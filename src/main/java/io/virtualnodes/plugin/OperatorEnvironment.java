package io.virtualnodes.plugin;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.virtualnodes.node.NodeIdentity.Impersonation;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The variables that the operator's Deployment gives it, as far as they can be seen.
 *
 * @param variables by name; empty are values that stand elsewhere, such as in a Secret
 * @param whole whether there can be no others: false if a ConfigMap or a Secret gives all that it
 *     has and is not known
 */
record OperatorEnvironment(Map<String, Optional<String>> variables, boolean whole) {
  private static final String IMPERSONATION = "VIRTUALNODES_IMPERSONATION";

  OperatorEnvironment {
    variables = Map.copyOf(variables);
  }

  /**
   * @param secrets the names of their keys, by name
   */
  static OperatorEnvironment of(PodSpec pod, Map<String, Reading<Optional<Set<String>>>> secrets) {
    var variables = new HashMap<String, Optional<String>>();
    boolean whole = true;
    for (Container container : pod.getContainers()) {
      for (EnvFromSource source : container.getEnvFrom()) {
        var keys = keys(source, secrets);
        whole &= keys.isPresent();
        var prefix = Optional.ofNullable(source.getPrefix()).orElse("");
        keys.orElse(Set.of()).forEach(key -> variables.put(prefix + key, Optional.empty()));
      }
      for (EnvVar variable : container.getEnv()) {
        variables.put(
            variable.getName(),
            variable.getValueFrom() == null
                // One without a value is an empty one.
                ? Optional.of(Optional.ofNullable(variable.getValue()).orElse(""))
                : Optional.empty());
      }
    }
    return new OperatorEnvironment(variables, whole);
  }

  private static Optional<Set<String>> keys(
      EnvFromSource source, Map<String, Reading<Optional<Set<String>>>> secrets) {
    if (source.getSecretRef() == null
        || !(secrets.get(source.getSecretRef().getName())
            instanceof Reading.Known<Optional<Set<String>>>(var keys))) {
      return Optional.empty();
    }
    return Optional.of(keys.orElse(Set.of()));
  }

  /** Whether each of them is given a value, here or elsewhere. */
  boolean has(Collection<String> names) {
    return names.stream().allMatch(this::has);
  }

  boolean has(String name) {
    return variables.containsKey(name) && !variables.get(name).filter(String::isEmpty).isPresent();
  }

  /** Its value, if it stands in the Deployment. */
  Optional<String> value(String name) {
    return variables.getOrDefault(name, Optional.empty());
  }

  /** Whether it acts as nodes that its rights name: {@code OperatorConfig.impersonation}. */
  boolean namesNodes() {
    return says(IMPERSONATION, Impersonation.NAMED.name());
  }

  /**
   * Whether a setting has this value, as the operator's configuration reads it: enums and booleans
   * in any case, with dashes for underscores.
   */
  boolean says(String name, String value) {
    return value(name)
        .map(text -> text.strip().replace('-', '_').equalsIgnoreCase(value.replace('-', '_')))
        .orElse(false);
  }
}
