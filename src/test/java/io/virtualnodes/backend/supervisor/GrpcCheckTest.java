package io.virtualnodes.backend.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.virtualnodes.backend.Action.Grpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against an HTTP/2 server in clear text. */
@Timeout(30)
class GrpcCheckTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Vertx vertx = Vertx.vertx();
  private final BlockingQueue<Buffer> messages = new LinkedBlockingQueue<>();
  private volatile Consumer<HttpServerRequest> answer = request -> {};
  private HttpServer server;

  @BeforeEach
  void listen() throws Exception {
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(
                request ->
                    request
                        .body()
                        .onSuccess(
                            body -> {
                              messages.add(body);
                              answer.accept(request);
                            }))
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private Outcome check(String service) throws InterruptedException {
    return GrpcCheck.check(new Grpc(server.actualPort(), service), "127.0.0.1", SECOND);
  }

  private static void message(HttpServerRequest request, int... bytes) {
    var message = Buffer.buffer().appendByte((byte) 0).appendInt(bytes.length);
    for (int b : bytes) {
      message.appendByte((byte) b);
    }
    request.response().putHeader("content-type", "application/grpc");
    request.response().putTrailer("grpc-status", "0");
    request.response().end(message);
  }

  @Test
  void aServerThatServesPasses() throws InterruptedException {
    answer = request -> message(request, 0x08, 1);

    assertThat(check("shop")).isEqualTo(new Outcome.Passed());

    var sent = messages.take();
    assertThat(sent.getInt(1)).isEqualTo(6);
    assertThat(sent.getBytes(5, 7)).containsExactly(0x0a, 4);
    assertThat(sent.getString(7, 11, UTF_8.name())).isEqualTo("shop");
  }

  @Test
  void theServerAsAWholeIsAskedForWithoutAName() throws InterruptedException {
    answer =
        request ->
            message(request, request.path().equals("/grpc.health.v1.Health/Check") ? 0x08 : 0, 1);

    assertThat(check("")).isEqualTo(new Outcome.Passed());
    assertThat(messages.take().length()).isEqualTo(5);
  }

  @Test
  void aLongNameIsToldWithItsLength() throws InterruptedException {
    answer = request -> message(request, 0x08, 1);

    check("s".repeat(300));

    var sent = messages.take();
    assertThat(sent.getInt(1)).isEqualTo(303);
    assertThat(sent.getBytes(5, 8)).containsExactly(0x0a, (byte) (300 & 0x7f | 0x80), 300 >> 7);
  }

  @ParameterizedTest
  @CsvSource({"0, UNKNOWN", "2, NOT_SERVING", "3, SERVICE_UNKNOWN", "9, 9"})
  void anyOtherStatusFails(int status, String name) throws InterruptedException {
    answer =
        request -> {
          if (status == 0) {
            message(request);
          } else {
            message(request, 0x08, status);
          }
        };

    assertThat(check(""))
        .isEqualTo(new Outcome.Failed("service unhealthy (responded with \"%s\")".formatted(name)));
  }

  @Test
  void aServerWithoutTheServiceFails() throws InterruptedException {
    answer =
        request ->
            request
                .response()
                .putHeader("grpc-status", "12")
                .putHeader("grpc-message", "unknown service")
                .end();

    assertThat(check(""))
        .isEqualTo(
            new Outcome.Failed(
                "error: this server does not implement the grpc health protocol"
                    + " (grpc.health.v1.Health): unknown service"));
  }

  @Test
  void aServerThatIsNoGrpcServerFails() throws InterruptedException {
    answer = request -> request.response().setStatusCode(404).end("nothing here");

    assertThat(check(""))
        .isEqualTo(
            new Outcome.Failed("error: health rpc probe failed: no status, but HTTP status 404"));
  }

  @Test
  void aServerThatDoesNotAnswerInTimeFails() throws InterruptedException {
    assertThat(check(""))
        .isEqualTo(new Outcome.Failed("timeout: health rpc did not complete within 1s"));
  }

  @Test
  void aClosedPortFails() throws Exception {
    int port = closedPort();

    assertThat(GrpcCheck.check(new Grpc(port, ""), "127.0.0.1", SECOND))
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.output()).contains("connection refused"));
  }

  /** One that nobody ever accepted at: a server that is closed may still do so for a moment. */
  static int closedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
