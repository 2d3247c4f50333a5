package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.virtualnodes.backend.OwnAddress;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a pod may ask of itself, spelled as the kubelet spells it. {@link PodFields} lets only those
 * fields through that are known here.
 */
final class DownwardApi {
  private static final Pattern SUBSCRIPTED =
      Pattern.compile("metadata\\.(labels|annotations)\\['(.*)'\\]", Pattern.DOTALL);

  private DownwardApi() {}

  static String field(String path, Pod pod, NodeFacts node) {
    var metadata = pod.getMetadata();
    Matcher subscripted = SUBSCRIPTED.matcher(path);
    if (subscripted.matches()) {
      var values =
          subscripted.group(1).equals("labels") ? metadata.getLabels() : metadata.getAnnotations();
      return orNone(values).getOrDefault(subscripted.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> metadata.getName();
      case "metadata.namespace" -> metadata.getNamespace();
      case "metadata.uid" -> metadata.getUid();
      case "metadata.labels" -> lines(orNone(metadata.getLabels()));
      case "metadata.annotations" -> lines(orNone(metadata.getAnnotations()));
      case "spec.nodeName" -> node.node();
      case "spec.serviceAccountName" ->
          Optional.ofNullable(pod.getSpec().getServiceAccountName()).orElse("");
      case "status.hostIP", "status.hostIPs" -> node.address();
      case "status.podIP" -> OwnAddress.FIRST;
      case "status.podIPs" -> OwnAddress.ALL;
      default -> throw new IllegalArgumentException("fieldPath: " + path);
    };
  }

  /**
   * An amount of compute of a container, in whole divisors, rounded up.
   *
   * @param selector which amount; it does not say of which container
   * @param allocatable what a container without a limit may use
   */
  static String resource(
      ResourceFieldSelector selector, Container container, Map<String, Quantity> allocatable) {
    var resources = Optional.ofNullable(container.getResources());
    var amount =
        switch (selector.getResource()) {
          case "limits.cpu" -> limit(resources, "cpu", allocatable);
          case "limits.memory" -> limit(resources, "memory", allocatable);
          case "requests.cpu" -> amount(resources, ResourceRequirements::getRequests, "cpu");
          case "requests.memory" -> amount(resources, ResourceRequirements::getRequests, "memory");
          default -> throw new IllegalArgumentException("resource: " + selector.getResource());
        };
    var divisor =
        Optional.ofNullable(selector.getDivisor())
            .map(Quantity::getNumericalAmount)
            .filter(number -> number.signum() != 0)
            .orElse(BigDecimal.ONE);
    return amount.divide(divisor, 0, RoundingMode.CEILING).toPlainString();
  }

  private static BigDecimal limit(
      Optional<ResourceRequirements> resources, String name, Map<String, Quantity> allocatable) {
    var limit = amount(resources, ResourceRequirements::getLimits, name);
    return limit.signum() == 0 && allocatable.containsKey(name)
        ? allocatable.get(name).getNumericalAmount()
        : limit;
  }

  private static BigDecimal amount(
      Optional<ResourceRequirements> resources,
      Function<ResourceRequirements, Map<String, Quantity>> part,
      String name) {
    return resources
        .map(part)
        .map(amounts -> amounts.get(name))
        .map(Quantity::getNumericalAmount)
        .orElse(BigDecimal.ZERO);
  }

  private static Map<String, String> orNone(Map<String, String> values) {
    return values == null ? Map.of() : values;
  }

  /** A line {@code key="value"} for each, by key, quoted as in Go. */
  private static String lines(Map<String, String> values) {
    return new TreeMap<>(values)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + quoted(entry.getValue()))
            .collect(Collectors.joining("\n"));
  }

  private static String quoted(String text) {
    return text.codePoints()
        .mapToObj(DownwardApi::escaped)
        .collect(Collectors.joining("", "\"", "\""));
  }

  /** As {@code strconv.Quote} does. */
  private static String escaped(int character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case 0x07 -> "\\a";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case 0x0b -> "\\v";
      default -> {
        if (character < ' ' || character == 0x7f) {
          yield "\\x%02x".formatted(character);
        }
        if (printable(character)) {
          yield Character.toString(character);
        }
        yield (character < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(character);
      }
    };
  }

  private static boolean printable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> character == ' ';
      default -> true;
    };
  }
}
