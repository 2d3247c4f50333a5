package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Pods that no backend can run, one for each situation in {@code src/test/resources/refused}: each
 * is told all that stands in its way in one message, and nothing of it starts.
 */
class RefusedPodsIT {
  private static final Path SITUATIONS = Path.of("src/test/resources/refused");

  @AutoClose private static VirtualPool pool;

  @BeforeAll
  static void makePool() {
    pool = VirtualPool.of(RefusedPodsIT.class);
  }

  @Test
  void eachIsToldEverythingAtOnceAndNothingStarts() {
    var expected = situations();
    var client = pool.cluster().client();
    expected.keySet().forEach(name -> client.resource(bound(pod(name))).create());

    await()
        .atMost(Duration.ofSeconds(90))
        .until(
            () ->
                pods().values().stream()
                    .allMatch(pod -> "Failed".equals(pod.getStatus().getPhase())));

    assertThat(pods()).hasSizeGreaterThanOrEqualTo(40);
    assertThat(messages()).containsExactlyInAnyOrderEntriesOf(expected);
    assertThat(pods().values())
        .extracting(pod -> pod.getStatus().getReason())
        .containsOnly("Unsupported");
    assertThat(expected.keySet())
        .allSatisfy(name -> assertThat(pool.history().starts(name)).isEmpty());
  }

  private static Map<String, Pod> pods() {
    return pool.cluster().client().pods().inNamespace(pool.namespace()).list().getItems().stream()
        .collect(Collectors.toMap(pod -> pod.getMetadata().getName(), Function.identity()));
  }

  private static Map<String, String> messages() {
    return pods().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, entry -> entry.getValue().getStatus().getMessage()));
  }

  /** The message of each situation, by its name. */
  private static Map<String, String> situations() {
    try (var folders = Files.list(SITUATIONS)) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .collect(
              Collectors.toMap(
                  Function.identity(),
                  name ->
                      "Cannot run on a virtual node: "
                          + String.join("; ", lines(SITUATIONS.resolve(name, "refusals.txt")))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pod pod(String name) {
    return Serialization.unmarshal(
        String.join("\n", lines(SITUATIONS.resolve(name, "pod.yaml"))), Pod.class);
  }

  /** On a node of the pool whatever a scheduler would say: it has none of the devices. */
  private static Pod bound(Pod pod) {
    return new PodBuilder(pod)
        .editMetadata()
        .withNamespace(pool.namespace())
        .withUid(null)
        .endMetadata()
        .editSpec()
        .withNodeName(pool.name() + "-0")
        .endSpec()
        .build();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
