package io.virtualnodes.backend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A connection to a group's own address. */
public final class SocketLink implements Link {
  private final Socket socket;
  private final InputStream input;
  private final OutputStream output;

  public SocketLink(Socket socket) throws IOException {
    this.socket = socket;
    this.input = socket.getInputStream();
    this.output = socket.getOutputStream();
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
