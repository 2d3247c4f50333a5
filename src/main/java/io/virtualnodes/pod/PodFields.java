package io.virtualnodes.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.Capabilities.Feature;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goes through a pod's spec by {@link FateTable}: what is not in it and would change behaviour is
 * refused by its path. A field that Kubernetes gains later is therefore refused, never ignored.
 */
final class PodFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final Map<String, Fate> FATES = FateTable.fates();

  /** Every pattern's beginnings, as far as a dot or brackets: below these there are fields. */
  private static final Set<String> INNER = inner(FATES.keySet());

  private final Set<Feature> features;
  private final List<String> refusals;

  private PodFields(Set<Feature> features, List<String> refusals) {
    this.features = features;
    this.refusals = refusals;
  }

  /**
   * Every field of the spec that cannot be carried out, each as {@code <path>: <why>}, in the order
   * of the spec; empty if the pod can run here as far as its fields go.
   *
   * @param features what the backend can do that not every one can
   */
  static List<String> refusals(Pod pod, Set<Feature> features) {
    var refusals = new ArrayList<String>();
    new PodFields(features, refusals).walk(MAPPER.valueToTree(pod.getSpec()), "", "spec");
    pod.getSpec().getVolumes().stream()
        .filter(volume -> volume.getEmptyDir() != null)
        .filter(volume -> volume.getEmptyDir().getSizeLimit() != null)
        .filter(volume -> !"Memory".equals(volume.getEmptyDir().getMedium()))
        .forEach(
            volume ->
                refusals.add(
                    "spec.volumes[%d].emptyDir.sizeLimit: can be held for medium Memory only"
                        .formatted(pod.getSpec().getVolumes().indexOf(volume))));
    PodDnsConfig.refusal(pod).ifPresent(refusals::add);
    return List.copyOf(refusals);
  }

  private void walk(JsonNode node, String pattern, String path) {
    var fate = FATES.get(pattern);
    if (fate == null) {
      descend(node, pattern, path);
    } else {
      meet(fate, node, pattern, path);
    }
  }

  private void meet(Fate fate, JsonNode node, String pattern, String path) {
    switch (fate) {
      case Fate.Fine _ -> {}
      case Fate.OnlyAs(var fine, var why) -> {
        if (!node.isNull() && !fine.test(node.asText())) {
          refusals.add(path + ": " + why);
        }
      }
      case Fate.Refused(var why) -> {
        if (!unset(node)) {
          refusals.add(path + ": " + why);
        }
      }
      case Fate.Below _ -> descend(node, pattern, path);
      case Fate.Where(var kind, var then, var otherwise) ->
          meet(kind.test(node) ? then : otherwise, node, pattern, path);
      case Fate.With(var feature, var able, var unable) ->
          meet(features.contains(feature) ? able : unable, node, pattern, path);
    }
  }

  private void descend(JsonNode node, String pattern, String path) {
    if (node.isObject() && INNER.contains(pattern.isEmpty() ? "" : pattern + ".")) {
      node.properties()
          .forEach(
              field ->
                  walk(
                      field.getValue(),
                      pattern.isEmpty() ? field.getKey() : pattern + "." + field.getKey(),
                      path + "." + field.getKey()));
    } else if (node.isArray() && INNER.contains(pattern + "[]")) {
      for (int i = 0; i < node.size(); i++) {
        walk(node.get(i), pattern + "[]", path + "[" + i + "]");
      }
    } else if (!unset(node)) {
      refusals.add(path + ": not supported");
    }
  }

  private static Set<String> inner(Set<String> patterns) {
    var inner = new HashSet<String>();
    inner.add("");
    for (var pattern : patterns) {
      for (int i = 0; i < pattern.length(); i++) {
        if (pattern.charAt(i) == '.' || pattern.charAt(i) == ']') {
          inner.add(pattern.substring(0, i + 1));
        }
      }
    }
    return Set.copyOf(inner);
  }

  private static boolean unset(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL, MISSING -> true;
      case BOOLEAN -> !node.booleanValue();
      case STRING -> node.textValue().isEmpty();
      case OBJECT, ARRAY -> node.isEmpty() || allUnset(node);
      case NUMBER, BINARY, POJO -> false;
    };
  }

  private static boolean allUnset(JsonNode node) {
    if (node.getNodeType() == JsonNodeType.ARRAY) {
      return false;
    }
    for (var child : node) {
      if (!unset(child)) {
        return false;
      }
    }
    return true;
  }
}
