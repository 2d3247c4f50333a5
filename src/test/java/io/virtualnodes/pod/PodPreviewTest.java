package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A preview says what the launch would, though nothing that the pod refers to is read. */
class PodPreviewTest {
  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  static Stream<GoldenCase> launched() {
    return GoldenCase.all("pods").filter(given -> given.has("group.yaml"));
  }

  static Stream<GoldenCase> refused() {
    return Stream.of("pods", "refused")
        .flatMap(GoldenCase::all)
        .filter(given -> given.has("refusals.txt"))
        // Their volumes are what is refused, and those are not read.
        .filter(given -> !given.toString().matches("(claim|file-share).*"));
  }

  @ParameterizedTest
  @MethodSource("launched")
  void aPodThatIsLaunchedIsTranslated(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));

    var preview = PodPreview.of(pod, node(given));

    assertThat(preview).isInstanceOf(PodPreview.Translated.class);
    var group = ((PodPreview.Translated) preview).group();
    assertThat(group.containers())
        .extracting(ContainerSpec::name)
        .containsExactlyElementsOf(
            PodContainers.all(pod).map(container -> container.getName()).toList());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void aPodThatIsRefusedIsRefusedInTheSameWords(GoldenCase given) {
    var pod = GoldenText.pod(given.read("pod.yaml"));

    var preview = PodPreview.of(pod, node(given));

    assertThat(preview).isInstanceOf(PodPreview.Refused.class);
    assertThat(((PodPreview.Refused) preview).reasons())
        .containsExactlyElementsOf(given.read("refusals.txt").lines().toList());
  }

  @Test
  void whatHasToBeThereIsNamed() {
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
                envFrom: [{configMapRef: {name: settings}}]
                env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: door, key: word}}}]
                volumeMounts: [{name: data, mountPath: /data}]
              volumes:
              - {name: data, persistentVolumeClaim: {claimName: disk}}
            """);

    var preview = (PodPreview.Translated) PodPreview.of(pod, NODE);

    assertThat(preview.assumed())
        .containsExactly(
            "ConfigMap settings",
            "Secret door",
            "PersistentVolumeClaim disk, bound to a volume that the pool mounts");
    assertThat(preview.group().containers().getFirst().environment()).containsKey("PASSWORD");
  }

  @Test
  void aPodThatRefersToAContainerThatItHasNotWaits() {
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
                env:
                - {name: CPU, valueFrom: {resourceFieldRef: {containerName: other, resource: limits.cpu}}}
            """);

    assertThat(PodPreview.of(pod, NODE))
        .isEqualTo(new PodPreview.Waits("container other not found"));
  }

  @Test
  void onlyAPodThatIsNotReplacedAtOnceFails() {
    var bare = GoldenText.pod("metadata: {name: web}\nspec: {containers: []}\n");
    var replaced =
        GoldenText.pod(
            """
            metadata: {name: web, ownerReferences: [{kind: ReplicaSet, name: web, controller: true}]}
            spec: {containers: []}
            """);

    assertThat(List.of(PodPreview.failsIfRefused(bare), PodPreview.failsIfRefused(replaced)))
        .containsExactly(true, false);
  }

  private static NodeFacts node(GoldenCase given) {
    return given.has("network.yaml")
        ? NODE.with(GoldenText.network(given.read("network.yaml")))
        : NODE;
  }
}
