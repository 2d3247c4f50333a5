package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What the program does on the machine of the tests. */
@EnabledOnOs(OS.LINUX)
class EndProgramTest {
  private static final int FOREIGN = 1;

  @TempDir private Path folder;
  private Path program;
  private Process victim;

  @BeforeEach
  void install() throws IOException {
    program = folder.resolve("end");
    Files.write(program, EndProgram.of(System.getProperty("os.arch")).orElseThrow());
    assertThat(program.toFile().setExecutable(true)).isTrue();
    // With its own group of processes, as an engine begins a command.
    victim = new ProcessBuilder("setsid", "sh", "-c", "sleep 600 & sleep 600; true").start();
  }

  @AfterEach
  void end() {
    victim.descendants().forEach(ProcessHandle::destroyForcibly);
    victim.destroyForcibly();
  }

  private int run(Object file, String container, long pid) throws Exception {
    return new ProcessBuilder(
            List.of(program.toString(), file.toString(), container, Long.toString(pid)))
        .inheritIO()
        .start()
        .waitFor();
  }

  private Path cgroup(String text) throws IOException {
    return Files.writeString(folder.resolve("cgroup"), text);
  }

  @Test
  void aProcessOfTheContainerIsKilledWithItsGroup() throws Exception {
    var file = cgroup("12:pids:/docker/aab\n11:cpu:/docker/aaabbb\n0::/../aaabbb.scope\n");
    await().until(() -> victim.children().count() == 2);
    var children = victim.children().toList();

    assertThat(run(file, "aaabbb", victim.pid())).isZero();

    assertThat(victim.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(victim.exitValue()).isEqualTo(128 + 9);
    await().until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void aStrangerIsLeftAlone() throws Exception {
    assertThat(run(cgroup("0::/docker/aaabb\n"), "aaabbb", victim.pid())).isEqualTo(FOREIGN);
    assertThat(run(cgroup("0::/docker/aabb"), "aaabbb", victim.pid())).isEqualTo(FOREIGN);

    assertThat(victim.isAlive()).isTrue();
  }

  @Test
  void whatIsGoneIsGone() throws Exception {
    assertThat(run(folder.resolve("never-made"), "aaabbb", victim.pid())).isZero();
    assertThat(run(cgroup(""), "aaabbb", victim.pid())).isZero();

    assertThat(victim.isAlive()).isTrue();
  }

  @Test
  void otherMachinesHaveNone() {
    assertThat(EndProgram.of("aarch64")).isPresent();
    assertThat(EndProgram.of("riscv64")).isEmpty();
  }
}
