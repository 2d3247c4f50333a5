package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the program does on the machine of the tests. */
@EnabledOnOs(OS.LINUX)
class SwapProgramTest {
  private static final int NO_SUCH_FILE = 2;

  @TempDir private Path folder;
  private Path program;

  @BeforeEach
  void install() throws IOException {
    program = folder.resolve("swap");
    Files.write(program, SwapProgram.of(System.getProperty("os.arch")).orElseThrow());
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private int run(Object... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of(program.toString()));
    for (var argument : arguments) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  @Test
  void aLinkTakesThePlaceOfAnother() throws Exception {
    var data = Files.createSymbolicLink(folder.resolve("data"), Path.of("one"));
    var next = Files.createSymbolicLink(folder.resolve("next"), Path.of("two"));

    assertThat(run(next, data)).isZero();

    assertThat(Files.readSymbolicLink(data)).isEqualTo(Path.of("two"));
    assertThat(Files.exists(next)).isFalse();
  }

  @Test
  void filesLinksAndFoldersAreRemovedInTurn() throws Exception {
    var old = Files.createDirectories(folder.resolve("old/deep"));
    var file = Files.writeString(old.resolve("file"), "x");
    var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));

    assertThat(run(link, "", file, "", old, "", old.getParent(), "")).isZero();

    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(program);
    }
  }

  @Test
  void whatCannotBeRemovedStaysAndTheRestGoesOn() throws Exception {
    var full = Files.createDirectories(folder.resolve("full"));
    Files.writeString(full.resolve("file"), "x");
    var file = Files.writeString(folder.resolve("file"), "x");

    assertThat(run(full, "", folder.resolve("never-made"), "", file, "")).isZero();

    assertThat(full).exists();
    assertThat(file).doesNotExist();
  }

  @Test
  void aRenameThatFailsEndsItWithTheNumberOfTheError() throws Exception {
    var file = Files.writeString(folder.resolve("file"), "x");

    assertThat(run(folder.resolve("never-made"), folder.resolve("data"), file, ""))
        .isEqualTo(NO_SUCH_FILE);

    assertThat(file).exists();
  }

  @Test
  void nothingToDoIsDone() throws Exception {
    assertThat(run()).isZero();
  }

  @Test
  void otherMachinesHaveNone() {
    assertThat(SwapProgram.of("aarch64")).isPresent();
    assertThat(SwapProgram.of("riscv64")).isEmpty();
  }
}
