package io.virtualnodes.kubelet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A port of this machine. */
final class EchoPort implements AutoCloseable {
  /** What is done with each connection, on a thread of its own; the connection ends with it. */
  interface Talk {
    void with(Socket socket) throws IOException, InterruptedException;
  }

  final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private final ServerSocket listener;
  private final Talk talk;

  EchoPort(Talk talk) throws IOException {
    this.talk = talk;
    listener = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** Sends back what comes, until that ends. */
  static EchoPort echoing() throws IOException {
    return new EchoPort(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
  }

  int number() {
    return listener.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        var socket = listener.accept();
        accepted.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException _) {
      // Closed with the test.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      talk.with(socket);
    } catch (IOException _) {
      // The other side is gone, which is what some tests are about.
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
