package io.virtualnodes.backend.supervisor;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Action.Header;
import io.virtualnodes.backend.Action.HttpGet;
import io.virtualnodes.backend.Action.Scheme;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that answers what it is told to, byte by byte. */
@Timeout(30)
class HttpCheckTest {
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
  private ServerSocket server;
  private Thread serving;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    serving = Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        var request = new StringBuilder();
        for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
          request.append(line).append('\n');
        }
        requests.add(request.toString());
        socket.getOutputStream().write(answers.take().getBytes(ISO_8859_1));
        if (answers.peek() != null && answers.peek().equals("hang")) {
          in.read();
        }
      } catch (IOException e) {
        // The test is over, or the client has heard enough.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private Outcome get(String path, Header... headers) {
    return get(Scheme.HTTP, path, Duration.ofSeconds(10), headers);
  }

  private Outcome get(Scheme scheme, String path, Duration timeout, Header... headers) {
    var request =
        new HttpGet(scheme, Optional.empty(), server.getLocalPort(), path, List.of(headers));
    return HttpCheck.get(request, "127.0.0.1", HttpCheck::isSuccess, timeout);
  }

  private String requested() throws InterruptedException {
    return requests.take();
  }

  @ParameterizedTest
  @CsvSource({"200, true", "204, true", "299, true", "400, false", "404, false", "500, false"})
  void theStatusTells(int status, boolean passes) {
    answers.add("HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n".formatted(status));

    assertThat(get("/"))
        .isEqualTo(
            passes
                ? new Outcome.Passed()
                : new Outcome.Failed("HTTP probe failed with statuscode: " + status));
  }

  @Test
  void itIntroducesItselfAsAKubelet() throws InterruptedException {
    answers.add(OK);

    get("/healthz?full=1");

    assertThat(requested())
        .isEqualTo(
            """
            GET /healthz?full=1 HTTP/1.1
            Host: 127.0.0.1:%d
            User-Agent: kube-probe/1.36
            Accept: */*
            Connection: close
            """
                .formatted(server.getLocalPort()));
  }

  @Test
  void headersOfTheProbeComeFirst() throws InterruptedException {
    answers.add(OK);

    get(
        "/",
        new Header("host", "shop.example"),
        new Header("User-Agent", "me"),
        new Header("Accept", ""),
        new Header("X-Token", "a"),
        new Header("X-Token", "b"));

    assertThat(requested())
        .isEqualTo(
            """
            GET / HTTP/1.1
            Host: shop.example
            User-Agent: me
            X-Token: a
            X-Token: b
            Connection: close
            """);
  }

  @Test
  void aHeaderCannotSmuggleAnother() {
    assertThat(get("/", new Header("X", "a\r\nY: b")))
        .isEqualTo(new Outcome.Impossible("invalid header field value for \"X\""));
    assertThat(requests).isEmpty();
  }

  @Test
  void whatMayNotStandInARequestIsEncoded() throws InterruptedException {
    answers.add(OK);

    get("/a b\r\nü");

    assertThat(requested()).startsWith("GET /a%20b%0D%0A%C3%BC HTTP/1.1\n");
  }

  @Test
  void aRedirectIsFollowedOnTheSameHost() throws InterruptedException {
    answers.add("HTTP/1.1 302 Found\r\nLocation: /ready\r\nContent-Length: 0\r\n\r\n");
    answers.add(OK);

    assertThat(get("/", new Header("Host", "shop"))).isEqualTo(new Outcome.Passed());

    requested();
    assertThat(requested()).startsWith("GET /ready HTTP/1.1\nHost: shop\n");
  }

  @Test
  void aRedirectToAnotherHostIsASuccessWithAWarning() {
    answers.add(
        "HTTP/1.1 301 Moved\r\n"
            + "Location: http://elsewhere.example/\r\n"
            + "Content-Length: 5\r\n\r\n"
            + "there");

    assertThat(get("/"))
        .isEqualTo(new Outcome.PassedWith("Probe terminated redirects, Response body: there"));
  }

  @Test
  void redirectsHaveAnEnd() {
    for (int i = 0; i < 10; i++) {
      answers.add("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
    }

    assertThat(get("/"))
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.output()).endsWith("stopped after 10 redirects"));
  }

  @Test
  void informationComesBeforeTheAnswer() {
    answers.add("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n");

    assertThat(get("/")).isEqualTo(new Outcome.Failed("HTTP probe failed with statuscode: 503"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nok until the end",
        "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
      })
  void answersComeInManyShapes(String answer) {
    answers.add(answer);

    assertThat(get("/")).isEqualTo(new Outcome.Passed());
  }

  @Test
  void noMoreThanTheBeginningOfALongAnswerIsRead() {
    answers.add(
        "HTTP/1.1 301 Moved\r\nLocation: http://other/\r\nContent-Length: 1000000\r\n\r\n"
            + "x".repeat(20_000));
    answers.add("hang");

    assertThat(get("/"))
        .isInstanceOfSatisfying(
            Outcome.PassedWith.class,
            passed -> assertThat(passed.warning()).endsWith("x".repeat(10 * 1024)));
  }

  @Test
  void whatIsNoAnswerIsAFailure() {
    answers.add("SSH-2.0-OpenSSH_9\r\n");

    assertThat(get("/"))
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed ->
                assertThat(failed.output())
                    .endsWith("malformed HTTP response \"SSH-2.0-OpenSSH_9\""));
  }

  @Test
  void anAnswerThatBreaksOffSaysNothing() {
    answers.add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");

    assertThat(get("/")).isInstanceOf(Outcome.Impossible.class);
  }

  @Test
  void anAnswerThatComesTooLateIsAFailure() {
    assertThat(get(Scheme.HTTP, "/", Duration.ofMillis(300)))
        .isEqualTo(
            new Outcome.Failed(
                "Get \"http://127.0.0.1:%d/\": context deadline exceeded"
                    .formatted(server.getLocalPort())));
  }

  @Test
  void aClosedPortIsAFailure() throws IOException, InterruptedException {
    server.close();
    // Until nobody waits for a connection any more, one may still come about.
    serving.join();

    assertThat(get("/"))
        .isEqualTo(
            new Outcome.Failed(
                "Get \"http://127.0.0.1:%d/\": dial tcp 127.0.0.1:%1$d: connect: connection refused"
                    .formatted(server.getLocalPort())));
  }

  @Test
  void aServerWithoutEncryptionFailsAnEncryptedProbe() {
    answers.add("HTTP/1.1 400 Bad Request\r\n\r\n");

    assertThat(get(Scheme.HTTPS, "/", Duration.ofMillis(500))).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void aConnectionIsEnoughForASocketProbe() throws IOException {
    assertThat(Dialing.dial("127.0.0.1", server.getLocalPort(), Duration.ofSeconds(5)))
        .isEqualTo(new Outcome.Passed());

    int port = GrpcCheckTest.closedPort();
    assertThat(Dialing.dial("127.0.0.1", port, Duration.ofSeconds(5)))
        .isEqualTo(
            new Outcome.Failed(
                "dial tcp 127.0.0.1:%d: connect: connection refused".formatted(port)));
  }
}
