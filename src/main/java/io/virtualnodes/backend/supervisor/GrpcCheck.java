package io.virtualnodes.backend.supervisor;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.virtualnodes.backend.Action.Grpc;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One call of {@code grpc.health.v1.Health/Check}, in clear text. The message of a request holds a
 * name, that of an answer a number, so that they are read and written here.
 *
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/health-checking.md">the protocol</a>
 * @see <a href="https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md">how it goes over
 *     HTTP/2</a>
 */
final class GrpcCheck {
  private static final String PATH = "/grpc.health.v1.Health/Check";
  private static final String STATUS = "grpc-status";
  private static final String MESSAGE = "grpc-message";
  // https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
  private static final int OK = 0;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int UNIMPLEMENTED = 12;
  // Of health.proto's ServingStatus, by number.
  private static final List<String> STATUSES =
      List.of("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN");
  private static final int SERVING = 1;
  // Before each message: whether it is compressed, and its length.
  private static final int FRAME = 5;
  private static final byte NAME_FIELD = 0x0a;
  private static final byte STATUS_FIELD = 0x08;

  private GrpcCheck() {}

  /** Made with the first check: most pools have no such probe. */
  private static final class Loop {
    private static final Vertx VERTX =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true));
  }

  /** What a server said, once all of it is there. */
  private record Answer(int httpStatus, Buffer body, Optional<Integer> code, String message) {}

  static Outcome check(Grpc request, String host, Duration timeout) throws InterruptedException {
    var at =
        host.contains(":")
            ? "[%s]:%d".formatted(host, request.port())
            : host + ":" + request.port();
    var deadline = new Deadline(timeout);
    // The port is dialled first, so that one that is closed is told from one that is slow.
    if (Dialing.dial(host, request.port(), timeout) instanceof Outcome.Failed(var why)) {
      return new Outcome.Failed(
          "timeout: failed to connect service \"%s\" within %s: %s"
              .formatted(at, seconds(timeout), why));
    }
    var client =
        Loop.VERTX.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    try {
      return judge(
          ask(client, request, host)
              .toCompletionStage()
              .toCompletableFuture()
              .get(deadline.millisLeft(), TimeUnit.MILLISECONDS),
          timeout);
    } catch (TimeoutException | SocketTimeoutException e) {
      return late(timeout);
    } catch (ExecutionException e) {
      return new Outcome.Failed("error: health rpc probe failed: " + e.getCause().getMessage());
    } finally {
      client.close();
    }
  }

  private static Outcome late(Duration timeout) {
    return new Outcome.Failed("timeout: health rpc did not complete within " + seconds(timeout));
  }

  private static Future<Answer> ask(HttpClient client, Grpc request, String host) {
    return client
        .request(HttpMethod.POST, request.port(), host, PATH)
        .compose(
            call ->
                call.putHeader("content-type", "application/grpc")
                    .putHeader("te", "trailers")
                    .putHeader("user-agent", "kube-probe/1.36")
                    .send(message(request.service())))
        .compose(response -> response.body().map(body -> answer(response, body)));
  }

  /** An answer without a message has its status among the headers. */
  private static Answer answer(HttpClientResponse response, Buffer body) {
    var code =
        Optional.ofNullable(response.getTrailer(STATUS))
            .or(() -> Optional.ofNullable(response.getHeader(STATUS)))
            .filter(text -> text.matches("[0-9]{1,3}"))
            .map(Integer::valueOf);
    var message =
        Optional.ofNullable(response.getTrailer(MESSAGE))
            .or(() -> Optional.ofNullable(response.getHeader(MESSAGE)))
            .orElse("");
    return new Answer(response.statusCode(), body, code, message);
  }

  private static Outcome judge(Answer answer, Duration timeout) {
    if (answer.code().isEmpty()) {
      return new Outcome.Failed(
          "error: health rpc probe failed: no status, but HTTP status " + answer.httpStatus());
    }
    int code = answer.code().get();
    return switch (code) {
      case OK -> served(answer.body());
      case DEADLINE_EXCEEDED -> late(timeout);
      case UNIMPLEMENTED ->
          new Outcome.Failed(
              "error: this server does not implement the grpc health protocol"
                  + " (grpc.health.v1.Health): "
                  + answer.message());
      default ->
          new Outcome.Failed(
              "error: health rpc probe failed: code %d: %s".formatted(code, answer.message()));
    };
  }

  private static Outcome served(Buffer body) {
    if (body.length() < FRAME || body.getByte(0) != 0) {
      return new Outcome.Failed("error: health rpc probe failed: the answer is not understood");
    }
    // A field that has its default is left out.
    int status =
        body.length() >= FRAME + 2 && body.getByte(FRAME) == STATUS_FIELD
            ? body.getByte(FRAME + 1)
            : 0;
    if (status == SERVING) {
      return new Outcome.Passed();
    }
    var name = status < STATUSES.size() ? STATUSES.get(status) : Integer.toString(status);
    return new Outcome.Failed("service unhealthy (responded with \"%s\")".formatted(name));
  }

  private static Buffer message(String service) {
    var name = service.getBytes(UTF_8);
    var message = Buffer.buffer();
    if (name.length > 0) {
      message.appendByte(NAME_FIELD);
      for (int left = name.length; ; left >>>= 7) {
        if (left < 0x80) {
          message.appendByte((byte) left);
          break;
        }
        message.appendByte((byte) (left & 0x7f | 0x80));
      }
      message.appendBytes(name);
    }
    return Buffer.buffer().appendByte((byte) 0).appendInt(message.length()).appendBuffer(message);
  }

  private static String seconds(Duration time) {
    return time.toSeconds() + "s";
  }
}
