package io.virtualnodes.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** A connection to a group's own address. */
public final class SocketLink implements Link {
  private final Socket socket;
  private final InputStream input;
  private final OutputStream output;

  private SocketLink(Socket socket) throws IOException {
    this.socket = socket;
    this.input = socket.getInputStream();
    this.output = socket.getOutputStream();
  }

  /**
   * Connects.
   *
   * @param address an IP address as it is written; no names
   * @param longest how long that may take
   * @throws java.net.ConnectException if nobody listens there
   * @throws IOException if it is not reached
   */
  public static SocketLink dial(String address, int port, Duration longest) throws IOException {
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(
          new InetSocketAddress(InetAddress.ofLiteral(address), port), (int) longest.toMillis());
      return new SocketLink(socket);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void endOutput() throws IOException {
    if (!socket.isClosed()) {
      socket.shutdownOutput();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
