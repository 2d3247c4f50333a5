package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
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
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a backend and Azure's Resource Manager, as whoever the credential names: loses
 * answers, is cut off, and has groups run another image than they ask for.
 */
final class ArmRelay implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(60);
  // What a client needs of Azure's own headers.
  private static final List<String> TOLD =
      List.of(
          "content-type",
          "retry-after",
          "x-ms-request-id",
          "x-ms-ratelimit-remaining-subscription-reads");

  private final URI upstream;
  private final Optional<TokenCredential> credential;
  private final String asked;
  private final String run;
  private final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  // How many more requests that change something are answered.
  private final AtomicInteger untilLost = new AtomicInteger(Integer.MAX_VALUE);
  private volatile boolean cutOff;

  /**
   * @param upstream the Resource Manager
   * @param credential as whom it is asked; empty where it asks nobody
   * @param asked the image that groups ask for
   * @param run the image that they run instead
   */
  ArmRelay(URI upstream, Optional<TokenCredential> credential, String asked, String run) {
    this.upstream = upstream;
    this.credential = credential;
    this.asked = asked;
    this.run = run;
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
      var answer = send(exchange, body.replace(asked, run));
      boolean changes = !exchange.getRequestMethod().equals("GET") && answer.statusCode() < 300;
      if (changes && untilLost.decrementAndGet() == 0) {
        return;
      }
      write(exchange, answer);
    }
  }

  private HttpResponse<String> send(HttpExchange exchange, String body) throws IOException {
    var method = exchange.getRequestMethod();
    var request =
        HttpRequest.newBuilder(upstream.resolve(exchange.getRequestURI().toString()))
            .timeout(ANSWER)
            .header("Accept", "application/json")
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    credential.ifPresent(known -> request.header("Authorization", "Bearer " + token(known)));
    try {
      return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while Azure was asked", e);
    }
  }

  private String token(TokenCredential known) {
    return known
        .getTokenSync(new TokenRequestContext().addScopes(upstream + "/.default"))
        .getToken();
  }

  private void write(HttpExchange exchange, HttpResponse<String> answer) throws IOException {
    for (var name : TOLD) {
      answer
          .headers()
          .firstValue(name)
          .ifPresent(value -> exchange.getResponseHeaders().set(name, value));
    }
    // Links to further pages lead through here too, since only here the credential is.
    var bytes =
        answer
            .body()
            .replace(upstream.toString(), address().toString())
            .replace(run, asked)
            .getBytes(UTF_8);
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
