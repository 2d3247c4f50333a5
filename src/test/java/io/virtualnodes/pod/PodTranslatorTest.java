package io.virtualnodes.pod;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.ContainerGroup.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PodTranslatorTest {
  private static final NodeFacts NODE =
      new NodeFacts("burst", "burst-0", "10.0.0.9", "local", Optional.empty());

  static Stream<GoldenCase> pods() {
    return GoldenCase.all("pods");
  }

  /** A pod has either a group or refusals, and the folder holds the one that it has. */
  @ParameterizedTest
  @MethodSource("pods")
  void aPodBecomesAGroupOrEveryReasonWhyNot(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));

    var refusals = PodTranslator.refusals(pod);

    if (refusals.isEmpty()) {
      assertThat(given.has("refusals.txt")).as("nothing is refused").isFalse();
      var group = PodTranslator.translate(pod, inputs(pod), NODE);
      given.expect("group.yaml", GoldenText.of(group));
    } else {
      assertThat(given.has("group.yaml")).as("refused: %s", refusals).isFalse();
      given.expect("refusals.txt", String.join("\n", refusals) + "\n");
    }
  }

  @Test
  void aConfigMapThatIsNotThereLeavesAnEmptyVolume() {
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
                volumeMounts: [{name: ca, mountPath: /ca}]
              volumes:
              - name: ca
                projected: {sources: [{configMap: {name: kube-root-ca.crt, optional: true}}]}
            """);

    var group = PodTranslator.translate(pod, PodInputs.NONE, NODE);

    assertThat(group.volumes()).containsExactly(new Volume.Files("ca", List.of()));
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

    var group = PodTranslator.translate(pod, PodInputs.NONE, NODE);

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
                env: [{name: PASSWORD, value: swordfish}]
                volumeMounts: [{name: token, mountPath: /token}]
              volumes:
              - {name: token, projected: {sources: [{serviceAccountToken: {path: token}}]}}
            """);
    var inputs = inputs(pod);

    var group = PodTranslator.translate(pod, inputs, NODE);

    assertThat(group.toString() + inputs).doesNotContain("swordfish", "token for");
  }

  /** Each token tells whom it is for, each file of a ConfigMap what it is called. */
  private static PodInputs inputs(Pod pod) {
    return new PodInputs(
        PodInputs.tokensOf(pod).stream()
            .map(PodInputs.Audience::of)
            .distinct()
            .collect(
                toMap(
                    identity(),
                    audience -> "token for " + audience.name().orElse("the API server"))),
        PodInputs.configMapsOf(pod).stream()
            .map(projection -> projection.getName())
            .distinct()
            .collect(
                toMap(
                    identity(),
                    name -> Map.of("ca.crt", "authority of " + name, "a.crt", "a of " + name))));
  }
}
