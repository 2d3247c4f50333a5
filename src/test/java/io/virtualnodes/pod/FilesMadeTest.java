package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.virtualnodes.pod.FilesMade.Sources;
import io.virtualnodes.pod.ObjectVersions.Kind;
import io.virtualnodes.pod.ObjectVersions.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FilesMadeTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  private static final Subject SETTINGS = new Subject(Kind.CONFIG_MAP, "shop", "settings");

  private static Pod pod(String tier, String note) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("web")
        .addToLabels("tier", tier)
        .addToAnnotations("note", note)
        .endMetadata()
        .build();
  }

  private static Sources sources(Pod pod, boolean ofItself, String version) {
    return Sources.of(pod, ofItself, Map.of(SETTINGS, Optional.ofNullable(version)));
  }

  private static boolean outdated(Sources before, Sources after) {
    return new FilesMade(before, Optional.empty()).outdated(after, NOON);
  }

  @Test
  void anotherVersionOfAnObjectOrNoneIsAReasonToLook() {
    var pod = pod("front", "a");

    assertThat(outdated(sources(pod, false, "1"), sources(pod, false, "1"))).isFalse();
    assertThat(outdated(sources(pod, false, "1"), sources(pod, false, "2"))).isTrue();
    assertThat(outdated(sources(pod, false, "1"), sources(pod, false, null))).isTrue();
    assertThat(outdated(sources(pod, false, null), sources(pod, false, "1"))).isTrue();
  }

  @Test
  void thePodItselfIsAReasonOnlyIfItsFilesSpeakOfIt() {
    var before = pod("front", "a");

    assertThat(outdated(sources(before, true, "1"), sources(pod("back", "a"), true, "1"))).isTrue();
    assertThat(outdated(sources(before, true, "1"), sources(pod("front", "b"), true, "1")))
        .isTrue();
    assertThat(outdated(sources(before, false, "1"), sources(pod("back", "b"), false, "1")))
        .isFalse();
  }

  @Test
  void aTokenIsDueAtItsTimeAndNotBefore() {
    var sources = sources(pod("front", "a"), false, "1");
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
