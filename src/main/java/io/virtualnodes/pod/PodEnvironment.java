package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapKeySelector;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Plain;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Secret;
import io.virtualnodes.pod.MissingInput.Use;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The environment of one container: the Services, then what {@code envFrom} brings, then the
 * variables in their order. The later one of a name wins, and a value may refer to what came before
 * it.
 */
final class PodEnvironment {
  private static final Use USE = new Use.OfEnvironment();

  private final Pod pod;
  private final Container container;
  private final PodInputs inputs;
  private final NodeFacts node;
  private final Map<String, EnvironmentValue> variables = new LinkedHashMap<>();
  private final List<MissingOption> missing = new ArrayList<>();

  private PodEnvironment(Pod pod, Container container, PodInputs inputs, NodeFacts node) {
    this.pod = pod;
    this.container = container;
    this.inputs = inputs;
    this.node = node;
  }

  /**
   * @throws MissingInput if something is not there that is not optional
   */
  static Map<String, EnvironmentValue> of(
      Pod pod, Container container, PodInputs inputs, NodeFacts node) {
    var environment = new PodEnvironment(pod, container, inputs, node);
    ServiceVariables.of(node.network().told(inputs.services()))
        .forEach((name, value) -> environment.variables.put(name, new Plain(value)));
    return environment.withOwn().variables;
  }

  /**
   * What the variables of all containers could come from and is not there, each once.
   *
   * @throws MissingInput if something is not there that is not optional
   */
  static List<MissingOption> missingOptions(Pod pod, PodInputs inputs, NodeFacts node) {
    return PodContainers.all(pod)
        // Without the Services, which are never missing.
        .map(container -> new PodEnvironment(pod, container, inputs, node).withOwn())
        .flatMap(environment -> environment.missing.stream())
        .distinct()
        .toList();
  }

  /** The same with what the container itself says. */
  private PodEnvironment withOwn() {
    container.getEnvFrom().forEach(this::addAll);
    container.getEnv().forEach(this::add);
    return this;
  }

  /** Any key becomes a variable: no kubelet skips a name any more. */
  private void addAll(EnvFromSource source) {
    var prefix = Optional.ofNullable(source.getPrefix()).orElse("");
    if (source.getConfigMapRef() != null) {
      var reference = source.getConfigMapRef();
      configMap(reference.getName(), reference.getOptional())
          .map(PodEnvironment::data)
          .ifPresent(
              data ->
                  new TreeMap<>(data)
                      .forEach((key, value) -> variables.put(prefix + key, new Plain(value))));
    }
    if (source.getSecretRef() != null) {
      var reference = source.getSecretRef();
      secret(reference.getName(), reference.getOptional())
          .map(PodEnvironment::data)
          .ifPresent(
              data ->
                  new TreeMap<>(data)
                      .forEach((key, value) -> variables.put(prefix + key, decoded(value))));
    }
  }

  private void add(EnvVar variable) {
    var text = Optional.ofNullable(variable.getValue()).orElse("");
    if (!text.isEmpty() || variable.getValueFrom() == null) {
      variables.put(variable.getName(), VariableExpansion.expand(text, variables));
    } else {
      value(variable.getValueFrom()).ifPresent(value -> variables.put(variable.getName(), value));
    }
  }

  /** Empty if it is optional and not there: what the name stood for before then stays. */
  private Optional<EnvironmentValue> value(EnvVarSource source) {
    if (source.getConfigMapKeyRef() != null) {
      return value(source.getConfigMapKeyRef());
    }
    if (source.getSecretKeyRef() != null) {
      return value(source.getSecretKeyRef());
    }
    if (source.getFieldRef() != null) {
      return Optional.of(
          new Plain(DownwardApi.field(source.getFieldRef().getFieldPath(), pod, node)));
    }
    var selector = source.getResourceFieldRef();
    return Optional.of(
        new Plain(DownwardApi.resource(selector, containerOf(selector), inputs.allocatable())));
  }

  private Container containerOf(ResourceFieldSelector selector) {
    var name = Optional.ofNullable(selector.getContainerName()).filter(text -> !text.isEmpty());
    return name.isEmpty() ? container : PodReferences.container(pod, name.get(), USE);
  }

  private Optional<EnvironmentValue> value(ConfigMapKeySelector selector) {
    var name = selector.getName();
    var configMap = configMap(name, selector.getOptional());
    var value = configMap.map(PodEnvironment::data).map(data -> data.get(selector.getKey()));
    if (configMap.isPresent() && value.isEmpty()) {
      missing(
          selector.getOptional(),
          PodEventReason.MANDATORY_CONFIG_MAP_KEY_MISSING,
          PodEventReason.OPTIONAL_CONFIG_MAP_KEY_MISSING,
          keyMissing(selector.getKey(), "ConfigMap", name));
    }
    return value.map(Plain::new);
  }

  private Optional<EnvironmentValue> value(SecretKeySelector selector) {
    var name = selector.getName();
    var secret = secret(name, selector.getOptional());
    var value = secret.map(PodEnvironment::data).map(data -> data.get(selector.getKey()));
    if (secret.isPresent() && value.isEmpty()) {
      missing(
          selector.getOptional(),
          PodEventReason.MANDATORY_SECRET_KEY_MISSING,
          PodEventReason.OPTIONAL_SECRET_KEY_MISSING,
          keyMissing(selector.getKey(), "Secret", name));
    }
    return value.map(PodEnvironment::decoded);
  }

  private Optional<ConfigMap> configMap(String name, Boolean optional) {
    var found = Optional.ofNullable(inputs.configMaps().get(name));
    if (found.isEmpty()) {
      missing(
          optional,
          PodEventReason.MANDATORY_CONFIG_MAP_MISSING,
          PodEventReason.OPTIONAL_CONFIG_MAP_MISSING,
          "configmap \"" + name + "\" not found");
    }
    return found;
  }

  private Optional<io.fabric8.kubernetes.api.model.Secret> secret(String name, Boolean optional) {
    var found = Optional.ofNullable(inputs.secrets().get(name));
    if (found.isEmpty()) {
      missing(
          optional,
          PodEventReason.MANDATORY_SECRET_MISSING,
          PodEventReason.OPTIONAL_SECRET_MISSING,
          "secret \"" + name + "\" not found");
    }
    return found;
  }

  private String keyMissing(String key, String kind, String name) {
    return "couldn't find key %s in %s %s/%s"
        .formatted(key, kind, pod.getMetadata().getNamespace(), name);
  }

  private void missing(
      Boolean optional, PodEventReason mandatory, PodEventReason optionally, String what) {
    if (!Boolean.TRUE.equals(optional)) {
      throw new MissingInput(what, mandatory);
    }
    missing.add(new MissingOption(optionally, what));
  }

  private static Map<String, String> data(ConfigMap configMap) {
    return Optional.ofNullable(configMap.getData()).orElse(Map.of());
  }

  private static Map<String, String> data(io.fabric8.kubernetes.api.model.Secret secret) {
    return Optional.ofNullable(secret.getData()).orElse(Map.of());
  }

  private static EnvironmentValue decoded(String base64) {
    return new Secret(new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8));
  }
}
