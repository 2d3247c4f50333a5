package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/** A stream that the client opened on a SPDY connection. */
final class SpdyStream implements ByteStream {
  private final int id;
  private final Map<String, String> headers;
  private final Flow flow;
  private final Consumer<SpdyStream> over;
  private final InboundPipe input;
  private final OutputStream output = new Output();
  private final CutNotice cut;

  private final ReentrantLock lock = new ReentrantLock();
  // Both guarded by lock.
  private boolean clientEnded;
  private boolean weEnded;

  /**
   * @param over is told when neither side will send on it any more
   */
  SpdyStream(int id, Map<String, String> headers, Flow flow, Consumer<SpdyStream> over) {
    this.id = id;
    this.headers = Map.copyOf(headers);
    this.flow = flow;
    this.over = over;
    this.input = new InboundPipe(flow);
    this.cut = new CutNotice(flow);
  }

  @Override
  public int number() {
    return id;
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public void accept() {
    var reply = new DefaultSpdySynReplyFrame(id);
    // Netty leaves out the header block of a reply without headers, and Go waits for its length.
    reply.headers().set("accepted", "true");
    flow.send(reply);
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
  public void reset() {
    if (endBoth()) {
      flow.send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
    }
    input.close();
  }

  @Override
  public void onCut(Runnable action) {
    cut.tell(action);
  }

  /** In the event loop, as are the others below. */
  void received(ByteBuf data) {
    input.offer(data);
  }

  void ended() {
    input.end();
    boolean both;
    lock.lock();
    try {
      both = weEnded && !clientEnded;
      clientEnded = true;
    } finally {
      lock.unlock();
    }
    if (both) {
      over.accept(this);
    }
  }

  /** The client gave it up, or is gone. */
  void cutOff(String why) {
    endBoth();
    input.fail(new IOException(why));
    cut.happened();
  }

  /** Cuts it off if it keeps the connection waiting for too long. */
  void cutIfStalled(long nanos) {
    if (input.stalledNanos() > nanos) {
      flow.send(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
      cutOff("the port took nothing for too long, which held up the client's other connections");
    }
  }

  /** What else comes is thrown away. */
  void discard() {
    input.close();
  }

  /**
   * @return whether one of the directions had not ended before
   */
  private boolean endBoth() {
    boolean news;
    lock.lock();
    try {
      news = !clientEnded || !weEnded;
      clientEnded = true;
      weEnded = true;
    } finally {
      lock.unlock();
    }
    if (news) {
      over.accept(this);
    }
    return news;
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      for (int at = 0; at < count; at += Flow.PIECE) {
        if (hasEnded()) {
          throw new IOException("the stream has ended");
        }
        int piece = Math.min(Flow.PIECE, count - at);
        flow.write(new DefaultSpdyDataFrame(id, flow.copy(bytes, offset + at, piece)));
      }
    }

    private boolean hasEnded() {
      lock.lock();
      try {
        return weEnded;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      boolean both;
      lock.lock();
      try {
        if (weEnded) {
          return;
        }
        weEnded = true;
        both = clientEnded;
      } finally {
        lock.unlock();
      }
      flow.send(new DefaultSpdyDataFrame(id, Unpooled.EMPTY_BUFFER).setLast(true));
      if (both) {
        over.accept(SpdyStream.this);
      }
    }
  }
}
