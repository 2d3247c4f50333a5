package io.virtualnodes.backend.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.simulated.Program.Ending;
import io.virtualnodes.backend.simulated.Program.Line;
import io.virtualnodes.backend.simulated.Program.Stop;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          true                       | 0   | 0
          :                          | 0   | 0
          false                      | 0   | 1
          exit 3                     | 0   | 3
          sleep 2; exit 3            | 2   | 3
          sleep 2 && sleep 1         | 3   | 0
          sleep 0.5; false           | 0.5 | 1
          false; true                | 0   | 0
          exit 3; sleep 9            | 0   | 3
          sleep 9 & exit 4           | 0   | 4
          sleep 9 & wait; exit 4     | 9   | 4
          exec sleep 7               | 7   | 0
          echo one two; exit 0       | 0   | 0
          """)
  void endsAsAShellWould(String script, BigSeconds seconds, int code) {
    assertThat(shell(script).ending(NOON, Optional.empty()))
        .isEqualTo(new Ending(NOON.plus(seconds.time()), code));
  }

  record BigSeconds(Duration time) {
    BigSeconds(String text) {
      this(Duration.parse("PT" + text + "S"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sleep 60                                    | 30 | 137
          sleep infinity                              | 30 | 137
          trap '' TERM; sleep 60 & wait               | 30 | 137
          sleep 12                                    | 12 | 0
          trap 'exit 7' TERM; sleep 60 & wait         | 10 | 7
          trap "exit 7" SIGTERM; sleep 60 & wait      | 10 | 7
          trap 'exit 7' TERM; sleep 15; exit 1        | 15 | 7
          trap 'exit 7' TERM; sleep 15; sleep 30      | 15 | 7
          trap 'exit 7' TERM; sleep 60                | 30 | 137
          trap 'exit 7' TERM; while true; do sleep 1; done | 10 | 7
          trap 'exit 7' TERM; exec sleep 60           | 30 | 137
          trap 'exit 7' TERM; sleep 5; exit 2         | 5  | 2
          """)
  void isAskedToStopAfterTenSecondsAndKilledTwentyLater(String script, int at, int code) {
    var stop = new Stop(NOON.plusSeconds(10), NOON.plusSeconds(30));

    assertThat(shell(script).ending(NOON, Optional.of(stop)))
        .isEqualTo(new Ending(NOON.plusSeconds(at), code));
  }

  @Test
  void saysItsLinesWhenTheirTimeComes() {
    var program = shell("echo first; sleep 2; echo 'second  line'; exit 1");

    assertThat(program.output(NOON, NOON.plusSeconds(1))).containsExactly(new Line(NOON, "first"));
    assertThat(program.output(NOON, NOON.plusSeconds(9)))
        .containsExactly(new Line(NOON, "first"), new Line(NOON.plusSeconds(2), "second  line"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nginx -g daemon",
        "sleep soon",
        "sleep",
        "exit 256",
        "exit -1",
        "echo $SECRET",
        "echo \"$SECRET\"",
        "echo $(date)",
        "sleep 1 | cat",
        "sleep 1 > /tmp/out",
        "false && sleep 1",
        "trap 'exit 7' INT",
        "trap cleanup TERM",
        "echo 'unended",
        "while true; do sleep 1",
        "while true; do curl example.com; done",
        "while test -f /x; do sleep 1; done",
        "while true; do sleep 1; done; exit 1",
        "; sleep 1",
        "",
      })
  void doesNotGuessAtTheRest(String script) {
    assertThat(Script.read(List.of("sh", "-c", script))).isEmpty();
  }

  @Test
  void readsAProgramWithoutAShell() {
    assertThat(Script.read(List.of("/bin/sleep", "3")).orElseThrow().ending(NOON, Optional.empty()))
        .isEqualTo(new Ending(NOON.plusSeconds(3), 0));
    assertThat(Script.read(List.of("exit", "3"))).isEmpty();
    assertThat(Script.read(List.of("sh", "script.sh"))).isEmpty();
    assertThat(Script.read(List.of())).isEmpty();
  }

  private static Program shell(String script) {
    return Script.read(List.of("sh", "-c", script)).orElseThrow();
  }
}
