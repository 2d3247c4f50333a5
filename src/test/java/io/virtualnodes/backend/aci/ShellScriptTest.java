package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.virtualnodes.backend.Conversation.Size;
import io.virtualnodes.backend.aci.ShellMarks.Piece;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is typed, typed into the shells of this machine at a terminal. */
@Timeout(60)
class ShellScriptTest {
  private static final String SH = "/bin/sh";
  private static final String BASH = "/bin/bash";
  private static final String BUSYBOX = "/bin/busybox sh";

  /** A command's end. */
  private record Ended(String code, byte[] output, byte[] errors) {}

  @Test
  void theFirstLineIsShorterThanAnyTerminalTakes() {
    // POSIX lets a terminal take no more than this of a line.
    assertThat(ShellScript.random().begin()).hasSizeLessThan(255).endsWith("\n");
  }

  @Test
  void aSecretIsNoOthersAndInNoText() {
    var script = ShellScript.random();

    assertThat(script.secretWhole()).matches("[0-9a-f]{64}");
    assertThat(script.secretWhole()).isNotEqualTo(ShellScript.random().secretWhole());
    assertThat(script.toString()).doesNotContain(script.first()).doesNotContain(script.second());
  }

  @Test
  void inputNeverLooksLikeItsEnd() {
    assertThat(ShellScript.input(".".getBytes(UTF_8), 1)).isEqualTo("\\056\n");
    assertThat(ShellScript.input("-%\\\n\0é".getBytes(UTF_8), 7))
        .isEqualTo("\\055\\045\\134\\012\\000\\303\\251\n");
  }

  @Test
  void aSizeIsWhatSttyTakes() {
    assertThat(ShellScript.resizing("/dev/pts/0") + ShellScript.size(new Size(132, 50)))
        .endsWith("stty -F /dev/pts/0 $l 2>/dev/null;done\nrows 50 cols 132\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {SH, BASH, BUSYBOX})
  void wordsArriveAsTheyAre(String shell) throws Exception {
    var words =
        List.of("a b", "it's", "", "two\nlines\n", "ü$`\"\\%*", "-n", "\t", "x".repeat(20_000));

    var ended = run(shell, withCommand(words, "printf", "%s|"), "");

    assertThat(new String(ended.output(), UTF_8)).isEqualTo(String.join("|", words) + "|");
    assertThat(ended.code()).isEqualTo("0");
  }

  private static List<String> withCommand(List<String> words, String... command) {
    var all = new java.util.ArrayList<>(List.of(command));
    all.addAll(words);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {SH, BASH, BUSYBOX})
  void outputErrorsAndCodeAreToldApart(String shell) throws Exception {
    var ended = run(shell, List.of("sh", "-c", "echo out; echo err >&2; exit 7"), "");
    assertThat(new String(ended.output(), UTF_8)).isEqualTo("out\n");
    assertThat(new String(ended.errors(), UTF_8)).isEqualTo("err\n");
    assertThat(ended.code()).isEqualTo("7");

    var missing = run(shell, List.of("no-such-program"), "");
    assertThat(missing.code()).isEqualTo("127");
    assertThat(new String(missing.errors(), UTF_8)).contains("no-such-program", "not found");

    var killed = run(shell, List.of("sh", "-c", "kill -9 $$"), "");
    assertThat(killed.code()).isEqualTo("137");
  }

  @ParameterizedTest
  @ValueSource(strings = {SH, BASH, BUSYBOX})
  void bytesPassBothWaysAsTheyAre(String shell) throws Exception {
    var bytes = new byte[100_000];
    new Random(7).nextBytes(bytes);

    var ended = run(shell, List.of("cat"), bytes);

    assertThat(ended.output()).isEqualTo(bytes);
    assertThat(ended.errors()).isEmpty();
    assertThat(ended.code()).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {SH, BASH, BUSYBOX})
  void aCommandThatReadsNothingEnds(String shell) throws Exception {
    try (var terminal = new Terminal(shell)) {
      terminal.type(terminal.script.withoutTerminal(List.of("false"), true));

      // Not before it is told that there is no more.
      terminal.await('E');
      terminal.type(ShellScript.END_OF_INPUT);
      assertThat(terminal.await('X')).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SH, BASH, BUSYBOX})
  void atATerminalACommandHasItAsItWas(String shell) throws Exception {
    try (var terminal = new Terminal(shell)) {
      terminal.type(
          terminal.script.atTerminal(
              List.of("sh", "-c", "stty -a; read line; echo \"heard $line\"; exit 9")));

      assertThat(terminal.await('T')).startsWith("/dev/pts/");
      terminal.type("me\n");
      assertThat(terminal.await('X')).isEqualTo("9");
      assertThat(terminal.output.toString(UTF_8))
          .containsPattern("\\sopost ")
          .contains(" icanon", " echo ", "me\r\n")
          .endsWith("heard me\r\n");
    }
  }

  private static Ended run(String shell, List<String> words, String input) throws Exception {
    return run(shell, words, input.getBytes(UTF_8));
  }

  private static Ended run(String shell, List<String> words, byte[] input) throws Exception {
    try (var terminal = new Terminal(shell)) {
      terminal.type(terminal.script.withoutTerminal(words, input.length > 0));
      var typing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int from = 0; from < input.length; from += 1000) {
                      int count = Math.min(1000, input.length - from);
                      terminal.type(
                          ShellScript.input(
                              java.util.Arrays.copyOfRange(input, from, from + count), count));
                    }
                    if (input.length > 0) {
                      terminal.type(ShellScript.END_OF_INPUT);
                    }
                  });
      var code = terminal.await('X');
      typing.join();
      var output = new ByteArrayOutputStream();
      var errors = new ByteArrayOutputStream();
      new TwoOutputs(output, errors).take(terminal.output.toByteArray());
      return new Ended(code, output.toByteArray(), errors.toByteArray());
    }
  }

  /** A shell of this machine at a terminal that is ready for its script. */
  private static final class Terminal implements AutoCloseable {
    private final ShellScript script = ShellScript.random();
    private final ShellMarks marks = new ShellMarks(script);
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private final Process process;
    private ByteArrayOutputStream output = new ByteArrayOutputStream();

    Terminal(String shell) throws IOException {
      assumeTrue(Files.exists(Path.of(shell.split(" ", -1)[0])), shell + " is not here");
      var builder =
          new ProcessBuilder(
                  "script",
                  "--quiet",
                  "--flush",
                  "--command",
                  "stty echo rows 24 cols 80; exec " + shell,
                  "/dev/null")
              .redirectErrorStream(true);
      builder.environment().put("SHELL", SH);
      process = builder.start();
      // A container has one shell, which is both.
      type(script.begin().replace(ShellScript.SHELL, shell));
      assertThat(await('R')).isEqualTo("0");
      output = new ByteArrayOutputStream();
    }

    void type(String text) {
      try {
        process.getOutputStream().write(text.getBytes(UTF_8));
        process.getOutputStream().flush();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    /** The text of the next mark of this kind. */
    String await(char kind) throws IOException {
      var buffer = new byte[4096];
      while (true) {
        for (var piece = pieces.poll(); piece != null; piece = pieces.poll()) {
          switch (piece) {
            case Piece.Output(var bytes) -> output.writeBytes(bytes);
            case Piece.Mark(var found, var text) -> {
              if (found == kind) {
                return text;
              }
            }
          }
        }
        int count = process.getInputStream().read(buffer);
        assertThat(count).as("the shell ended, having said " + output).isPositive();
        pieces.addAll(marks.read(java.util.Arrays.copyOf(buffer, count)));
      }
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
