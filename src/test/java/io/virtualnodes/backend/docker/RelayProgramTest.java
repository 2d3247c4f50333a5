package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the program does on the machine of the tests. */
@EnabledOnOs(OS.LINUX)
@Timeout(30)
class RelayProgramTest {
  @TempDir private Path folder;
  private Path program;

  @BeforeEach
  void install() throws IOException {
    program = folder.resolve("relay");
    Files.write(program, RelayProgram.of(System.getProperty("os.arch")).orElseThrow());
    assertThat(program.toFile().setExecutable(true)).isTrue();
  }

  private Process run(String... port) throws IOException {
    var command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(port));
    return new ProcessBuilder(command).start();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void whatIsSaidAndAnsweredIsPassedOnUntilBothEnd(String address) throws Exception {
    var said = new byte[3_000_000];
    new Random(3).nextBytes(said);
    try (var server = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
      var heard =
          new FutureTask<>(
              () -> {
                try (var socket = server.accept()) {
                  var all = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(all);
                  return all;
                }
              });
      Thread.ofVirtual().start(heard);
      var relay = run(Integer.toString(server.getLocalPort()));

      assertThat(relay.getInputStream().read()).isEqualTo(RelayProgram.CONNECTED);
      try (var output = relay.getOutputStream()) {
        output.write(said);
      }

      assertThat(relay.getInputStream().readAllBytes()).isEqualTo(said);
      assertThat(heard.get()).isEqualTo(said);
      assertThat(relay.waitFor()).isZero();
      assertThat(relay.descendants()).isEmpty();
    }
  }

  @Test
  void aPortThatHangsUpEndsItThoughMoreIsSaid() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var relay = run(Integer.toString(server.getLocalPort()));
      server.accept().close();

      assertThat(relay.getInputStream().readAllBytes()).isEqualTo(new byte[] {'+'});
      assertThat(relay.waitFor()).isZero();
    }
  }

  @Test
  void whereNobodyListensItEndsWithTheNumberOfThat() throws Exception {
    int free;
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = server.getLocalPort();
    }

    var relay = run(Integer.toString(free));

    assertThat(relay.getInputStream().readAllBytes()).isEmpty();
    assertThat(relay.waitFor()).isEqualTo(RelayProgram.REFUSED);
  }

  @Test
  void withoutAPortItIsThereUntilItsInputEnds() throws Exception {
    var relay = run();
    relay.getOutputStream().write('x');
    relay.getOutputStream().flush();
    assertThat(relay.isAlive()).isTrue();

    relay.getOutputStream().close();

    assertThat(relay.waitFor()).isZero();
  }

  @Test
  void otherMachinesHaveNone() {
    assertThat(RelayProgram.of("aarch64")).isPresent();
    assertThat(RelayProgram.of("riscv64")).isEmpty();
  }
}
