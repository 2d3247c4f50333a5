package io.virtualnodes.pod;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.docker.DockerBackend;
import io.virtualnodes.backend.simulated.Share;
import io.virtualnodes.backend.simulated.SimulatedBackend;
import io.virtualnodes.backend.simulated.SimulatedBackend.Faults;
import io.virtualnodes.backend.simulated.SimulatedCloud;
import io.virtualnodes.backend.simulated.Spread;
import io.virtualnodes.pod.Fate.By;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PodFieldsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern LAST_STEP = Pattern.compile("(\\[]|\\.?[^.\\[\\]]+)$");
  private static final String UNHEARD_OF = "unheardOf";
  // Of the driver whose volumes can be had.
  private static final List<String> ATTRIBUTES =
      List.of("shareName", "secretName", "secretNamespace", "server", "mountOptions");
  private static final List<String> RESOURCES = List.of("cpu", "memory", "ephemeral-storage");

  private static final String HEAD =
      """
      # The fields of a pod, one by one

      What becomes of each field of a pod's `spec` on a virtual node; [pods.md](../pods.md) tells how they behave. This page is
      written from the operator's own table, and a test fails where the two differ.

      A field is carried by the backend that runs the pod, or by the operator's supervisor for a backend that cannot, or it is a matter of
      the scheduler, the controllers and the API server. One that is refused keeps the pod from starting, and its reason names the
      field. So does every field that is not on this page. Where backends differ, it is because one says that it can do a thing and the
      other does not. What a simulation carries it plays as [simulation.md](../simulation.md) says. What Azure and Fargate refuse of some values
      only, and what they carry in their own ways, [azure.md](../tasks/azure.md) and [aws.md](../tasks/aws.md) tell.

      Files of `configMap`, `secret`, `downwardAPI` and `projected` volumes are kept up to date while the pod runs on Docker engines. At Azure
      and Fargate they are those of the pod's start; simulations have no files.

      | Field | Docker | Simulated | Azure | Fargate | Instead |
      |---|---|---|---|---|---|
      """;

  /**
   * The whole table, found out by asking for each field of the model in turn, is a page for users.
   * A client release that knows more fields changes it, and somebody has to think about each.
   */
  @Test
  void everyFieldOfTheModelHasItsFateOnThePage() {
    var rows = new ArrayList<String>();

    describe(MAPPER.constructType(PodSpec.class), List.of(), rows);

    assertThat(CLOUDS.stream().flatMap(cloud -> cloud.known().stream()))
        .as("fields that a cloud is asked for")
        .allSatisfy(
            known ->
                assertThat(rows)
                    .as(known)
                    .anySatisfy(row -> assertThat(row).contains("`" + known)));
    new GoldenCase(Path.of("docs", "reference"))
        .expect("pod-fields.md", HEAD + String.join("\n", rows) + "\n");
  }

  // The columns after the field, in their order: of the table's own fates, and of clouds' further
  // ones.
  private static final List<Set<Feature>> OTHERS = List.of(docker(), simulated());
  private static final List<CloudFields> CLOUDS =
      List.of(CloudFields.azure(), CloudFields.fargate());

  private static final List<Set<Feature>> BACKENDS =
      Stream.concat(OTHERS.stream(), CLOUDS.stream().map(CloudFields::features)).toList();

  private static Set<Feature> docker() {
    var settings =
        new DockerBackend.Settings(
            "burst", URI.create("unix:///nowhere"), "bridge", "pause:1", List.of());
    try (var backend = new DockerBackend(settings, Instant::now)) {
      return backend.capabilities().features();
    }
  }

  private static Set<Feature> simulated() {
    var settings =
        new SimulatedBackend.Settings(
            "burst",
            1,
            Spread.NONE,
            Optional.empty(),
            Share.NEVER,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Faults.NONE);
    var cloud = new SimulatedCloud(Optional.empty());
    try (var backend = new SimulatedBackend(settings, cloud, Instant::now, Thread::sleep)) {
      return backend.capabilities().features();
    }
  }

  @Test
  void anEmptyPodIsFine() {
    var pod = new PodBuilder().withNewMetadata().endMetadata().withNewSpec().endSpec().build();

    assertThat(PodFields.refusals(pod, Set.of())).isEmpty();
  }

  @Test
  void whatABackendCannotDoIsRefusedByItsPath() {
    var asking =
        GoldenText.pod(
            """
            spec:
              containers:
              - name: app
                env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
              ephemeralContainers: [{name: debugger, image: tools}]
            """);

    assertThat(PodFields.refusals(asking, Set.of(Feature.values()))).isEmpty();
    assertThat(PodFields.refusals(asking, Set.of()))
        .satisfiesExactlyInAnyOrder(
            address ->
                assertThat(address)
                    .startsWith("spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: only ")
                    .contains("not known before it starts"),
            added ->
                assertThat(added)
                    .isEqualTo(
                        "spec.ephemeralContainers[0]: nothing can be added to a pod that runs"));
  }

  /** One row for each field whose fate is the same whatever stands below it. */
  private static void describe(JavaType type, List<String> path, List<String> rows) {
    if (type.isCollectionLikeType()) {
      describe(type.getContentType(), with(path, "[]"), rows);
    } else if (type.isMapLikeType()) {
      if (type.getContentType().isTypeOrSubTypeOf(Quantity.class)) {
        RESOURCES.forEach(name -> describe(type.getContentType(), with(path, name), rows));
      }
      if (path.getLast().equals("volumeAttributes")) {
        ATTRIBUTES.forEach(name -> describe(type.getContentType(), with(path, name), rows));
      }
      rows.add(row(with(path, "*"), path, Stream.of(something())));
    } else if (isLeaf(type)) {
      rows.add(row(path, path, values(type)));
    } else {
      boolean dependsOnWhatIsBelow =
          BACKENDS.stream()
              .flatMap(features -> refusals(path, something(), features))
              .anyMatch(refusal -> refusal.contains("." + UNHEARD_OF + ":"));
      if (dependsOnWhatIsBelow) {
        for (var property : MAPPER.getSerializationConfig().introspect(type).findProperties()) {
          describe(property.getPrimaryType(), with(path, property.getName()), rows);
        }
      } else {
        rows.add(row(path, path, Stream.of(something())));
      }
    }
  }

  private static boolean isLeaf(JavaType type) {
    return type.getRawClass().getName().startsWith("java.lang.")
        || type.isTypeOrSubTypeOf(Quantity.class)
        || type.isTypeOrSubTypeOf(IntOrString.class);
  }

  /** Values that mean something, of a type that has no fields. */
  private static Stream<JsonNode> values(JavaType type) {
    if (type.isTypeOrSubTypeOf(Boolean.class)) {
      return Stream.of(BooleanNode.TRUE, BooleanNode.FALSE);
    }
    return type.isTypeOrSubTypeOf(Number.class)
        ? Stream.of(LongNode.valueOf(4711))
        : Stream.of(TextNode.valueOf("4711"));
  }

  private static JsonNode something() {
    return JsonNodeFactory.instance.objectNode().put(UNHEARD_OF, "1");
  }

  private static Stream<String> refusals(List<String> path, JsonNode value, Set<Feature> features) {
    return PodFields.refusals(pod(path, value), features).stream();
  }

  private static String row(List<String> name, List<String> path, Stream<JsonNode> values) {
    var given = values.toList();
    var pattern = pattern(name);
    var ofOthers = OTHERS.stream().map(features -> reasons(path, given, features)).toList();
    var ofClouds =
        CLOUDS.stream()
            .map(
                cloud ->
                    cloud
                        .refusal(pattern)
                        .map(List::of)
                        .orElseGet(() -> reasons(path, given, cloud.features())))
            .toList();
    var fates =
        Stream.concat(
            ofOthers.stream().map(why -> why.isEmpty() ? by(pattern) : parts(why, 0)),
            IntStream.range(0, CLOUDS.size())
                .mapToObj(i -> fate(CLOUDS.get(i), pattern, ofClouds.get(i))));
    var instead =
        Stream.concat(ofOthers.stream(), ofClouds.stream())
            .flatMap(List::stream)
            .distinct()
            .toList();
    return "| `%s` | %s | %s |"
        .formatted(pattern, fates.collect(joining(" | ")), parts(instead, 1));
  }

  private static List<String> reasons(
      List<String> path, List<JsonNode> values, Set<Feature> features) {
    return values.stream()
        .flatMap(value -> refusals(path, value, features))
        .map(refusal -> refusal.split(": ", 2)[1])
        .distinct()
        .toList();
  }

  private static String fate(CloudFields cloud, String pattern, List<String> why) {
    var difference = cloud.difference(pattern);
    // The driver is the one field whose reason is told of what it stands in.
    boolean carried =
        why.isEmpty() || pattern.equals("volumes[].csi.driver") && difference.isPresent();
    return carried ? difference.orElseGet(() -> by(pattern)) : parts(why, 0);
  }

  /**
   * By whom a field is carried out if it is not refused, for people.
   *
   * @param pattern such as {@code containers[].env[].name}
   */
  private static String by(String pattern) {
    var fates = FateTable.fates();
    // A fate is also that of all that stands below.
    for (var known = pattern; !known.isEmpty(); known = LAST_STEP.matcher(known).replaceFirst("")) {
      if (fates.get(known) instanceof Fate.Fine(var by)) {
        return by.word();
      }
    }
    return By.BACKEND.word();
  }

  /** Before or after the semicolon: why not, and what to do instead. */
  private static String parts(List<String> reasons, int part) {
    return reasons.stream()
        .map(reason -> reason.split("; ", 2))
        .filter(parts -> parts.length > part)
        .map(parts -> parts[part])
        .collect(joining("; "));
  }

  /** A pod with nothing in its spec but this value. */
  private static Pod pod(List<String> path, JsonNode value) {
    var node = value;
    for (var step : path.reversed()) {
      var nodes = JsonNodeFactory.instance;
      node = step.equals("[]") ? nodes.arrayNode().add(node) : nodes.objectNode().set(step, node);
    }
    // Of the driver's volumes alone there are fields to be told of.
    if (node.at("/volumes/0/csi") instanceof ObjectNode csi && !csi.has("driver")) {
      csi.put("driver", AzureShares.DRIVER);
    }
    try {
      return new PodBuilder().withSpec(MAPPER.treeToValue(node, PodSpec.class)).build();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(pattern(path), e);
    }
  }

  private static List<String> with(List<String> path, String step) {
    return Stream.concat(path.stream(), Stream.of(step)).toList();
  }

  private static String pattern(List<String> path) {
    return String.join(".", path).replace(".[]", "[]");
  }
}
