package io.virtualnodes.kubelet.stream;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.virtualnodes.backend.Channels;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams as numbered channels of a WebSocket: each message begins with the number of its own. All
 * streams are there from the start.
 *
 * <p>Frames are handled in the event loop, which never waits.
 */
final class ChannelConnection extends ChannelInboundHandlerAdapter implements StreamConnection {
  private static final Logger log = LoggerFactory.getLogger(ChannelConnection.class);

  private final Protocol protocol;
  private final List<ChannelPlan> plans;
  private final StreamLimits limits;
  private final Executor blocking;
  private final Arrivals arrivals = new Arrivals();
  private final Map<Integer, ChannelStream> streams = new TreeMap<>();

  // Set once, before anybody else sees the connection.
  private Flow flow;
  private MessageReader messages;
  // In the event loop only.
  private boolean finished;

  /**
   * A channel that is to be there.
   *
   * @param headers what a client would say of it if it opened it
   * @param greeting is sent on it at once, if there is one: clients take it for the sign that the
   *     conversation stands
   */
  record ChannelPlan(int number, Map<String, String> headers, Optional<byte[]> greeting) {}

  /** The channels of a conversation, as Kubernetes numbers them. */
  static List<ChannelPlan> plans(Purpose purpose) {
    return switch (purpose) {
      case Purpose.Command(var channels) -> command(channels);
      case Purpose.Ports(var named) -> ports(named);
    };
  }

  private static List<ChannelPlan> command(Channels channels) {
    var types = new ArrayList<String>();
    int greeted = channels.output() ? 1 : channels.errors() ? 2 : 3;
    types.add(channels.input() ? CommandStreams.INPUT : "");
    types.add(channels.output() ? CommandStreams.OUTPUT : "");
    types.add(channels.errors() ? CommandStreams.ERRORS : "");
    types.add(CommandStreams.END);
    types.add(channels.terminal() ? CommandStreams.SIZES : "");
    return IntStream.range(0, types.size())
        .filter(number -> !types.get(number).isEmpty())
        .mapToObj(
            number ->
                new ChannelPlan(
                    number,
                    Map.of(CommandStreams.TYPE, types.get(number)),
                    number == greeted ? Optional.of(new byte[0]) : Optional.empty()))
        .toList();
  }

  /** Two channels for each port; on both the port is said first, the low byte before the high. */
  private static List<ChannelPlan> ports(List<Integer> named) {
    return IntStream.range(0, 2 * named.size())
        .mapToObj(
            number -> {
              int port = named.get(number / 2);
              var headers =
                  Map.of(
                      ForwardStreams.PORT,
                      String.valueOf(port),
                      ForwardStreams.REQUEST,
                      String.valueOf(number / 2),
                      ForwardStreams.TYPE,
                      number % 2 == 0 ? ForwardStreams.DATA : ForwardStreams.ERROR);
              return new ChannelPlan(
                  number, headers, Optional.of(new byte[] {(byte) port, (byte) (port >> 8)}));
            })
        .toList();
  }

  ChannelConnection(
      Protocol protocol, List<ChannelPlan> plans, StreamLimits limits, Executor blocking) {
    this.protocol = protocol;
    this.plans = List.copyOf(plans);
    this.limits = limits;
    this.blocking = blocking;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    flow = new Flow(context.channel(), blocking);
    messages = new MessageReader(protocol, streams);
    for (var plan : plans) {
      var stream = new ChannelStream(plan.number(), plan.headers(), protocol.base64(), flow);
      streams.put(plan.number(), stream);
      arrivals.add(stream);
    }
    flow.every(limits.ping(), this::lookAfter);
    // Unlike an event of the pipeline, it also comes if the channel has been closed already.
    context.channel().closeFuture().addListener(_ -> lost());
  }

  /** Sends the greetings: once nothing is left below that speaks HTTP. */
  void greet() {
    for (var plan : plans) {
      var stream = streams.get(plan.number());
      plan.greeting().ifPresent(bytes -> flow.send(stream.message(bytes, 0, bytes.length)));
    }
  }

  private void lookAfter() {
    if (flow.idle().compareTo(limits.idle()) > 0) {
      arrivals.end(Ending.IDLE);
    }
    // Whoever does not read does not hear of it either.
    if (flow.idle().compareTo(limits.idle().plus(limits.leave())) > 0) {
      flow.channel().close();
    }
    if (flow.paused()) {
      // Nothing is read, so only a write shows that the client is gone.
      flow.answer(new PingWebSocketFrame(Unpooled.EMPTY_BUFFER));
    }
  }

  private void lost() {
    streams.values().forEach(ChannelStream::cutOff);
    arrivals.end(Ending.HUNG_UP);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      switch (message) {
        case PingWebSocketFrame ping ->
            flow.answer(new PongWebSocketFrame(ping.content().retain()));
        case PongWebSocketFrame _ -> {}
        case CloseWebSocketFrame _ -> closed(context);
        case WebSocketFrame data -> {
          flow.received();
          messages.read(data);
        }
        default -> {}
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** The client ends it, or answers that we did. */
  private void closed(ChannelHandlerContext context) {
    if (finished) {
      context.close();
    } else {
      close(context, WebSocketCloseStatus.NORMAL_CLOSURE);
    }
  }

  private void close(ChannelHandlerContext context, WebSocketCloseStatus status) {
    finished = true;
    context.writeAndFlush(new CloseWebSocketFrame(status)).addListener(_ -> context.close());
    flow.closeAfter(limits.leave());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Bad frames and resets: whoever is connected can cause it at will.
    log.debug("WebSocket connection failed", cause);
    if (finished) {
      context.close();
    } else {
      close(context, WebSocketCloseStatus.PROTOCOL_ERROR);
    }
  }

  @Override
  public Optional<ByteStream> next(Duration wait) throws IOException, InterruptedException {
    return arrivals.next(wait);
  }

  @Override
  public boolean extensible() {
    return false;
  }

  @Override
  public void onEnding(Consumer<Ending> listener) {
    arrivals.onEnding(listener);
  }

  @Override
  public void finish(Ending ending) {
    flow.channel()
        .eventLoop()
        .execute(
            () -> {
              if (finished) {
                return;
              }
              finished = true;
              streams.values().forEach(ChannelStream::discard);
              flow.send(new CloseWebSocketFrame(ending.closeStatus()));
              flow.closeAfter(limits.leave());
            });
  }
}
