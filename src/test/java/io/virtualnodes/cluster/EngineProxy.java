package io.virtualnodes.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between a pool and the engine, and can be shut: to the pool the engine is then away, while
 * its containers run on.
 */
final class EngineProxy implements AutoCloseable {
  private final SocketAddress engine;
  private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
  private final int port;
  private ServerSocket listener;

  private EngineProxy(SocketAddress engine, ServerSocket listener) {
    this.engine = engine;
    this.listener = listener;
    this.port = listener.getLocalPort();
    Thread.ofVirtual().start(() -> accept(listener));
  }

  /** One that is open. */
  static EngineProxy before(Engine engine) {
    URI host = URI.create(engine.host());
    SocketAddress address =
        host.getScheme().equals("unix")
            ? UnixDomainSocketAddress.of(host.getPath())
            : new InetSocketAddress(host.getHost(), host.getPort());
    return new EngineProxy(address, listen(0));
  }

  /** As a pool's {@code docker.host} says it. */
  String host() {
    return "tcp://127.0.0.1:" + port;
  }

  /** Refuses connections, and breaks those that are open. */
  void shut() {
    close(listener);
    open.forEach(EngineProxy::close);
    open.clear();
  }

  void reopen() {
    listener = listen(port);
    var opened = listener;
    Thread.ofVirtual().start(() -> accept(opened));
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
        connect(from.accept());
      } catch (IOException e) {
        // Shut, or the engine refused this one: the caller sees it.
      }
    }
  }

  private void connect(Socket caller) throws IOException {
    open.add(caller);
    SocketChannel behind;
    try {
      behind =
          engine instanceof UnixDomainSocketAddress
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      behind.connect(engine);
    } catch (IOException e) {
      close(caller);
      throw e;
    }
    open.add(behind);
    var in = caller.getInputStream();
    var out = caller.getOutputStream();
    Thread.ofVirtual().start(() -> pass(in, Channels.newOutputStream(behind), caller, behind));
    Thread.ofVirtual().start(() -> pass(Channels.newInputStream(behind), out, caller, behind));
  }

  private void pass(InputStream in, OutputStream out, Socket caller, SocketChannel behind) {
    try {
      in.transferTo(out);
    } catch (IOException e) {
      // Either side hung up.
    } finally {
      close(caller);
      close(behind);
      open.remove(caller);
      open.remove(behind);
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
