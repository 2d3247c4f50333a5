package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * A stream that is a number in the messages of a WebSocket. Nothing tells the client that it has
 * ended, so that it ends in both directions when we end ours.
 */
final class ChannelStream implements ByteStream {
  private final int number;
  private final Map<String, String> headers;
  private final boolean base64;
  private final Flow flow;
  private final InboundPipe input;
  private final OutputStream output = new Output();
  private final CutNotice cut;
  private volatile boolean ended;

  /**
   * @param base64 whether its messages are text
   */
  ChannelStream(int number, Map<String, String> headers, boolean base64, Flow flow) {
    this.number = number;
    this.headers = Map.copyOf(headers);
    this.base64 = base64;
    this.flow = flow;
    this.input = new InboundPipe(flow);
    this.cut = new CutNotice(flow);
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public void accept() {
    // Channels are there from the start.
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
    ended = true;
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

  /** The client will say no more. */
  void ended() {
    input.end();
  }

  void cutOff() {
    ended = true;
    input.fail(new IOException("the client hung up"));
    cut.happened();
  }

  void discard() {
    input.close();
  }

  /** A message that carries these bytes. */
  WebSocketFrame message(byte[] bytes, int offset, int count) {
    if (!base64) {
      return new BinaryWebSocketFrame(
          Unpooled.wrappedBuffer(
              Unpooled.wrappedBuffer(new byte[] {(byte) number}), flow.copy(bytes, offset, count)));
    }
    var piece = new byte[count];
    System.arraycopy(bytes, offset, piece, 0, count);
    var text = number + Base64.getEncoder().encodeToString(piece);
    return new TextWebSocketFrame(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
      for (int at = 0; at < count; at += Flow.PIECE) {
        if (ended) {
          throw new IOException("the stream has ended");
        }
        int piece = Math.min(Flow.PIECE, count - at);
        flow.write(message(bytes, offset + at, piece));
      }
    }

    @Override
    public void close() {
      ended = true;
      input.close();
    }
  }
}
