package io.virtualnodes.bench;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.stream.Stream;

/** The API server, with an administrator's rights and without a client's work on what it says. */
final class ApiServer implements AutoCloseable {
  /** By which its own requests are told from those of an agent. */
  static final String USER_AGENT = "bench";

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final URI address;
  private final HttpClient http;

  ApiServer(Config administrator) {
    this.address = URI.create(administrator.getMasterUrl());
    try {
      this.http =
          HttpClient.newBuilder()
              .sslContext(SSLUtils.sslContext(administrator))
              .connectTimeout(PATIENCE)
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes an object.
   *
   * @throws AssertionError if it is refused
   */
  void create(String path, String json) {
    accepted(send(request(path).POST(BodyPublishers.ofString(json))));
  }

  /**
   * Asks for an object to be deleted.
   *
   * @throws AssertionError if it is refused
   */
  void delete(String path) {
    accepted(send(request(path).DELETE()));
  }

  /** The lines of an answer that does not end until it is closed. */
  Stream<String> follow(String path) {
    try {
      var answer = http.send(builder(path).build(), BodyHandlers.ofLines());
      if (answer.statusCode() != 200) {
        throw new AssertionError(path + " answered " + answer.statusCode());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return builder(path).timeout(PATIENCE).header("Content-Type", "application/json");
  }

  private HttpRequest.Builder builder(String path) {
    return HttpRequest.newBuilder(address.resolve(path)).header("User-Agent", USER_AGENT);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static void accepted(HttpResponse<String> answer) {
    if (answer.statusCode() >= 300) {
      throw new AssertionError(answer.uri() + " answered " + answer.body());
    }
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while the API server was asked", e);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
