package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatedShellTest {
  private static final Scene SCENE =
      new Scene("web-0", "main", "example.com/web:1", List.of("sleep", "600"));

  private final DrivenClock clock = new DrivenClock();
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private Instant end = Instant.MAX;

  private final SimulatedShell.Meanwhile meanwhile =
      new SimulatedShell.Meanwhile() {
        @Override
        public InstantSource clock() {
          return clock;
        }

        @Override
        public void pass(Duration time) {
          clock.pass(time);
        }

        @Override
        public boolean goesOn() {
          return clock.instant().isBefore(end);
        }
      };

  private int run(String input, String... words) throws Exception {
    output.reset();
    errors.reset();
    return new SimulatedShell(
            SCENE,
            meanwhile,
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            output,
            errors,
            false)
        .run(List.of(words));
  }

  private int type(String keys, String... words) throws Exception {
    output.reset();
    var terminal = new SimulatedTerminal(new ByteArrayInputStream(keys.getBytes(UTF_8)), output);
    return new SimulatedShell(
            SCENE, meanwhile, terminal, terminal.output(), terminal.output(), true)
        .run(List.of(words));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          echo one two                         § 0   § one two
          echo 'a  b' "c; d" e\\ f              § 0   § a  b c; d e f
          true && echo yes || echo no          § 0   § yes
          false && echo yes || echo no         § 0   § no
          false; echo $?                       § 0   § 1
          exit 7; echo never                   § 7   §
          false || exit 300                    § 44  §
          echo $HOSTNAME-${HOSTNAME}x "$HOME"  § 0   § web-0-web-0x /root
          echo '$HOME' $nothing end            § 0   § $HOME  end
          hostname && pwd                      § 0   § web-0 /
          cat /etc/hostname                    § 0   § web-0
          uname                                § 0   § Linux
          sh -c 'exit 4'; echo $?              § 0   § 4
          # only a comment                     § 0   §
          """)
  void aLineDoesWhatItDoesInAShell(String line, int code, String said) throws Exception {
    assertThat(run("", "sh", "-c", line)).isEqualTo(code);
    assertThat(output.toString(UTF_8).strip().replace("\n", " "))
        .isEqualTo(said == null ? "" : said);
    assertThat(errors.toString(UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      textBlock =
          """
          no-such-thing            § 127 § sh: no-such-thing: not found
          cat /no/such/file        § 1   § cat: can't open '/no/such/file': No such file or directory
          ls /no/such              § 1   § ls: /no/such: No such file or directory
          sleep soon               § 1   § sleep: invalid number 'soon'
          echo a > /tmp/x           § 2   § sh: simulated: only words, quotes, variables, ;, && and || are understood
          echo $(date)             § 2   § sh: simulated: only words, quotes, variables, ;, && and || are understood
          ; echo                   § 2   § sh: simulated: only words, quotes, variables, ;, && and || are understood
          true &&                  § 2   § sh: simulated: only words, quotes, variables, ;, && and || are understood
          echo 'open               § 2   § sh: simulated: only words, quotes, variables, ;, && and || are understood
          """)
  void whatGoesWrongIsToldAsAShellDoes(String line, int code, String complaint) throws Exception {
    assertThat(run("", "sh", "-c", line)).isEqualTo(code);
    assertThat(errors.toString(UTF_8)).isEqualTo(complaint + "\n");
    assertThat(output.toString(UTF_8)).isEmpty();
  }

  @Test
  void programsAreRunWithoutAShell() throws Exception {
    assertThat(run("", "/bin/echo", "$HOME;", "two")).isZero();
    assertThat(output.toString(UTF_8)).isEqualTo("$HOME; two\n");
    assertThat(run("", "no-such-thing")).isEqualTo(127);
    assertThat(errors.toString(UTF_8)).isEqualTo("sh: no-such-thing: not found\n");
    assertThat(run("", "env")).isZero();
    assertThat(output.toString(UTF_8)).contains("HOSTNAME=web-0\n");
    assertThat(run("", "ls", "-l")).isZero();
    assertThat(output.toString(UTF_8)).startsWith("bin\ndev\n");
    assertThat(run("", "ps")).isZero();
    assertThat(output.toString(UTF_8)).contains("    1 root      0:00 sleep 600\n");
  }

  @Test
  void timeIsTheSimulations() throws Exception {
    clock.pass(Duration.between(clock.instant(), Instant.parse("2026-11-05T09:08:07Z")));
    run("", "date");
    assertThat(output.toString(UTF_8)).isEqualTo("Thu Nov  5 09:08:07 UTC 2026\n");
    var before = clock.instant();

    assertThat(run("", "sleep", "2.5")).isZero();

    assertThat(clock.instant()).isEqualTo(before.plusMillis(2500));
  }

  @Test
  void theEndOfTheContainerIsItsOwn() throws Exception {
    end = clock.instant().plusSeconds(3);

    assertThat(run("", "sh", "-c", "sleep 600; echo never")).isEqualTo(137);

    assertThat(output.toString(UTF_8)).isEmpty();
  }

  @Test
  void whatIsReadIsCopiedOrRun() throws Exception {
    assertThat(run("one\ntwo", "cat")).isZero();
    assertThat(output.toString(UTF_8)).isEqualTo("one\ntwo");
    assertThat(run("echo one\nfalse\n", "sh")).isEqualTo(1);
    assertThat(output.toString(UTF_8)).isEqualTo("one\n");
  }

  @Test
  void whoSitsBeforeATerminalIsToldWhatItIs() throws Exception {
    assertThat(type("echo hix\u007f\rexit 3\r", "sh")).isEqualTo(3);

    assertThat(output.toString(UTF_8))
        .isEqualTo(
            "Simulated: nothing really runs here, and so nothing of image example.com/web:1\r\n"
                + "/ # echo hix\b \b\r\nhi\r\n/ # exit 3\r\n");
  }

  @Test
  void keysOfATerminalMeanWhatTheyDo() throws Exception {
    assertThat(type("garbage\u0003false\r\u0004", "sh")).isEqualTo(1);
    assertThat(output.toString(UTF_8)).contains("garbage^C\r\n/ # false\r\n/ # ");
    assertThat(type("cat\rline\r\u0004echo $?\r\u0004", "sh")).isZero();
    assertThat(output.toString(UTF_8)).endsWith("line\r\nline\r\n/ # echo $?\r\n0\r\n/ # ");
  }
}
