package io.virtualnodes.kubelet.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SPDY as Kubernetes speaks it: the client opens streams, nobody keeps flow-control windows, and a
 * socket that is not read is the only back-pressure there is.
 *
 * <p>Frames are handled in the event loop, which never waits.
 */
final class SpdyConnection extends ChannelInboundHandlerAdapter implements StreamConnection {
  private static final Logger log = LoggerFactory.getLogger(SpdyConnection.class);

  private final StreamLimits limits;
  private final int mostStreams;
  private final boolean resetsStalled;
  private final Executor blocking;
  private final Arrivals arrivals = new Arrivals();
  private final Map<Integer, SpdyStream> streams = new ConcurrentHashMap<>();

  // Set once, before anybody else sees the connection.
  private Flow flow;
  // The rest in the event loop only.
  private int lastStream;
  private int lastPing;
  private boolean finished;

  /**
   * @param mostStreams how many may be open at once
   * @param resetsStalled whether a stream that keeps the others from being read is given up
   */
  SpdyConnection(StreamLimits limits, int mostStreams, boolean resetsStalled, Executor blocking) {
    this.limits = limits;
    this.mostStreams = mostStreams;
    this.resetsStalled = resetsStalled;
    this.blocking = blocking;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    flow = new Flow(context.channel(), blocking);
    flow.every(limits.ping(), this::lookAfter);
    // Unlike an event of the pipeline, it also comes if the channel has been closed already.
    context.channel().closeFuture().addListener(_ -> lost());
  }

  private void lookAfter() {
    if (flow.idle().compareTo(limits.idle()) > 0) {
      arrivals.end(Ending.IDLE);
    }
    // Whoever does not read does not hear of it either.
    if (flow.idle().compareTo(limits.idle().plus(limits.leave())) > 0) {
      flow.channel().close();
    }
    if (resetsStalled) {
      streams.values().forEach(stream -> stream.cutIfStalled(limits.stall().toNanos()));
    }
    if (flow.paused()) {
      // Nothing is read, so only a write shows that the client is gone. Even numbers are ours.
      lastPing += 2;
      flow.answer(new DefaultSpdyPingFrame(lastPing));
    }
  }

  private void lost() {
    streams.values().forEach(stream -> stream.cutOff("the client hung up"));
    arrivals.end(Ending.HUNG_UP);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      switch (message) {
        case SpdySynStreamFrame opened -> open(context, opened);
        case SpdyDataFrame data -> received(data);
        case SpdyRstStreamFrame reset -> {
          var stream = streams.get(reset.streamId());
          if (stream != null) {
            stream.cutOff("the client reset the stream");
          }
        }
        // An odd number is the client's question, an even one the answer to ours.
        case SpdyPingFrame ping when ping.id() % 2 != 0 -> flow.answer(ping);
        // What remains is the client's GOAWAY, upon which it closes, and what Kubernetes never
        // sends: settings, windows, more headers.
        default -> {}
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void open(ChannelHandlerContext context, SpdySynStreamFrame frame) {
    int id = frame.streamId();
    // After a header block that could not be read, none could be: they are one compressed text.
    if (id % 2 == 0 || id <= lastStream || frame.isInvalid() || frame.isTruncated()) {
      log.debug("a SPDY client broke the protocol when it opened stream {}", id);
      context.close();
      return;
    }
    lastStream = id;
    if (finished) {
      return;
    }
    if (streams.size() >= mostStreams) {
      flow.answer(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.REFUSED_STREAM));
      return;
    }
    flow.received();
    var stream = new SpdyStream(id, headers(frame.headers()), flow, this::forget);
    streams.put(id, stream);
    if (frame.isLast()) {
      stream.ended();
    }
    arrivals.add(stream);
  }

  private static Map<String, String> headers(SpdyHeaders frame) {
    var headers = new HashMap<String, String>();
    frame
        .iteratorAsString()
        .forEachRemaining(
            header -> headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
    return headers;
  }

  private void received(SpdyDataFrame frame) {
    var stream = streams.get(frame.streamId());
    if (stream == null) {
      return; // it is over, and this was under way
    }
    if (frame.content().isReadable()) {
      flow.received();
      stream.received(frame.content());
    }
    if (frame.isLast()) {
      stream.ended();
    }
  }

  private void forget(SpdyStream stream) {
    streams.remove(stream.number());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    // Bad frames and resets: whoever is connected can cause it at will.
    log.debug("SPDY connection failed", cause);
    context.close();
  }

  @Override
  public Optional<ByteStream> next(Duration wait) throws IOException, InterruptedException {
    return arrivals.next(wait);
  }

  @Override
  public boolean extensible() {
    return true;
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
              streams.values().forEach(SpdyStream::discard);
              // The client drains what it has been sent, ends its streams, and closes.
              flow.send(new DefaultSpdyGoAwayFrame(lastStream));
              flow.closeAfter(limits.leave());
            });
  }
}
