package io.virtualnodes.kubelet;

import static io.virtualnodes.kubelet.Usages.STARTED;
import static io.virtualnodes.kubelet.Usages.group;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerUsage;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodeCounterTest {
  private static final Instant T1 = STARTED.plusSeconds(100);
  private static final Instant T2 = STARTED.plusSeconds(110);
  private static final Instant T3 = STARTED.plusSeconds(120);
  private static final long SECOND = 1_000_000_000L;

  @Test
  void atFirstItIsTheSumOfWhatIsThere() {
    var counter = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND), used(2, T1, 7 * SECOND));

    assertThat(counter.cpuNanos()).isEqualTo(12 * SECOND);
    assertThat(counter.at()).isEqualTo(T1);
    assertThat(counter.nanoCores()).as("it takes two readings").isEmpty();
  }

  @Test
  void whatIsUsedIsAddedAndTheRateIsItsShareOfTheTime() {
    var before = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND), used(2, T1, 7 * SECOND));

    var counter = next(before, T2, used(1, T2, 10 * SECOND), used(2, T2, 7 * SECOND));

    assertThat(counter.cpuNanos()).isEqualTo(17 * SECOND);
    assertThat(counter.nanoCores()).hasValue(SECOND / 2);
    assertThat(counter.nanoCores(used(1, T2, 0))).hasValue(SECOND / 2);
    assertThat(counter.nanoCores(used(2, T2, 0))).hasValue(0);
  }

  @Test
  void itDoesNotShrinkWhenAPodGoes() {
    var before = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND), used(2, T1, 7 * SECOND));

    var counter = before.next(T2, List.of(used(1, T2, 6 * SECOND)), Set.of(group(1)));

    assertThat(counter.cpuNanos()).isEqualTo(13 * SECOND);
    assertThat(counter.seen()).containsOnlyKeys(new NodeCounter.Key(group(1), "app"));
  }

  @Test
  void allThatANewContainerUsedIsAdded() {
    var before = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND));

    var counter =
        next(before, T2, used(1, T2, 5 * SECOND), started(2, T1.plusSeconds(5), T2, 3 * SECOND));

    assertThat(counter.cpuNanos()).isEqualTo(8 * SECOND);
  }

  @Test
  void aContainerThatTheReadingBeforeLackedDoesNotCountTwice() {
    var first = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND), used(2, T1, 7 * SECOND));
    var without = next(first, T2, used(1, T2, 6 * SECOND));

    var counter = next(without, T3, used(1, T3, 7 * SECOND), used(2, T3, 9 * SECOND));

    assertThat(without.cpuNanos()).isEqualTo(13 * SECOND);
    assertThat(counter.cpuNanos()).isEqualTo(16 * SECOND);
  }

  @Test
  void whatAContainerUsedBeforeItWasEverSeenDoesNotCountAsUsedJustNow() {
    var before = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND));

    var counter = next(before, T2, used(1, T2, 5 * SECOND), used(2, T2, 7000 * SECOND));

    assertThat(counter.cpuNanos()).isEqualTo(5 * SECOND);
  }

  @Test
  void aRestartedContainerCountsFromItsStart() {
    var before = next(NodeCounter.START, T1, used(1, T1, 50 * SECOND));

    var counter = next(before, T2, started(1, T1.plusSeconds(2), T2, 2 * SECOND));

    assertThat(counter.cpuNanos()).isEqualTo(52 * SECOND);
    assertThat(counter.nanoCores(used(1, T2, 0))).as("measured once").isEmpty();
  }

  @Test
  void anOldSampleAddsNothingAndKeepsItsRate() {
    var first = next(NodeCounter.START, T1, used(1, T1, 5 * SECOND));
    var second = next(first, T2, used(1, T2, 10 * SECOND));

    var third = next(second, T3, used(1, T2, 10 * SECOND));

    assertThat(third).isEqualTo(second);
  }

  @Test
  void anEmptyNodeHasATimeAndARateOfNothing() {
    var before = NodeCounter.START.next(T1, List.of(), Set.of());

    var counter = before.next(T2, List.of(), Set.of());

    assertThat(counter.at()).isEqualTo(T2);
    assertThat(counter.cpuNanos()).isZero();
    assertThat(counter.nanoCores()).hasValue(0);
  }

  @Test
  void aYearOfAHundredProcessorsIsCounted() {
    long year = 365L * 24 * 3600 * 100 * SECOND;
    var before = next(NodeCounter.START, T1, used(1, T1, 0));

    var counter = next(before, T2, used(1, T2, year));

    assertThat(counter.cpuNanos()).isEqualTo(year);
    assertThat(counter.nanoCores()).hasValue(year / 10);
  }

  private static NodeCounter next(NodeCounter before, Instant read, ContainerUsage... usages) {
    return before.next(read, List.of(usages), Set.of(group(1), group(2)));
  }

  private static ContainerUsage used(int group, Instant at, long cpuNanos) {
    return Usages.of(group(group), "app", at, cpuNanos, 1);
  }

  private static ContainerUsage started(int group, Instant started, Instant at, long cpuNanos) {
    return new ContainerUsage(
        group(group),
        "app",
        at,
        started,
        OptionalLong.of(cpuNanos),
        OptionalLong.of(1),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty());
  }
}
