package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A WebSocket whose messages begin with the number of their channel, by the JDK's client. */
final class ChannelClient implements AutoCloseable, WebSocket.Listener {
  private static final byte[] END = new byte[0];
  private static final long PATIENCE = 60;

  final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
  final BlockingQueue<ByteBuffer> pongs = new LinkedBlockingQueue<>();
  private final Map<Integer, BlockingQueue<byte[]>> channels = new ConcurrentHashMap<>();
  private final HttpClient http;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private final StringBuilder text = new StringBuilder();
  private WebSocket socket;

  private ChannelClient(HttpClient http) {
    this.http = http;
  }

  /**
   * @param protocols none for a client that names none
   * @throws WebSocketHandshakeException if it is refused
   */
  static ChannelClient open(StreamServer server, String path, String... protocols)
      throws Exception {
    return open(server, StreamServer.API_SERVER, path, protocols);
  }

  static ChannelClient open(
      StreamServer server, TestAuthority.Credential caller, String path, String... protocols)
      throws Exception {
    var http = HttpClient.newBuilder().sslContext(server.tls(caller.keyManagers())).build();
    var client = new ChannelClient(http);
    var builder = http.newWebSocketBuilder();
    if (protocols.length > 0) {
      var more = new String[protocols.length - 1];
      System.arraycopy(protocols, 1, more, 0, more.length);
      builder.subprotocols(protocols[0], more);
    }
    try {
      client.socket =
          builder.buildAsync(URI.create("wss://127.0.0.1:" + server.port() + path), client).join();
    } catch (CompletionException e) {
      http.shutdownNow();
      throw e.getCause() instanceof WebSocketHandshakeException refused ? refused : e;
    }
    return client;
  }

  String protocol() {
    return socket.getSubprotocol();
  }

  void send(int channel, byte[] bytes) {
    socket.sendBinary(numbered(channel, bytes), true).join();
  }

  /** As kubectl does: the channel and all but the last byte in one frame, that one in another. */
  void sendInFragments(int channel, byte[] bytes) {
    var whole = numbered(channel, bytes);
    int end = whole.limit();
    socket.sendBinary(whole.duplicate().limit(end - 1), false).join();
    socket.sendBinary(whole.position(end - 1), true).join();
  }

  private static ByteBuffer numbered(int channel, byte[] bytes) {
    return ByteBuffer.allocate(bytes.length + 1).put((byte) channel).put(bytes).flip();
  }

  void sendText(String words) {
    socket.sendText(words, true).join();
  }

  /** As v5 says that a channel carries no more. */
  void end(int channel) {
    send(255, new byte[] {(byte) channel});
  }

  void ping(byte[] bytes) {
    socket.sendPing(ByteBuffer.wrap(bytes)).join();
  }

  /** Waits for the next piece on a channel; empty if the conversation has ended. */
  byte[] piece(int channel) throws Exception {
    var piece = queue(channel).poll(PATIENCE, TimeUnit.SECONDS);
    if (piece == null) {
      throw new IOException("nothing came on channel " + channel);
    }
    return piece;
  }

  /** Hands over what comes on a channel until the end of the conversation. */
  void each(int channel, Consumer<byte[]> taker) throws Exception {
    for (var piece = piece(channel); piece != END; piece = piece(channel)) {
      taker.accept(piece);
    }
  }

  String text(int channel) throws Exception {
    var all = new ByteArrayOutputStream();
    each(channel, all::writeBytes);
    return all.toString(UTF_8);
  }

  int closeCode() throws Exception {
    var code = closed.poll(PATIENCE, TimeUnit.SECONDS);
    if (code == null) {
      throw new IOException("the conversation did not end");
    }
    return code;
  }

  /** Sends a regular close. */
  void leave() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
  }

  /** Cuts the connection, as a client does that is killed. */
  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }

  private BlockingQueue<byte[]> queue(int channel) {
    return channels.computeIfAbsent(channel, _ -> new LinkedBlockingQueue<>());
  }

  @Override
  public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    var bytes = new byte[data.remaining()];
    data.get(bytes);
    message.writeBytes(bytes);
    if (last) {
      var whole = message.toByteArray();
      message.reset();
      var content = new byte[whole.length - 1];
      System.arraycopy(whole, 1, content, 0, content.length);
      received(whole[0] & 0xff, content);
    }
    from.request(1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      received(text.charAt(0) - '0', Base64.getDecoder().decode(text.substring(1)));
      text.setLength(0);
    }
    from.request(1);
    return CompletableFuture.completedFuture(null);
  }

  private void received(int channel, byte[] content) {
    queue(channel).add(content);
  }

  @Override
  public CompletionStage<?> onPong(WebSocket from, ByteBuffer data) {
    var copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
    pongs.add(copy);
    from.request(1);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.add(code);
    ended();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void onError(WebSocket from, Throwable failure) {
    closed.add(-1);
    ended();
  }

  private void ended() {
    for (int channel = 0; channel < 6; channel++) {
      queue(channel).add(END);
    }
  }
}
