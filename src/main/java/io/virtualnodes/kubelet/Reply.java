package io.virtualnodes.kubelet;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.virtualnodes.kubelet.stream.StreamConnection;
import io.virtualnodes.kubelet.stream.Upgrade;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * The way back to the caller of one request, for one virtual thread. A write returns when the
 * socket took it, so that a log is read no faster than the caller reads it and never more than one
 * piece of it is in memory.
 */
final class Reply {

  /** What the connection does for its request. Called in its event loop. */
  interface Listener {
    /** The caller may do what it asked for. */
    void accepted();

    /**
     * The head of the answer goes out. Called on the thread that answers, once a request.
     *
     * @param code its status
     */
    void answering(int code);

    /**
     * The answer is written whole.
     *
     * @param reusable whether the connection may carry another request
     */
    void answered(boolean reusable);

    /** The connection is to speak another protocol from here on. */
    StreamConnection upgraded(Upgrade upgrade);
  }

  private final Channel channel;
  private final Executor blocking;
  private final Duration stalled;
  private final Listener listener;
  private final boolean keepAlive;
  private boolean reusable;
  private boolean begun;
  private boolean ended;

  /**
   * @param keepAlive whether the caller wants to keep the connection
   */
  Reply(
      Channel channel, Executor blocking, Duration stalled, boolean keepAlive, Listener listener) {
    this.channel = channel;
    this.blocking = blocking;
    this.stalled = stalled;
    this.keepAlive = keepAlive;
    this.listener = listener;
  }

  /** The caller may do what it asked for. Until then, the connection ends with the answer. */
  void accepted() {
    reusable = keepAlive;
    channel.eventLoop().execute(listener::accepted);
  }

  /** Whether the head of the answer is out, so that its status cannot be changed any more. */
  boolean begun() {
    return begun;
  }

  /** Answers whole. */
  void send(Answer answer) throws HungUp, InterruptedException {
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            answer.status(),
            Unpooled.copiedBuffer(answer.body(), StandardCharsets.UTF_8));
    answer.headers().forEach(response.headers()::set);
    HttpUtil.setContentLength(response, response.content().readableBytes());
    head(response, answer.contentType());
    end(response);
  }

  /** Answers by letting the connection speak another protocol. */
  StreamConnection upgrade(Upgrade upgrade) throws HungUp, InterruptedException {
    begun = true;
    ended = true;
    listener.answering(HttpResponseStatus.SWITCHING_PROTOCOLS.code());
    var upgraded = channel.eventLoop().submit(() -> listener.upgraded(upgrade));
    await(upgraded);
    return upgraded.getNow();
  }

  /** Writes a piece of a log; the head goes out before the first one. */
  void write(byte[] bytes, int count) throws HungUp, InterruptedException {
    begin();
    // Not copied: the write is over when this returns.
    await(channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes, 0, count))));
  }

  /** The log is complete. */
  void end() throws HungUp, InterruptedException {
    begin();
    end(new DefaultLastHttpContent());
  }

  /**
   * The log ends early: a line says why, and the answer stays without its end, which is all that
   * HTTP has to say so once the head is out. {@link #abandon} does the rest.
   */
  void breakOff(String sentence) throws HungUp, InterruptedException {
    var line = ("\n" + sentence + "\n").getBytes(StandardCharsets.UTF_8);
    write(line, line.length);
  }

  /** Closes the connection if it was not answered whole. */
  void abandon() {
    if (!ended) {
      channel.close();
    }
  }

  /**
   * Closes something when the caller hangs up, also while this thread waits for it.
   *
   * @return ends that
   */
  Watch onHangUp(Runnable close) {
    GenericFutureListener<Future<Void>> hungUp = _ -> blocking.execute(close);
    channel.closeFuture().addListener(hungUp);
    return () -> channel.closeFuture().removeListener(hungUp);
  }

  /** As long as it is open, a hang-up is noticed. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private void begin() {
    if (begun) {
      return;
    }
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    HttpUtil.setTransferEncodingChunked(response, true);
    head(response, "text/plain; charset=utf-8");
    // Its failure is that of the write which follows at once.
    channel.write(response, channel.voidPromise());
  }

  private void head(HttpResponse response, String contentType) {
    begun = true;
    listener.answering(response.status().code());
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, contentType);
    if (!reusable) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  private void end(HttpObject last) throws HungUp, InterruptedException {
    ended = true;
    boolean again = reusable;
    var written = channel.newPromise();
    // Added before the write, so that it runs before the event loop reads on: the next request must
    // find the connection free.
    written.addListener(
        _ -> {
          if (written.isSuccess()) {
            listener.answered(again);
          }
        });
    channel.writeAndFlush(last, written);
    await(written);
  }

  private void await(Future<?> written) throws HungUp, InterruptedException {
    if (!written.await(stalled.toMillis())) {
      channel.close();
      throw new HungUp(null);
    }
    if (!written.isSuccess()) {
      channel.close();
      throw new HungUp(written.cause());
    }
  }
}
