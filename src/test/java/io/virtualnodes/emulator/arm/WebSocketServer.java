package io.virtualnodes.emulator.arm;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Serves WebSockets on this machine, each by a thread that blocks. */
final class WebSocketServer implements AutoCloseable {
  /** Of RFC 6455, section 1.3. */
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private static final int LONGEST_FRAME = 1 << 20;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final ServerSocket server;
  private final Guests guests;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  /** Who decides over those that come, and talks with them. */
  interface Guests {
    /**
     * Before the protocol is changed.
     *
     * @return the status of HTTP by which one is refused; empty if one is welcome
     */
    Optional<Integer> refuse(String path, Map<String, String> headers);

    /** Talks; the connection is over when this returns. */
    void receive(String path, Wire wire) throws IOException, InterruptedException;
  }

  WebSocketServer(Guests guests) {
    this.guests = guests;
    try {
      this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("web-sockets").start(this::accept);
  }

  URI address(String path) {
    return URI.create("ws://127.0.0.1:" + server.getLocalPort() + path);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        connections.add(socket);
        Thread.ofVirtual().name("web-socket").start(() -> serve(socket));
      } catch (IOException e) {
        // It was closed.
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var input = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      var path = line(input).split(" ", -1)[1].split("\\?", 2)[0];
      var headers = new HashMap<String, String>();
      for (var line = line(input); !line.isEmpty(); line = line(input)) {
        var parts = line.split(":", 2);
        headers.put(parts[0].strip().toLowerCase(Locale.ROOT), parts[1].strip());
      }
      var refused = guests.refuse(path, headers);
      var head =
          refused
              .map(status -> "HTTP/1.1 " + status + " Refused\r\nContent-Length: 0\r\n\r\n")
              .orElseGet(
                  () ->
                      "HTTP/1.1 101 Switching Protocols\r\n"
                          + "Upgrade: websocket\r\n"
                          + "Connection: Upgrade\r\n"
                          + "Sec-WebSocket-Accept: "
                          + accept(headers.get("sec-websocket-key"))
                          + "\r\n\r\n");
      socket.getOutputStream().write(head.getBytes(US_ASCII));
      if (refused.isEmpty()) {
        guests.receive(path, new Wire(input, socket.getOutputStream()));
      }
    } catch (IOException e) {
      // The other side is gone.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      connections.remove(socket);
    }
  }

  private static String line(DataInputStream input) throws IOException {
    var line = new StringBuilder();
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private static String accept(String key) {
    try {
      var digest = MessageDigest.getInstance("SHA-1").digest((key + MAGIC).getBytes(US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      for (var connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One connection. One thread reads; many may write. */
  static final class Wire {
    private final DataInputStream input;
    private final OutputStream output;

    Wire(DataInputStream input, OutputStream output) {
      this.input = input;
      this.output = output;
    }

    /**
     * What comes next of a message, as it was cut into frames.
     *
     * @return empty if the other side takes its leave
     */
    Optional<byte[]> read() throws IOException {
      while (true) {
        int kind = input.readUnsignedByte() & 0xf;
        int length = input.readUnsignedByte() & ~MASKED;
        if (length == 126) {
          length = input.readUnsignedShort();
        } else if (length == 127) {
          length = Math.toIntExact(input.readLong());
        }
        if (length > LONGEST_FRAME) {
          throw new IOException("a frame of " + length + " bytes");
        }
        var mask = new byte[4];
        input.readFully(mask);
        var bytes = new byte[length];
        input.readFully(bytes);
        for (int i = 0; i < length; i++) {
          bytes[i] ^= mask[i % mask.length];
        }
        switch (kind) {
          case CLOSE -> {
            return Optional.empty();
          }
          case PING -> write(PONG, bytes, bytes.length);
          case PONG -> {}
          default -> {
            return Optional.of(bytes);
          }
        }
      }
    }

    /** A message: text if it is some, and bytes if not, as Azure's regions are known to do both. */
    void write(byte[] bytes, int count) throws IOException {
      write(isText(bytes, count) ? TEXT : BINARY, bytes, count);
    }

    private static boolean isText(byte[] bytes, int count) {
      try {
        UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, count));
        return true;
      } catch (CharacterCodingException e) {
        return false;
      }
    }

    /**
     * @param code why, by RFC 6455, section 7.4.1
     */
    void end(int code) throws IOException {
      write(CLOSE, new byte[] {(byte) (code >> 8), (byte) code}, 2);
    }

    private synchronized void write(int kind, byte[] bytes, int count) throws IOException {
      var frame = ByteBuffer.allocate(10 + count).put((byte) (FINAL | kind));
      if (count < 126) {
        frame.put((byte) count);
      } else if (count < 1 << 16) {
        frame.put((byte) 126).putShort((short) count);
      } else {
        frame.put((byte) 127).putLong(count);
      }
      frame.put(bytes, 0, count);
      output.write(frame.array(), 0, frame.position());
      output.flush();
    }
  }
}
