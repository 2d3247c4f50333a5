package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import io.virtualnodes.node.NodeTaints.State;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeTaintsTest {

  @Test
  void aPoolThatNamesNoTaintHasItsOwn() {
    assertThat(desired("", Set.of())).containsExactly("virtualnodes.io/pool=burst:NoSchedule");
  }

  @Test
  void aPoolCanDoWithoutTaints() {
    assertThat(desired("taints: []", Set.of())).isEmpty();
  }

  @Test
  void namedTaintsTakeThePlaceOfTheDefault() {
    var taints =
        """
        taints:
        - {key: example.com/a, value: x, effect: NoExecute}
        - {key: example.com/b, effect: PreferNoSchedule}
        - {key: example.com/c, value: "", effect: NoSchedule}
        """;

    assertThat(desired(taints, Set.of()))
        .containsExactly(
            "example.com/a=x:NoExecute",
            "example.com/b=null:PreferNoSchedule",
            "example.com/c=null:NoSchedule");
  }

  @Test
  void eachStateIsATaint() {
    assertThat(desired("taints: []", EnumSet.allOf(State.class)))
        .containsExactly(
            "virtualnodes.io/stopped=null:NoSchedule",
            "virtualnodes.io/draining=null:NoSchedule",
            "virtualnodes.io/backend-unavailable=null:NoSchedule",
            "virtualnodes.io/no-capacity=null:NoSchedule");
    assertThat(desired("", Set.of(State.DRAINING)))
        .containsExactly(
            "virtualnodes.io/pool=burst:NoSchedule", "virtualnodes.io/draining=null:NoSchedule");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # current                    | applied | desired           | merged
          ''                           | ''      | a=1:NoSchedule    | a=1:NoSchedule
          x=1:NoExecute                | ''      | a=1:NoSchedule    | x=1:NoExecute a=1:NoSchedule
          x=1:NoExecute                | ''      | ''                | x=1:NoExecute
          a=1:NoSchedule x=1:NoExecute | a:NoSchedule | ''           | x=1:NoExecute
          a=1:NoSchedule x=1:NoExecute | ''      | ''                | a=1:NoSchedule x=1:NoExecute
          a=0:NoSchedule x=1:NoExecute | a:NoSchedule | a=1:NoSchedule | a=1:NoSchedule x=1:NoExecute
          a=1:NoExecute                | a:NoSchedule | a=1:NoSchedule | a=1:NoExecute a=1:NoSchedule
          x=1:NoExecute a=1:NoSchedule y=1:NoSchedule | a:NoSchedule | b=1:NoSchedule | x=1:NoExecute y=1:NoSchedule b=1:NoSchedule
          """)
  void ourTaintsChangeAndOthersStay(String current, String applied, String desired, String merged) {
    var result = NodeTaints.merged(taints(current), Set.copyOf(words(applied)), taints(desired));

    assertThat(written(result)).isEqualTo(words(merged));
  }

  @Test
  void othersTaintsKeepTheirTime() {
    var foreign =
        new TaintBuilder(taint("x=1:NoExecute")).withTimeAdded("2026-03-01T12:00:00Z").build();

    var merged = NodeTaints.merged(List.of(foreign), Set.of(), taints("a=1:NoSchedule"));

    assertThat(merged.getFirst().getTimeAdded()).isEqualTo("2026-03-01T12:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({
    "a=1:NoSchedule, a=1:NoSchedule, true",
    "a=1:NoSchedule, a=2:NoSchedule, false",
    "a=1:NoSchedule, a=1:NoExecute, false",
    "a=1:NoSchedule, b=1:NoSchedule, false",
    "a=1:NoSchedule, a=1:NoSchedule b=1:NoSchedule, false",
    "a=1:NoSchedule b=1:NoSchedule, b=1:NoSchedule a=1:NoSchedule, false",
  })
  void listsAreTheSameIfEveryTaintIs(String one, String other, boolean same) {
    assertThat(NodeTaints.same(taints(one), taints(other))).isEqualTo(same);
  }

  @Test
  void theTimeThatTheApiServerAddsIsNoDifference() {
    var timed =
        new TaintBuilder(taint("a=1:NoExecute")).withTimeAdded("2026-03-01T12:00:00Z").build();

    assertThat(NodeTaints.same(List.of(timed), taints("a=1:NoExecute"))).isTrue();
  }

  private static List<String> desired(String nodes, Set<State> states) {
    return written(NodeTaints.desired(GivenPool.burst(nodes), states));
  }

  private static List<String> written(List<Taint> taints) {
    return taints.stream()
        .map(taint -> taint.getKey() + "=" + taint.getValue() + ":" + taint.getEffect())
        .toList();
  }

  private static List<Taint> taints(String words) {
    return words(words).stream().map(NodeTaintsTest::taint).toList();
  }

  private static Taint taint(String word) {
    var parts = word.split("[=:]");
    return new TaintBuilder().withKey(parts[0]).withValue(parts[1]).withEffect(parts[2]).build();
  }

  private static List<String> words(String text) {
    return Stream.of(text.split(" ")).filter(word -> !word.isEmpty()).toList();
  }
}
