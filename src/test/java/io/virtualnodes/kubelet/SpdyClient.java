package io.virtualnodes.kubelet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * SPDY as the API server and kubectl speak it: streams opened one after the other, no windows, and
 * a connection that is closed by this side.
 */
final class SpdyClient implements AutoCloseable {
  private static final byte[] END = new byte[0];
  private static final long PATIENCE = 60;

  final BlockingQueue<Integer> pings = new LinkedBlockingQueue<>();
  final CountDownLatch goneAway = new CountDownLatch(1);
  private final Map<Integer, Stream> streams = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger(1);
  private final CompletableFuture<String> head = new CompletableFuture<>();
  private final boolean tunnel;
  private Channel channel;

  private SpdyClient(boolean tunnel) {
    this.tunnel = tunnel;
  }

  /** Upgrades a POST. */
  static SpdyClient open(StreamServer server, String path, String... protocols) throws Exception {
    var offered = new StringBuilder();
    for (var protocol : protocols) {
      offered.append("X-Stream-Protocol-Version: ").append(protocol).append("\r\n");
    }
    return new SpdyClient(false)
        .connect(
            server,
            "POST "
                + path
                + " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
                + offered
                + "Content-Length: 0\r\n\r\n");
  }

  /** In the messages of a WebSocket, as newer versions of kubectl forward ports. */
  static SpdyClient tunnel(StreamServer server, String path) throws Exception {
    return new SpdyClient(true)
        .connect(
            server,
            "GET "
                + path
                + " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n");
  }

  private SpdyClient connect(StreamServer server, String request) throws Exception {
    var credential = StreamServer.API_SERVER;
    var tls =
        SslContextBuilder.forClient()
            .keyManager(credential.key(), credential.certificate())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .build();
    channel =
        new Bootstrap()
            .group(server.clients())
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel connected) {
                    var handler = tls.newHandler(connected.alloc());
                    // Tests run on busy machines.
                    handler.setHandshakeTimeoutMillis(60_000);
                    connected.pipeline().addLast(handler).addLast(new Head());
                  }
                })
            .connect(server.address(), server.port())
            .sync()
            .channel();
    channel.closeFuture().addListener(_ -> streams.values().forEach(Stream::lost));
    channel.writeAndFlush(Unpooled.copiedBuffer(request, UTF_8)).sync();
    var answer = head.get(PATIENCE, TimeUnit.SECONDS);
    if (!answer.startsWith("HTTP/1.1 101 ")) {
      close();
      throw new IOException(answer);
    }
    return this;
  }

  /** The head of the answer. */
  String answer() {
    return head.join();
  }

  /** Opens a stream and waits for the reply, before which nothing may be sent. */
  Stream stream(Map<String, String> headers) throws Exception {
    var stream = begin(headers);
    stream.replied.get(PATIENCE, TimeUnit.SECONDS);
    return stream;
  }

  /** Opens a stream and waits for nothing. */
  Stream begin(Map<String, String> headers) {
    var stream = new Stream(next.getAndAdd(2));
    streams.put(stream.id, stream);
    var frame = new DefaultSpdySynStreamFrame(stream.id, 0, (byte) 0);
    // Lower case on the wire, as Go's client has it.
    headers.forEach((name, value) -> frame.headers().set(name.toLowerCase(Locale.ROOT), value));
    channel.writeAndFlush(frame);
    return stream;
  }

  void ping(int id) {
    channel.writeAndFlush(new DefaultSpdyPingFrame(id));
  }

  /** Stops reading, as a client does whose own output is not read. */
  void pause(boolean paused) {
    channel.config().setAutoRead(!paused);
  }

  /** Sends bytes that are no frame. */
  void rubbish(byte[] bytes) {
    channel.pipeline().context(SpdyFrameCodec.class).writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  boolean closedWithin(long seconds) throws InterruptedException {
    return channel.closeFuture().await(seconds, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
  }

  final class Stream {
    final int id;
    final CompletableFuture<Void> replied = new CompletableFuture<>();
    final CountDownLatch reset = new CountDownLatch(1);
    private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

    private Stream(int id) {
      this.id = id;
    }

    /** Waits until the socket took it. */
    void write(byte[] bytes) throws InterruptedException {
      send(bytes).sync();
    }

    ChannelFuture send(byte[] bytes) {
      return channel.writeAndFlush(new DefaultSpdyDataFrame(id, Unpooled.wrappedBuffer(bytes)));
    }

    void end() {
      channel.writeAndFlush(new DefaultSpdyDataFrame(id, Unpooled.EMPTY_BUFFER).setLast(true));
    }

    void reset() {
      channel.writeAndFlush(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
    }

    /** Hands over what comes until the end of the stream. */
    void each(Consumer<byte[]> taker) throws Exception {
      for (var piece = piece(); piece != END; piece = piece()) {
        taker.accept(piece);
      }
    }

    private byte[] piece() throws InterruptedException, IOException {
      var piece = received.poll(PATIENCE, TimeUnit.SECONDS);
      if (piece == null) {
        throw new IOException("nothing came on stream " + id);
      }
      return piece;
    }

    String some() throws Exception {
      return new String(piece(), UTF_8);
    }

    byte[] all() throws Exception {
      var all = new ByteArrayOutputStream();
      each(all::writeBytes);
      return all.toByteArray();
    }

    String text() throws Exception {
      return new String(all(), UTF_8);
    }

    private void lost() {
      replied.completeExceptionally(new IOException("the connection is gone"));
      received.add(END);
    }
  }

  /** Reads the head of the answer, or all of one that is a refusal, and changes the protocol. */
  private final class Head extends ByteToMessageDecoder {
    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
      var text = in.toString(UTF_8);
      int end = text.indexOf("\r\n\r\n");
      if (end < 0) {
        return;
      }
      if (!text.startsWith("HTTP/1.1 101 ")) {
        int body = bodyLength(text).orElse(0);
        if (text.length() >= end + 4 + body) {
          in.skipBytes(in.readableBytes());
          head.complete(text);
        }
        return;
      }
      in.skipBytes(end + 4);
      var pipeline = context.pipeline();
      if (tunnel) {
        pipeline.addLast(
            new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(false)
                    .maxFramePayloadLength(1 << 24)
                    .build()),
            new WebSocket13FrameEncoder(true),
            new Tunnel());
      }
      pipeline.addLast(new SpdyFrameCodec(SpdyVersion.SPDY_3_1), new Frames());
      head.complete(text.substring(0, end));
      pipeline.remove(this);
    }

    private static Optional<Integer> bodyLength(String text) {
      return text.lines()
          .filter(line -> line.toLowerCase().startsWith("content-length:"))
          .map(line -> Integer.valueOf(line.substring(15).strip()))
          .findFirst();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      head.completeExceptionally(new IOException("closed without an answer"));
    }
  }

  /** Cuts what is written into the small pieces that Go's client makes of it. */
  private static final class Tunnel extends ChannelDuplexHandler {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof CloseWebSocketFrame) {
        ReferenceCountUtil.release(message);
        context.close();
      } else {
        context.fireChannelRead(((WebSocketFrame) message).content());
      }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      var bytes = (ByteBuf) message;
      int head = Math.min(4, bytes.readableBytes());
      context.write(new BinaryWebSocketFrame(bytes.readRetainedSlice(head)));
      context.write(new BinaryWebSocketFrame(bytes), promise);
    }
  }

  private final class Frames extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      switch (message) {
        case SpdySynReplyFrame reply -> replied(reply);
        case SpdyDataFrame data -> {
          var stream = streams.get(data.streamId());
          if (data.content().isReadable()) {
            var bytes = new byte[data.content().readableBytes()];
            data.content().readBytes(bytes);
            stream.received.add(bytes);
          }
          if (data.isLast()) {
            stream.received.add(END);
          }
        }
        case SpdyRstStreamFrame reset -> {
          var stream = streams.get(reset.streamId());
          stream.reset.countDown();
          stream.lost();
        }
        case SpdyPingFrame ping -> {
          pings.add(ping.id());
          if (ping.id() % 2 == 0) {
            context.writeAndFlush(ping);
          }
        }
        case SpdyGoAwayFrame _ -> goneAway.countDown();
        default -> throw new IllegalStateException("a node sends no " + message);
      }
      ReferenceCountUtil.release(message);
    }

    /**
     * Go's client waits for the length of a header block, which Netty leaves out of an empty one.
     */
    private void replied(SpdySynReplyFrame reply) {
      var stream = streams.get(reply.streamId());
      if (reply.headers().isEmpty()) {
        stream.replied.completeExceptionally(new IOException("a reply without a header block"));
      } else {
        stream.replied.complete(null);
      }
    }
  }
}
