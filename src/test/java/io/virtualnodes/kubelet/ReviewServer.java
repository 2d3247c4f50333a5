package io.virtualnodes.kubelet;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** An API server that knows one kind of review, and answers each with what a test says. */
final class ReviewServer<T> implements AutoCloseable {
  final BlockingQueue<T> asked = new LinkedBlockingQueue<>();
  volatile int code = 201;
  volatile String answer;

  private final HttpServer server;
  private final KubernetesClient client;

  /**
   * @param answer the review's status, in YAML
   */
  ReviewServer(String path, Class<T> kind, String answer) {
    this.answer = answer;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        path,
        exchange -> {
          asked.add(Serialization.unmarshal(exchange.getRequestBody(), kind));
          var review = Serialization.unmarshal("status: " + this.answer, kind);
          var body = Serialization.asJson(review).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(code, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    var config = Config.empty();
    config.setMasterUrl("http://127.0.0.1:" + server.getAddress().getPort());
    config.setRequestRetryBackoffLimit(0);
    client = new KubernetesClientBuilder().withConfig(config).build();
  }

  KubernetesClient client() {
    return client;
  }

  @Override
  public void close() {
    client.close();
    server.stop(0);
  }
}
