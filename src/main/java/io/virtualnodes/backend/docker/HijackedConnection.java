package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.dockerjava.api.exception.DockerException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A connection to an engine that it has handed over: after its answer, both sides say what they
 * like. One thread may read while another writes. An interrupt of a thread that is blocked in
 * either closes it.
 *
 * <p>It is not the client's own: that one reads ahead of its callback, and cannot end what it sends
 * while it goes on to read.
 *
 * @see <a href="https://docs.docker.com/reference/api/engine/version/v1.41/">Attach to a container,
 *     hijacking</a>
 */
final class HijackedConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int LARGEST_HEAD = 64 << 10;
  private static final int LARGEST_REFUSAL = 64 << 10;
  private static final int UNENCRYPTED = 2375;
  // An engine that does not switch protocols answers as if a body followed.
  private static final int SWITCHED = 101;
  private static final int ANSWERED = 200;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})\\b(.*)");

  private final SocketChannel channel;
  private final InputStream input;
  private final OutputStream output;

  private HijackedConnection(SocketChannel channel) {
    this.channel = channel;
    this.input = new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES);
    this.output = Channels.newOutputStream(channel);
  }

  /**
   * Asks for a connection and blocks until the engine answered.
   *
   * @param host {@code unix:///path} or {@code tcp://host:port}
   * @param path with its query
   * @param json the request's body
   * @throws DockerException as the engine refused it
   */
  static HijackedConnection open(URI host, String path, String json) throws IOException {
    var connection = new HijackedConnection(dialled(host));
    try {
      connection.ask(path, json.getBytes(UTF_8));
      return connection;
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static SocketChannel dialled(URI host) throws IOException {
    if (host.getScheme().equals("unix")) {
      var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      return connected(channel, UnixDomainSocketAddress.of(host.getPath()));
    }
    var channel = SocketChannel.open();
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    // A conversation may be silent for hours: whoever stands between must not forget it.
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    int port = host.getPort() < 0 ? UNENCRYPTED : host.getPort();
    return connected(channel, new InetSocketAddress(host.getHost(), port));
  }

  private static SocketChannel connected(SocketChannel channel, java.net.SocketAddress address)
      throws IOException {
    try {
      channel.connect(address);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void ask(String path, byte[] body) throws IOException {
    var head =
        """
        POST %s HTTP/1.1\r
        Host: engine\r
        Connection: Upgrade\r
        Upgrade: tcp\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(path, body.length);
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.getBytes(US_ASCII));
    request.writeBytes(body);
    request.writeTo(output);
    var lines = head().split("\r\n");
    var status = STATUS.matcher(lines[0]);
    if (!status.matches()) {
      throw new IOException("the engine answers in no way that is known: " + lines[0]);
    }
    int code = Integer.parseInt(status.group(1));
    if (code != SWITCHED && code != ANSWERED) {
      var sentence = new String(input.readNBytes(length(lines)), UTF_8);
      throw new DockerException(sentence.isBlank() ? status.group(2).strip() : sentence, code);
    }
  }

  private String head() throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
      int next = input.read();
      if (next < 0 || head.length() == LARGEST_HEAD) {
        throw new IOException("the engine broke its answer off");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Of the sentence by which it refuses. */
  private static int length(String[] head) {
    for (var line : head) {
      var parts = line.split(":", 2);
      if (parts[0].toLowerCase(Locale.ROOT).equals("content-length")
          && parts[1].strip().matches("\\d{1,9}")) {
        return Math.min(Integer.parseInt(parts[1].strip()), LARGEST_REFUSAL);
      }
    }
    return 0;
  }

  InputStream input() {
    return input;
  }

  OutputStream output() {
    return output;
  }

  /** Tells the engine that nothing more will come, and goes on reading. */
  void endOutput() throws IOException {
    if (channel.isOpen()) {
      channel.shutdownOutput();
    }
  }

  /** Ends both directions, and whoever is blocked in one of them. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
