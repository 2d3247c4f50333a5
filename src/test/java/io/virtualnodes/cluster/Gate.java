package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Stands before a server, such as between a pool and the engine, and can be shut: to who comes this
 * way the server is then away, while to others it goes on. It can also lose a single answer.
 */
public final class Gate implements AutoCloseable {
  // A client sends a request only after the answer to the one before, so that each begins a read.
  private static final List<byte[]> CHANGING =
      Stream.of("POST ", "PUT ", "DELETE ").map(method -> method.getBytes(US_ASCII)).toList();

  private static final int BUFFER = 16 << 10;

  private final SocketAddress server;
  private final AtomicInteger changes = new AtomicInteger();
  // How many changing requests from now the one is whose answer gets lost; done below one.
  private final AtomicInteger untilLoss = new AtomicInteger();
  private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
  private final int port;
  private ServerSocket listener;

  private Gate(SocketAddress server, ServerSocket listener) {
    this.server = server;
    this.listener = listener;
    this.port = listener.getLocalPort();
    Thread.ofVirtual().start(() -> accept(listener));
  }

  /** One that is open. */
  public static Gate before(Engine engine) {
    URI host = URI.create(engine.host());
    SocketAddress address =
        host.getScheme().equals("unix")
            ? UnixDomainSocketAddress.of(host.getPath())
            : new InetSocketAddress(host.getHost(), host.getPort());
    return new Gate(address, listen(0));
  }

  /** One that is open, before the API server; its certificate is for this way too. */
  public static Gate beforeApiServer(Cluster cluster) {
    var server = cluster.client().getMasterUrl();
    return new Gate(new InetSocketAddress(server.getHost(), server.getPort()), listen(0));
  }

  /**
   * A kubeconfig by which the API server is reached this way.
   *
   * @param direct one by which it is reached without
   * @param file to be written
   */
  public Path kubeconfig(Path direct, Path file) {
    var server = (InetSocketAddress) this.server;
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(
          file,
          Files.readString(direct)
              .replace(
                  "https://%s:%d".formatted(server.getHostString(), server.getPort()),
                  "https://127.0.0.1:" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As a pool's {@code docker.host} says it. */
  public String host() {
    return "tcp://127.0.0.1:" + port;
  }

  /** Refuses connections, and breaks those that are open. */
  public void shut() {
    close(listener);
    open.forEach(Gate::close);
    open.clear();
  }

  public void reopen() {
    listener = listen(port);
    var opened = listener;
    Thread.ofVirtual().start(() -> accept(opened));
  }

  /** How many requests came by that change something. */
  public int changes() {
    return changes.get();
  }

  /**
   * The answer to a request that changes something will get lost: the server has done it, and hangs
   * up.
   *
   * @param nth of such requests from now on; 1 is the next
   */
  public void loseAnswer(int nth) {
    untilLoss.set(nth);
  }

  /**
   * From now on all answers arrive.
   *
   * @return whether one was lost
   */
  public boolean loseNoAnswer() {
    return untilLoss.getAndSet(0) < 1;
  }

  @Override
  public void close() {
    shut();
  }

  private static ServerSocket listen(int port) {
    try {
      var socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void accept(ServerSocket from) {
    while (!from.isClosed()) {
      try {
        connect(from.accept(), from);
      } catch (IOException e) {
        // Shut, or the server refused this one: the caller sees it.
      }
    }
  }

  private void connect(Socket caller, ServerSocket from) throws IOException {
    open.add(caller);
    SocketChannel behind;
    try {
      behind =
          server instanceof UnixDomainSocketAddress
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      behind.connect(server);
    } catch (IOException e) {
      close(caller);
      throw e;
    }
    open.add(behind);
    if (from.isClosed()) {
      // Shut meanwhile, maybe too early to see these two.
      close(caller);
      close(behind);
    }
    var connection = new Connection(caller, behind, new AtomicBoolean());
    Thread.ofVirtual().start(() -> pass(connection, this::ask, Gate::endAsking));
    Thread.ofVirtual().start(() -> pass(connection, Gate::answer, Gate::close));
  }

  /**
   * @param losing whether the answer that comes next is lost
   */
  private record Connection(Socket caller, SocketChannel server, AtomicBoolean losing) {}

  private interface Direction {
    void pass(Connection connection) throws IOException;
  }

  /**
   * @param end what follows when all was passed on
   */
  private void pass(Connection connection, Direction direction, Direction end) {
    try {
      direction.pass(connection);
      end.pass(connection);
    } catch (IOException e) {
      // Either side hung up.
      close(connection);
    }
    if (!connection.server().isOpen()) {
      open.remove(connection.caller());
      open.remove(connection.server());
    }
  }

  /** One who has said all may still listen. */
  private static void endAsking(Connection connection) throws IOException {
    connection.server().shutdownOutput();
  }

  private static void close(Connection connection) {
    close(connection.caller());
    close(connection.server());
  }

  private void ask(Connection connection) throws IOException {
    var from = connection.caller().getInputStream();
    var to = Channels.newOutputStream(connection.server());
    var buffer = new byte[BUFFER];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      if (changes(buffer, read)) {
        changes.incrementAndGet();
        connection.losing().set(untilLoss.getAndDecrement() == 1);
      }
      to.write(buffer, 0, read);
    }
  }

  private static boolean changes(byte[] request, int length) {
    return CHANGING.stream()
        .filter(method -> method.length <= length)
        .anyMatch(method -> Arrays.equals(request, 0, method.length, method, 0, method.length));
  }

  private static void answer(Connection connection) throws IOException {
    var from = Channels.newInputStream(connection.server());
    var to = connection.caller().getOutputStream();
    var buffer = new byte[BUFFER];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      if (connection.losing().get()) {
        return;
      }
      to.write(buffer, 0, read);
    }
  }

  private static void close(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception e) {
      // It is closed either way.
    }
  }
}
