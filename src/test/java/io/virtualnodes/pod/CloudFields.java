package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.aci.AciBackend;
import io.virtualnodes.backend.aci.AciIdentities;
import io.virtualnodes.backend.aci.AciPlace;
import io.virtualnodes.backend.aci.AciRegions;
import io.virtualnodes.backend.fargate.FargateBackend;
import io.virtualnodes.backend.fargate.FargatePlace;
import io.virtualnodes.backend.fargate.FargateRegions;
import io.virtualnodes.pod.PodReferences.TokenTerms;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of a pod's fields at one cloud, beyond what is said by the table of all backends:
 * found out by asking for a pod with the field, and of what is carried in another way, as it is
 * written down.
 */
final class CloudFields {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private final String name;
  private final Set<Feature> features;
  private final Map<String, String> refused = new LinkedHashMap<>();
  private final Map<String, String> different;

  private CloudFields(String name, Backend cloud) {
    this.name = name;
    var fields = GoldenCase.only(name + "-fields");
    try (cloud) {
      features = cloud.capabilities().features();
      for (var entry : YAML.readTree(fields.read("refused.yaml"))) {
        ask(cloud, entry);
      }
      different = YAML.readValue(fields.read("different.yaml"), new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** In a subnet, and nowhere: what is not refused would be asked of nobody. */
  static CloudFields azure() {
    var place =
        new AciPlace(
            "burst",
            "uid",
            URI.create("http://127.0.0.1:1"),
            "s",
            "groups",
            "eastus",
            List.of("subnet"),
            List.of(),
            AciPlace.Priority.REGULAR,
            new AciPlace.Sku.Standard(),
            new Resources(500, 500_000_000),
            Map.of(),
            AciIdentities.NONE,
            Optional.empty());
    return new CloudFields(
        "azure", new AciBackend(place, new AciRegions(Instant::now), Instant::now));
  }

  /** Likewise. */
  static CloudFields fargate() {
    var place =
        new FargatePlace(
            "burst",
            "uid",
            Optional.of(URI.create("http://127.0.0.1:1")),
            "us-east-1",
            "burst",
            List.of("subnet-0a1b2c3d"),
            List.of(),
            false,
            new FargatePlace.CapacityOrder.Fixed(FargatePlace.Capacity.ON_DEMAND),
            FargatePlace.Architecture.AMD64,
            "arn:aws:iam::123456789012:role/execution",
            List.of(),
            "/virtual-nodes/pods",
            "helper:1",
            new Resources(250, 500_000_000),
            List.of(),
            Map.of(),
            Optional.empty());
    return new CloudFields(
        "fargate", new FargateBackend(place, new FargateRegions(), Instant::now, Thread::sleep));
  }

  Set<Feature> features() {
    return features;
  }

  /** Why a field is refused that the table of all backends does not refuse. */
  Optional<String> refusal(String pattern) {
    return ofPatternOrAbove(refused, pattern);
  }

  /** How a field is carried, if not as elsewhere. */
  Optional<String> difference(String pattern) {
    return ofPatternOrAbove(different, pattern);
  }

  /** Every field that is written down, each of which must be one of a pod. */
  List<String> known() {
    var known = new ArrayList<>(refused.keySet());
    known.addAll(different.keySet());
    return known;
  }

  private static Optional<String> ofPatternOrAbove(Map<String, String> texts, String pattern) {
    return texts.keySet().stream()
        .filter(
            known ->
                pattern.equals(known)
                    || pattern.startsWith(known + ".")
                    || pattern.startsWith(known + "["))
        .map(texts::get)
        .findFirst();
  }

  private void ask(Backend cloud, JsonNode entry) {
    if (entry.has("spec")) {
      ask(cloud, "", entry, spec(JsonNodeFactory.instance.objectNode(), Optional.empty(), entry));
    }
    for (var part : List.of("main", "container")) {
      if (entry.has(part)) {
        ask(cloud, "containers[].", entry, spec(entry.get(part), Optional.empty(), entry));
      }
    }
    for (var part : List.of("init", "container")) {
      if (entry.has(part)) {
        var main = JsonNodeFactory.instance.objectNode();
        ask(cloud, "initContainers[].", entry, spec(main, Optional.of(entry.get(part)), entry));
      }
    }
  }

  private void ask(Backend cloud, String prefix, JsonNode entry, JsonNode spec) {
    var pod =
        GoldenText.pod(
            JsonNodeFactory.instance
                .objectNode()
                .<ObjectNode>set("spec", spec)
                .<ObjectNode>set(
                    "metadata",
                    JsonNodeFactory.instance
                        .objectNode()
                        .put("name", "app")
                        .put("namespace", "shop")
                        .put("uid", "6b9f"))
                .toString());
    var node = new NodeFacts("burst", "burst-0", "10.0.0.9", name, Optional.empty(), features);
    assertThat(PodTranslator.refusals(pod, node)).as("%s", spec).isEmpty();

    var group = PodTranslator.translate(pod, INPUTS, node);
    var refusal = catchThrowableOfType(Unsupported.class, () -> cloud.create(group));

    assertThat(refusal).as("%s takes %s", name, spec).isNotNull();
    for (var field : entry.get("fields")) {
      refused.put(prefix + field.asText(), reason(refusal.reasons(), field.asText()));
    }
  }

  /** Of several the one whose path ends as the field does. */
  private static String reason(List<String> reasons, String field) {
    var last = field.replace("[]", "").replaceAll(".*\\.", "");
    return reasons.stream()
        .filter(reason -> reason.split(": ", 2)[0].endsWith(last))
        .findFirst()
        .orElse(reasons.getFirst())
        .split(": ", 2)[1];
  }

  private static JsonNode spec(JsonNode main, Optional<JsonNode> init, JsonNode entry) {
    var spec = JsonNodeFactory.instance.objectNode();
    spec.put("restartPolicy", "Always");
    if (entry.has("spec")) {
      spec.setAll((ObjectNode) entry.get("spec").deepCopy());
    }
    spec.withArray("volumes").addObject().put("name", "scratch").putObject("emptyDir");
    spec.withArray("volumes")
        .addObject()
        .put("name", "map")
        .putObject("configMap")
        .put("name", "map");
    var container = container("main", main);
    // What no container mounts has no effect.
    if (spec.at("/volumes/0/name").asText().equals("it")) {
      container.putArray("volumeMounts").addObject().put("name", "it").put("mountPath", "/it");
    }
    spec.putArray("containers").add(container);
    init.ifPresent(first -> spec.putArray("initContainers").add(container("first", first)));
    return spec;
  }

  private static ObjectNode container(String name, JsonNode fields) {
    var container = JsonNodeFactory.instance.objectNode();
    container.put("name", name).put("image", "app:1").put("imagePullPolicy", "IfNotPresent");
    container.setAll((ObjectNode) fields);
    return container;
  }

  private static final PodInputs INPUTS =
      new PodInputs(
          Map.of(
              "map",
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withName("map")
                  .endMetadata()
                  .addToData("key", "value")
                  .build()),
          Map.of(
              "secret",
              new SecretBuilder()
                  .withNewMetadata()
                  .withName("secret")
                  .endMetadata()
                  .addToData("key", "dmFsdWU=")
                  .build()),
          Map.of(new TokenTerms(Optional.empty(), Optional.empty()), "token"),
          Map.of(),
          List.of(),
          Map.of());
}
