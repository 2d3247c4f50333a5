package io.virtualnodes.cluster;

import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** A node's own HTTPS port, as who goes there without the API server sees it. */
record NodePort(String address, int port) {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static NodePort of(Node node) {
    return new NodePort(
        node.getStatus().getAddresses().stream()
            .filter(address -> address.getType().equals("InternalIP"))
            .findFirst()
            .orElseThrow()
            .getAddress(),
        node.getStatus().getDaemonEndpoints().getKubeletEndpoint().getPort());
  }

  /** Asks with a bearer token, whatever certificate the port shows. */
  HttpResponse<String> get(String path, String token) {
    return sent(request(path).header("Authorization", "Bearer " + token).build());
  }

  /** Asks as nobody. */
  HttpResponse<String> get(String path) {
    return sent(request(path).build());
  }

  /** Asks with a bearer token to start something. */
  HttpResponse<String> post(String path, String token) {
    return sent(
        request(path)
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.noBody())
            .build());
  }

  /** The status by which a WebSocket, which begins with a GET, is refused; 101 if it is opened. */
  int webSocket(String path, String token) {
    try (var client = HttpClient.newBuilder().sslContext(credulous()).build()) {
      client
          .newWebSocketBuilder()
          .header("Authorization", "Bearer " + token)
          .subprotocols("v5.channel.k8s.io", "v4.channel.k8s.io")
          .connectTimeout(PATIENCE)
          .buildAsync(
              URI.create("wss://" + address + ":" + port + path), new WebSocket.Listener() {})
          .join()
          .abort();
      return 101;
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw new AssertionError(path + " was not answered", e);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://" + address + ":" + port + path))
        .timeout(PATIENCE);
  }

  private HttpResponse<String> sent(HttpRequest request) {
    try (var client = HttpClient.newBuilder().sslContext(credulous()).build()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(request.uri() + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The certificate that it shows now. */
  X509Certificate certificate() {
    try (var socket = (SSLSocket) credulous().getSocketFactory().createSocket(address, port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    } catch (IOException e) {
      throw new AssertionError("no certificate is shown", e);
    }
  }

  private static SSLContext credulous() {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAll()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Takes any certificate; an extended one is not asked about names either. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
