package io.virtualnodes.pod;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.pod.PodInputs.Claim;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PodTranslatorTest {
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  /** Those that no backend can run are tried on the API server too, by RefusedPodsIT. */
  static Stream<GoldenCase> pods() {
    return Stream.of("pods", "refused").flatMap(GoldenCase::all);
  }

  /**
   * A pod has a group, or refusals, or misses something, and the folder holds the one that it has.
   */
  @ParameterizedTest
  @MethodSource("pods")
  void aPodBecomesAGroupOrEveryReasonWhyNot(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));

    var refusals = PodTranslator.refusals(pod, node(given));

    if (!refusals.isEmpty()) {
      expect(given, "refusals.txt", String.join("\n", refusals) + "\n");
      return;
    }
    try {
      var inputs = inputs(pod, objects(given));
      var group = PodTranslator.translate(pod, inputs, node(given));
      expect(given, "group.yaml", GoldenText.of(group));
      var without = PodEnvironment.missingOptions(pod, inputs, node(given));
      if (!without.isEmpty() || given.has("without.txt")) {
        given.expect("without.txt", lines(without));
      }
    } catch (Unsupported e) {
      expect(given, "refusals.txt", String.join("\n", e.reasons()) + "\n");
    } catch (MissingInput e) {
      var consequence = PodFailure.missingInput(e, 1);
      expect(
          given,
          "missing.txt",
          "%s, told as %s: %s%n"
              .formatted(
                  consequence.reason(), consequence.event().reason(), consequence.message()));
    }
  }

  private static String lines(List<MissingOption> missing) {
    return missing.stream()
        .map(one -> "%s: %s%n".formatted(one.event().reason(), one.what()))
        .collect(Collectors.joining());
  }

  private static void expect(GoldenCase given, String file, String actual) {
    assertThat(Stream.of("group.yaml", "refusals.txt", "missing.txt"))
        .filteredOn(outcome -> !outcome.equals(file))
        .as("outcomes of %s besides %s, which says%n%s", given, file, actual)
        .noneMatch(given::has);
    given.expect(file, actual);
  }

  @Test
  void aGraceWithoutEndIsAHundredYears() {
    var pod =
        GoldenText.pod(
            """
            metadata: {name: web, namespace: shop, uid: 6b9f}
            spec:
              restartPolicy: Always
              terminationGracePeriodSeconds: 9223372036854775807
              containers: [{name: app, image: "web:1", imagePullPolicy: Always}]
            """);

    var group = PodTranslator.translate(pod, inputs(pod, List.of()), NODE);

    assertThat(group.grace()).isEqualTo(Duration.ofDays(36_500));
  }

  @Test
  void secretsStayOutOfWhatIsPrinted() {
    var pod =
        GoldenText.pod(
            """
            metadata: {name: web, namespace: shop, uid: 6b9f}
            spec:
              restartPolicy: Always
              containers:
              - name: app
                image: web:1
                imagePullPolicy: Always
                command: [login, $(PASSWORD)]
                env:
                - {name: PASSWORD, valueFrom: {secretKeyRef: {name: door, key: word}}}
                - {name: URL, value: "user:$(PASSWORD)"}
                volumeMounts:
                - {name: token, mountPath: /token}
                - {name: door, mountPath: /door}
              volumes:
              - {name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}
              - {name: door, secret: {secretName: door}}
            """);
    var inputs =
        inputs(
            pod,
            List.of(
                new SecretBuilder()
                    .withNewMetadata()
                    .withName("door")
                    .endMetadata()
                    .addToData("word", "c3dvcmRmaXNo")
                    .build()));

    var group = PodTranslator.translate(pod, inputs, NODE);

    var environment = group.containers().getFirst().environment();
    assertThat(environment.get("URL").text()).isEqualTo("user:swordfish");
    assertThat(List.of(group, inputs, environment, group.volumes()))
        .asString()
        .doesNotContain("swordfish", "c3dvcmRmaXNo", "token for");
  }

  private static NodeFacts node(GoldenCase given) {
    return given.has("network.yaml")
        ? NODE.with(GoldenText.network(given.read("network.yaml")))
        : NODE;
  }

  private static List<HasMetadata> objects(GoldenCase given) {
    return given.has("inputs.yaml")
        ? Stream.of(given.read("inputs.yaml").split("(?m)^---$"))
            .map(document -> new KubernetesSerialization().<HasMetadata>unmarshal(document))
            .toList()
        : List.of();
  }

  /** What a reader would find among these objects; each token tells whom it is for. */
  private static PodInputs inputs(Pod pod, List<HasMetadata> objects) {
    var references = PodReferences.of(pod);
    return new PodInputs(
        named(ConfigMap.class, references.configMaps().keySet(), objects),
        named(Secret.class, references.secrets().keySet(), objects),
        references.tokens().keySet().stream()
            .collect(
                toMap(
                    identity(),
                    terms ->
                        "token for "
                            + terms.audience().orElse("the API server")
                            + terms.seconds().map(seconds -> ", " + seconds + " s").orElse(""))),
        claims(
            pod,
            named(PersistentVolumeClaim.class, references.claims().keySet(), objects),
            objects),
        objects.stream().filter(Service.class::isInstance).map(Service.class::cast).toList(),
        references
            .allocatable()
            .map(use -> Map.of("cpu", new Quantity("16"), "memory", new Quantity("64Gi")))
            .orElse(Map.of()));
  }

  private static Map<String, Claim> claims(
      Pod pod, Map<String, PersistentVolumeClaim> claims, List<HasMetadata> objects) {
    return claims.entrySet().stream()
        .collect(toMap(Map.Entry::getKey, entry -> claim(pod, entry.getValue(), objects)));
  }

  private static Claim claim(Pod pod, PersistentVolumeClaim claim, List<HasMetadata> objects) {
    var volume =
        objects.stream()
            .filter(PersistentVolume.class::isInstance)
            .map(PersistentVolume.class::cast)
            .filter(one -> one.getMetadata().getName().equals(claim.getSpec().getVolumeName()))
            .findFirst();
    var key =
        volume
            .flatMap(bound -> AzureShares.secret(bound, pod.getMetadata().getNamespace()))
            .flatMap(
                name ->
                    objects.stream()
                        .filter(Secret.class::isInstance)
                        .map(Secret.class::cast)
                        .filter(
                            secret ->
                                secret.getMetadata().getName().equals(name.name())
                                    && secret.getMetadata().getNamespace().equals(name.namespace()))
                        .findFirst());
    return new Claim(claim, volume, key);
  }

  private static <T extends HasMetadata> Map<String, T> named(
      Class<T> kind, Set<String> names, List<HasMetadata> objects) {
    return objects.stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .filter(object -> names.contains(object.getMetadata().getName()))
        .collect(toMap(object -> object.getMetadata().getName(), identity()));
  }
}
