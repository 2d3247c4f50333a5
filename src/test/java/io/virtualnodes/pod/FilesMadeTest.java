package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.pod.FilesMade.Sources;
import io.virtualnodes.pod.ObjectVersions.Kind;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilesMadeTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  private static final Subject SETTINGS = new Subject(Kind.CONFIG_MAP, "shop", "settings");

  private static final NodeFacts NODE =
      new NodeFacts(
          "burst", "burst-0", "10.0.0.9", "local", Optional.empty(), Set.of(Feature.values()));

  /** As the API server makes its volume of every pod, with one file more of this field. */
  private static Pod pod(String tier, String note, String field) {
    return Serialization.unmarshal(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          namespace: shop
          name: web
          labels: { tier: %s, other: %s }
          annotations: { note: %s }
        spec:
          containers:
          - name: main
            volumeMounts: [{ name: all, mountPath: /all }]
          volumes:
          - name: all
            projected:
              sources:
              - { configMap: { name: settings } }
              - downwardAPI:
                  items:
                  - { path: namespace, fieldRef: { fieldPath: metadata.namespace } }
                  - { path: field, fieldRef: { fieldPath: "%s" } }
        """
            .formatted(tier, note, note, field),
        Pod.class);
  }

  private static Sources sources(Pod pod, String version) {
    return Sources.of(
        pod, PodReferences.ofFiles(pod), NODE, Map.of(SETTINGS, Optional.ofNullable(version)));
  }

  private static boolean outdated(Sources before, Sources after) {
    return new FilesMade(before, Optional.empty()).outdated(after, NOON);
  }

  @Test
  void anotherVersionOfAnObjectOrNoneIsAReasonToLook() {
    var pod = pod("front", "a", "metadata.uid");

    assertThat(outdated(sources(pod, "1"), sources(pod, "1"))).isFalse();
    assertThat(outdated(sources(pod, "1"), sources(pod, "2"))).isTrue();
    assertThat(outdated(sources(pod, "1"), sources(pod, null))).isTrue();
    assertThat(outdated(sources(pod, null), sources(pod, "1"))).isTrue();
  }

  /** Each pod gets annotations of ours once it runs: few have them in a file. */
  @ParameterizedTest
  @CsvSource({
    "metadata.name,               false, false",
    "metadata.labels['tier'],     true,  false",
    "metadata.labels,             true,  true",
    "metadata.annotations,        false, true",
    "metadata.annotations['note'],false, true",
    "metadata.annotations['none'],false, false"
  })
  void thePodItselfIsAReasonOnlyWhereItsFilesSpeakOfIt(
      String field, boolean ofTier, boolean ofNote) {
    var before = sources(pod("front", "a", field), "1");

    assertThat(outdated(before, sources(pod("back", "a", field), "1"))).isEqualTo(ofTier);
    assertThat(outdated(before, sources(pod("front", "b", field), "1"))).isEqualTo(ofNote);
  }

  @Test
  void aTokenIsDueAtItsTimeAndNotBefore() {
    var sources = sources(pod("front", "a", "metadata.name"), "1");
    var made = new FilesMade(sources, Optional.of(NOON));

    assertThat(made.outdated(sources, NOON.minusMillis(1))).isFalse();
    assertThat(made.outdated(sources, NOON)).isTrue();
  }

  @Test
  void podsOfANewOperatorAreLookedAtOneAfterTheOtherWithinAPeriod() {
    var looks =
        IntStream.range(0, 1000)
            .mapToObj(n -> FilesMade.firstLook(java.util.UUID.randomUUID().toString(), NOON))
            .toList();

    assertThat(looks)
        .allSatisfy(look -> assertThat(look).isBetween(NOON, NOON.plus(ObjectVersions.PERIOD)));
    for (int second = 0; second < 60; second++) {
      var from = NOON.plusSeconds(second);
      assertThat(looks.stream().filter(look -> !look.isBefore(from)))
          .as("looks from second %d on", second)
          .hasSizeBetween((60 - second) * 1000 / 60 - 120, (60 - second) * 1000 / 60 + 120);
    }
    assertThat(FilesMade.firstLook("one", NOON.plus(Duration.ofHours(1))))
        .isEqualTo(FilesMade.firstLook("one", NOON).plus(Duration.ofHours(1)));
  }
}
