package io.virtualnodes.backend.fargate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;

/**
 * Stands between a backend and AWS, or another that stands for it: loses answers, is cut off, and
 * lets what is said be changed.
 */
final class AwsRelay implements AutoCloseable {
  // Those of ECS and of Secrets Manager that change something.
  private static final Set<String> CHANGES =
      Set.of(
          "CreateSecret",
          "DeleteSecret",
          "DeregisterTaskDefinition",
          "RegisterTaskDefinition",
          "RunTask",
          "StopTask");

  // What AWS reads of a request, and a client of an answer.
  private static final List<String> ASKED = List.of("X-Amz-Target", "Content-Type");
  private static final List<String> TOLD =
      List.of("Content-Type", "x-amzn-RequestId", "x-amzn-ErrorType");
  // Whoever checks no signature reads from it whom it is for.
  private static final List<String> SIGNATURE = List.of("Authorization", "X-Amz-Date");

  /** {@code Credential=<key>/<date>/<region>/<service>/aws4_request}. */
  private static final Pattern SCOPE =
      Pattern.compile("Credential=[^/]+/[0-9]{8}/([^/]+)/([^/]+)/");

  private static final Duration ANSWER = Duration.ofSeconds(60);
  // An account has one rate for all scenarios, which do not know of each other.
  private static final Duration AFTER_THROTTLING = Duration.ofSeconds(2);
  private static final int MOST_TRIES = 60;

  private final Upstream upstream;
  private final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  // How many more requests that change something are answered.
  private final AtomicInteger untilLost = new AtomicInteger(Integer.MAX_VALUE);
  private volatile boolean cutOff;

  /** Who is really asked, and how. */
  interface Upstream {
    /**
     * @param service as signatures name it, such as {@code ecs}
     */
    URI endpoint(String region, String service);

    /** As whom; empty where nobody checks. */
    Optional<AwsCredentialsProvider> credentials();

    /** What is asked instead. */
    String asked(String operation, String body);

    /** What is told instead, where it is no failure. */
    String told(String operation, String body);
  }

  AwsRelay(Upstream upstream) {
    this.upstream = upstream;
    try {
      this.server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::relay);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** The answer to the nth request from now on that changes something gets lost, once. */
  void loseAnswer(int nth) {
    untilLost.set(nth);
  }

  /** Whether an answer was lost; afterwards none is. */
  boolean forgetLoss() {
    return untilLost.getAndSet(Integer.MAX_VALUE) <= 0;
  }

  void cutOff(boolean now) {
    cutOff = now;
  }

  private void relay(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      if (cutOff) {
        // Closing without an answer is what a broken connection looks like.
        return;
      }
      var headers = exchange.getRequestHeaders();
      var target = headers.getFirst("X-Amz-Target");
      var operation = target.substring(target.lastIndexOf('.') + 1);
      var answer = patiently(headers, upstream.asked(operation, body));
      boolean changed = answer.statusCode() == 200 && CHANGES.contains(operation);
      if (changed && untilLost.decrementAndGet() == 0) {
        return;
      }
      write(exchange, operation, answer);
    }
  }

  private HttpResponse<String> patiently(Headers headers, String body) throws IOException {
    try {
      var answer = client.send(request(headers, body), BodyHandlers.ofString(UTF_8));
      for (int tries = 1; isThrottling(answer) && tries < MOST_TRIES; tries++) {
        Thread.sleep(AFTER_THROTTLING);
        answer = client.send(request(headers, body), BodyHandlers.ofString(UTF_8));
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while AWS was asked", e);
    }
  }

  private static boolean isThrottling(HttpResponse<String> answer) {
    return answer.statusCode() == 400 && answer.body().contains("ThrottlingException");
  }

  private HttpRequest request(Headers headers, String body) {
    var scope = SCOPE.matcher(headers.getFirst("Authorization"));
    if (!scope.find()) {
      throw new IllegalArgumentException("a request without a signature of AWS's");
    }
    var region = scope.group(1);
    var service = scope.group(2);
    var uri = upstream.endpoint(region, service).resolve("/");
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(ANSWER)
            .method("POST", BodyPublishers.ofString(body, UTF_8));
    upstream
        .credentials()
        .ifPresentOrElse(
            known -> sign(request, uri, headers, body, known, region, service),
            () -> {
              copy(headers, ASKED, request);
              copy(headers, SIGNATURE, request);
            });
    return request.build();
  }

  private static void copy(Headers from, List<String> names, HttpRequest.Builder to) {
    for (var name : names) {
      Optional.ofNullable(from.getFirst(name)).ifPresent(value -> to.header(name, value));
    }
  }

  private static void sign(
      HttpRequest.Builder request,
      URI uri,
      Headers headers,
      String body,
      AwsCredentialsProvider credentials,
      String region,
      String service) {
    var unsigned = SdkHttpFullRequest.builder().method(SdkHttpMethod.POST).uri(uri);
    for (var name : ASKED) {
      Optional.ofNullable(headers.getFirst(name))
          .ifPresent(value -> unsigned.putHeader(name, value));
    }
    AwsV4HttpSigner.create()
        .sign(
            asked ->
                asked
                    .identity(credentials.resolveCredentials())
                    .request(unsigned.build())
                    .payload(ContentStreamProvider.fromUtf8String(body))
                    .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, service)
                    .putProperty(AwsV4HttpSigner.REGION_NAME, region))
        .request()
        .headers()
        .forEach(
            (name, values) -> {
              // Which the client says itself.
              if (!Set.of("host", "content-length").contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
  }

  private void write(HttpExchange exchange, String operation, HttpResponse<String> answer)
      throws IOException {
    for (var name : TOLD) {
      answer
          .headers()
          .firstValue(name)
          .ifPresent(value -> exchange.getResponseHeaders().set(name, value));
    }
    var told = answer.statusCode() == 200 ? upstream.told(operation, answer.body()) : answer.body();
    var bytes = told.getBytes(UTF_8);
    exchange.sendResponseHeaders(answer.statusCode(), bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }
}
