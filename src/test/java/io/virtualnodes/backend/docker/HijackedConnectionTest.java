package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.exception.DockerException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How an engine's answers are read; what follows them is tried with a real one. */
@Timeout(30)
class HijackedConnectionTest {
  private ServerSocket engine;

  @BeforeEach
  void listen() throws IOException {
    engine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    engine.close();
  }

  /** Answers once, and returns what it was asked until the end of that. */
  private FutureTask<String> answering(String answer) {
    var asked =
        new FutureTask<>(
            () -> {
              try (var socket = engine.accept()) {
                socket.getOutputStream().write(answer.getBytes(UTF_8));
                return new String(socket.getInputStream().readAllBytes(), UTF_8);
              }
            });
    Thread.ofVirtual().start(asked);
    return asked;
  }

  private HijackedConnection open() throws IOException {
    return HijackedConnection.open(
        URI.create("tcp://127.0.0.1:" + engine.getLocalPort()), "/exec/1/start", "{\"Tty\":true}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 101 UPGRADED", "HTTP/1.1 200 OK"})
  void whatFollowsTheAnswerIsRead(String status) throws Exception {
    var asked = answering(status + "\r\nContent-Type: application/x\r\n\r\nfirst words");

    try (var connection = open()) {
      assertThat(connection.input().readNBytes(11)).isEqualTo("first words".getBytes(UTF_8));
      connection.output().write("said".getBytes(UTF_8));
      connection.endOutput();
      assertThat(asked.get())
          .startsWith("POST /exec/1/start HTTP/1.1\r\n")
          .contains("\r\nUpgrade: tcp\r\n", "\r\nContent-Length: 12\r\n")
          .endsWith("\r\n\r\n{\"Tty\":true}said");
      assertThat(connection.input().read()).isNegative();
    }
  }

  @Test
  void aRefusalIsTheEngines() {
    answering(
        "HTTP/1.1 409 Conflict\r\ncontent-length: 24\r\n\r\n{\"message\":\"not running\"}and more");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            DockerException.class,
            refusal -> {
              assertThat(refusal.getHttpStatus()).isEqualTo(409);
              assertThat(refusal.getMessage()).contains("{\"message\":\"not running");
            });
  }

  @Test
  void aRefusalWithoutWordsHasItsStatus() {
    answering("HTTP/1.1 404 Not Found\r\n\r\n");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            DockerException.class,
            refusal -> {
              assertThat(refusal.getHttpStatus()).isEqualTo(404);
              assertThat(refusal.getMessage()).contains("Not Found");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\n", "SSH-2.0-OpenSSH\r\n\r\n"})
  void whatIsNoAnswerIsAFailure(String answer) {
    var asked =
        new FutureTask<>(
            () -> {
              try (var socket = engine.accept()) {
                socket.getInputStream().read();
                socket.getOutputStream().write(answer.getBytes(UTF_8));
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });
    Thread.ofVirtual().start(asked);

    assertThatThrownBy(this::open).isInstanceOf(IOException.class);
  }

  @Test
  void whereNobodyListensThereIsNoConnection() throws IOException {
    engine.close();

    assertThatThrownBy(this::open).isInstanceOf(IOException.class);
  }
}
