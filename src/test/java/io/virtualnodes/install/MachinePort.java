package io.virtualnodes.install;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.virtualnodes.kubelet.TestAuthority;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * The port of a machine's kubelet, at which the API server asks for the logs of its pods, and for
 * nothing else.
 */
final class MachinePort implements AutoCloseable {
  // https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/server/server.go:
  // /containerLogs/{podNamespace}/{podID}/{containerName}
  private static final String LOGS = "/containerLogs/";
  private static final String LINES = "tailLines=";

  private final HttpsServer server;
  private final Supplier<Collection<MachinePod>> pods;

  private MachinePort(HttpsServer server, Supplier<Collection<MachinePod>> pods) {
    this.server = server;
    this.pods = pods;
  }

  /**
   * Open until it is closed.
   *
   * @param address of this machine
   * @param pods that are on the machine when somebody asks
   */
  static MachinePort at(String address, Supplier<Collection<MachinePod>> pods) {
    try {
      var server = HttpsServer.create(new InetSocketAddress(address, 0), 0);
      server.setHttpsConfigurator(new HttpsConfigurator(certificate(address)));
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      var port = new MachinePort(server, pods);
      server.createContext(LOGS, port::answer);
      server.start();
      return port;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SSLContext certificate(String address) {
    try {
      var tls = SSLContext.getInstance("TLS");
      tls.init(new TestAuthority("machines").server(address).keyManagers(), null, null);
      return tls;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  int number() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var names = exchange.getRequestURI().getPath().substring(LOGS.length()).split("/");
      var log = new ByteArrayOutputStream();
      boolean found = false;
      for (var pod : pods.get()) {
        if (pod.isNamed(names[0], names[1])) {
          found = pod.writeLog(lines(exchange.getRequestURI()), log);
        }
      }
      if (!found) {
        log.writeBytes(("no container of " + names[1] + " runs here").getBytes(UTF_8));
      }
      exchange.sendResponseHeaders(found ? 200 : 404, log.size() == 0 ? -1 : log.size());
      log.writeTo(exchange.getResponseBody());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static OptionalInt lines(URI request) {
    var query = Objects.requireNonNullElse(request.getQuery(), "");
    return Arrays.stream(query.split("&"))
        .filter(parameter -> parameter.startsWith(LINES))
        .mapToInt(parameter -> Integer.parseInt(parameter.substring(LINES.length())))
        .findFirst();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
