package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A client that talks with a process, by one of the protocols that do all there is to do. */
interface CommandClient extends AutoCloseable {

  /** By which protocol. */
  enum Carrier {
    SPDY,
    WEBSOCKET
  }

  /** Begins {@code exec} with input, output and errors. */
  static CommandClient exec(Carrier carrier, StreamServer server, String... command)
      throws Exception {
    return open(carrier, server, path("exec", "input=1&output=1&error=1", command));
  }

  /** As {@link #exec}, with a terminal. */
  static CommandClient terminal(Carrier carrier, StreamServer server, String... command)
      throws Exception {
    return open(carrier, server, path("exec", "input=1&output=1&error=1&tty=1", command));
  }

  static CommandClient open(Carrier carrier, StreamServer server, String path) throws Exception {
    boolean tty = path.contains("tty=1");
    return switch (carrier) {
      case SPDY -> new Spdy(server, path, tty);
      case WEBSOCKET -> new Channels(server, path);
    };
  }

  static String path(String kind, String ways, String... command) {
    var words =
        Stream.of(command).map(word -> "&command=" + URLEncoder.encode(word, UTF_8)).toList();
    return "/%s/team-a/web/app?%s%s".formatted(kind, ways, String.join("", words));
  }

  void input(byte[] bytes) throws Exception;

  void endInput();

  void resize(int width, int height) throws Exception;

  /** A piece of the output. */
  String someOutput() throws Exception;

  /** The rest of it, until its end. */
  void output(Consumer<byte[]> taker) throws Exception;

  String errors() throws Exception;

  /** What is said of the end. */
  String status() throws Exception;

  default String output() throws Exception {
    var all = new ByteArrayOutputStream();
    output(all::writeBytes);
    return all.toString(UTF_8);
  }

  /** Cuts the connection, as a client does that is killed. */
  @Override
  void close();

  /** Over SPDY, version 4. */
  final class Spdy implements CommandClient {
    private final SpdyClient client;
    private final SpdyClient.Stream status;
    private final SpdyClient.Stream input;
    private final SpdyClient.Stream output;
    private final List<SpdyClient.Stream> errors = new ArrayList<>();
    private final List<SpdyClient.Stream> sizes = new ArrayList<>();

    private Spdy(StreamServer server, String path, boolean tty) throws Exception {
      client =
          SpdyClient.open(server, path, "v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io");
      status = client.stream(Map.of("streamType", "error"));
      input = client.stream(Map.of("streamType", "stdin"));
      output = client.stream(Map.of("streamType", "stdout"));
      if (tty) {
        sizes.add(client.stream(Map.of("streamType", "resize")));
      } else {
        errors.add(client.stream(Map.of("streamType", "stderr")));
      }
    }

    SpdyClient connection() {
      return client;
    }

    @Override
    public void input(byte[] bytes) throws Exception {
      input.write(bytes);
    }

    @Override
    public void endInput() {
      input.end();
    }

    @Override
    public void resize(int width, int height) throws Exception {
      sizes.getFirst().write(size(width, height));
    }

    @Override
    public String someOutput() throws Exception {
      return output.some();
    }

    @Override
    public void output(Consumer<byte[]> taker) throws Exception {
      output.each(taker);
    }

    @Override
    public String errors() throws Exception {
      return errors.getFirst().text();
    }

    @Override
    public String status() throws Exception {
      return status.text();
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /** Over a WebSocket, version 5. */
  final class Channels implements CommandClient {
    private final ChannelClient client;

    private Channels(StreamServer server, String path) throws Exception {
      client = ChannelClient.open(server, path, "v5.channel.k8s.io", "v4.channel.k8s.io");
    }

    @Override
    public void input(byte[] bytes) {
      client.sendInFragments(0, bytes);
    }

    @Override
    public void endInput() {
      client.end(0);
    }

    @Override
    public void resize(int width, int height) {
      client.send(4, size(width, height));
    }

    @Override
    public String someOutput() throws Exception {
      var piece = client.piece(1);
      // The first message is the greeting.
      return piece.length == 0 ? someOutput() : new String(piece, UTF_8);
    }

    @Override
    public void output(Consumer<byte[]> taker) throws Exception {
      client.each(1, taker);
    }

    @Override
    public String errors() throws Exception {
      return client.text(2);
    }

    @Override
    public String status() throws Exception {
      return client.text(3);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private static byte[] size(int width, int height) {
    return "{\"Width\":%d,\"Height\":%d}\n".formatted(width, height).getBytes(UTF_8);
  }
}
