package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The socket below an upgraded connection, with back-pressure in both directions: a write returns
 * when the socket took it, and nothing is read while a stream of the connection is full. May be
 * used by any thread.
 */
final class Flow {
  /** What one frame carries at most, so that no stream is in the way of others for long. */
  static final int PIECE = 64 * 1024;

  // Answers that the socket has not taken yet. A client that asks without reading gets no more.
  private static final int ANSWERS = 64;

  private final Channel channel;
  private final Executor blocking;
  private final AtomicInteger full = new AtomicInteger();
  private final AtomicInteger answers = new AtomicInteger();
  private volatile long used = System.nanoTime();

  /**
   * @param blocking where callbacks run that may block
   */
  Flow(Channel channel, Executor blocking) {
    this.channel = channel;
    this.blocking = blocking;
  }

  /** Stops reading until as many streams have room again as were full. */
  void pause() {
    if (full.incrementAndGet() > 1) {
      return;
    }
    // At once where that is possible, or what has been read already would be handed on as well.
    if (channel.eventLoop().inEventLoop()) {
      setReading();
    } else {
      channel.eventLoop().execute(this::setReading);
    }
  }

  void resume() {
    if (full.decrementAndGet() == 0) {
      channel.eventLoop().execute(this::setReading);
    }
  }

  /** In the event loop, where the last one to run sees the last count. */
  private void setReading() {
    channel.config().setAutoRead(full.get() == 0);
  }

  boolean paused() {
    return full.get() > 0;
  }

  /** Data came. */
  void received() {
    used = System.nanoTime();
  }

  /** For how long no data came or went. */
  Duration idle() {
    return Duration.ofNanos(System.nanoTime() - used);
  }

  /** A copy: a write that is interrupted may go out after its caller uses its array again. */
  ByteBuf copy(byte[] bytes, int offset, int count) {
    return channel.alloc().buffer(count).writeBytes(bytes, offset, count);
  }

  /** Writes data and waits until the socket took it. */
  void write(Object frame) throws IOException {
    used = System.nanoTime();
    var written = channel.writeAndFlush(frame);
    try {
      written.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var interrupted = new InterruptedIOException("interrupted while the client did not read");
      interrupted.initCause(e);
      throw interrupted;
    }
    if (!written.isSuccess()) {
      throw new IOException("the client is gone", written.cause());
    }
  }

  /** Writes what is small and of which there is a limited number; a failure closes the channel. */
  Future<?> send(Object frame) {
    return channel.writeAndFlush(frame);
  }

  /**
   * Answers what the client may ask as often as it likes.
   *
   * @param frame is released, whether it is sent or not
   */
  void answer(Object frame) {
    if (answers.incrementAndGet() > ANSWERS) {
      answers.decrementAndGet();
      ReferenceCountUtil.release(frame);
      return;
    }
    channel.writeAndFlush(frame).addListener(_ -> answers.decrementAndGet());
  }

  /** Runs what may block. */
  void apart(Runnable action) {
    blocking.execute(action);
  }

  /** Closes the connection when the time is over, unless it has been closed. */
  void closeAfter(Duration wait) {
    var timer =
        channel.eventLoop().schedule(() -> channel.close(), wait.toMillis(), TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> timer.cancel(false));
  }

  /** Does something in the event loop again and again while the connection stands. */
  void every(Duration interval, Runnable action) {
    long millis = Math.max(1, interval.toMillis());
    var timer =
        channel.eventLoop().scheduleAtFixedRate(action, millis, millis, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(_ -> timer.cancel(false));
  }

  Channel channel() {
    return channel;
  }
}
