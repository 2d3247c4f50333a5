package io.virtualnodes.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.chaos.SideEffect.Callee;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the list of side effects, and so of crash points, is that of the program. */
class SideEffectTest {
  private static final List<String> ROOMS =
      List.of(
          "io.virtualnodes.pod",
          "io.virtualnodes.node",
          "io.virtualnodes.pool",
          "io.virtualnodes.volume");

  @Test
  void everyCallThatChangesSomethingElsewhereHasACrashPoint() {
    var calls = ROOMS.stream().flatMap(room -> CallSite.inPackage(room).stream());

    assertThat(calls.filter(SideEffectTest::changesSomething))
        .isNotEmpty()
        .allSatisfy(
            call ->
                assertThat(Arrays.stream(SideEffect.values()).filter(effect -> effect.isAt(call)))
                    .as("side effects at %s", call)
                    .hasSize(1));
  }

  @Test
  void requestsMadeByHandAreThoseOfThePodWriter() {
    var calls = ROOMS.stream().flatMap(room -> CallSite.inPackage(room).stream());

    assertThat(calls.filter(call -> call.called().equals("sendAsync")))
        .extracting(CallSite::className)
        .containsExactly("io.virtualnodes.pod.PodWriter");
  }

  @ParameterizedTest
  @EnumSource
  void everySideEffectIsOneCallOfTheProgram(SideEffect effect) {
    var site = effect.site();

    // A call that is only handed on as a method reference has no place of its own to halt at.
    assertThat(site.index()).isNotNegative();
    assertThat(effect.points())
        .extracting(CrashPoint::codeIndex)
        .containsExactly(site.index(), site.nextIndex());
  }

  private static boolean changesSomething(CallSite call) {
    return Stream.of(
            Callee.BACKEND,
            Callee.LIVE_FILES,
            Callee.GUESTS,
            Callee.VOLUMES,
            Callee.POD_WRITER,
            Callee.KUBERNETES)
        .anyMatch(callee -> callee.changesBy(call));
  }
}
