package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodStartTest {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

  @Test
  void aStartBeginsWithTheSchedulersDecision() {
    var pod =
        GoldenText.pod(
            """
            metadata: { creationTimestamp: "2026-11-26T11:00:00Z" }
            status:
              conditions:
              - { type: Initialized, status: "True", lastTransitionTime: "2026-11-26T12:01:00Z" }
              - { type: PodScheduled, status: "True", lastTransitionTime: "2026-11-26T12:00:00Z" }
            """);

    assertThat(PodStart.scheduled(pod)).isEqualTo(NOON);
  }

  @Test
  void aPodThatNamedItsNodeBeginsWhenItIsMade() {
    var pod =
        GoldenText.pod(
            """
            metadata: { creationTimestamp: "2026-11-26T12:00:00Z" }
            status: { phase: Pending }
            """);

    assertThat(PodStart.scheduled(pod)).isEqualTo(NOON);
  }

  @ParameterizedTest
  @CsvSource({
    "Pending, Running, true",
    // It ended before anybody looked.
    "Pending, Succeeded, true",
    "Running, Succeeded, false",
    "Running, Running, false",
    "Pending, Pending, false",
    // It may never have run.
    "Pending, Failed, false",
  })
  void aStartIsOverWithTheFirstReportOfARun(String before, String reported, boolean over) {
    assertThat(PodStart.isOver(pod(before), PodMemory.seenAt(NOON), report(reported)))
        .isEqualTo(over);
  }

  @Test
  void aStartIsOverOnceThoughThePodThatIsSeenIsOld() {
    var memory = PodMemory.seenAt(NOON).reported(report("Running"), "7");

    assertThat(PodStart.isOver(pod("Pending"), memory, report("Running"))).isFalse();
  }

  @Test
  void aClockThatIsBehindMakesNoNegativeTime() {
    assertThat(PodStart.between(NOON, NOON.minusSeconds(1))).isEqualTo(Duration.ZERO);
    assertThat(PodStart.between(NOON, NOON.plusSeconds(2))).isEqualTo(Duration.ofSeconds(2));
  }

  private static Pod pod(String phase) {
    return new PodBuilder().withNewStatus().withPhase(phase).endStatus().build();
  }

  private static PodStatusReport report(String phase) {
    return new PodStatusReport(new PodStatusBuilder().withPhase(phase).build(), Map.of());
  }
}
