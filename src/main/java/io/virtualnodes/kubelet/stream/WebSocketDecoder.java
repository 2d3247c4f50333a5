package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;

/**
 * The frames that a client sends on a WebSocket (RFC 6455, section 5), without extensions. Text
 * comes as binary, since none of our protocols makes a difference between them.
 *
 * <p>Netty has a decoder too, which hands out whole frames. Clients send frames of any size, some a
 * whole file in one; this one hands out what is there, as more and smaller fragments of the same
 * message, so that nobody decides how much memory a frame takes here.
 */
final class WebSocketDecoder extends ByteToMessageDecoder {
  private static final int CONTINUATION = 0x0;
  private static final int TEXT = 0x1;
  private static final int BINARY = 0x2;
  private static final int CLOSE = 0x8;
  private static final int PING = 0x9;
  private static final int PONG = 0xA;
  private static final int CONTROL_BYTES = 125;

  private boolean inMessage;

  // Of the frame whose bytes come next.
  private boolean inFrame;
  private boolean last;
  private int kind;
  private long left;
  private final byte[] mask = new byte[4];
  private int masked;

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (!inFrame && !head(in)) {
      return;
    }
    boolean control = kind >= CLOSE;
    if (control && in.readableBytes() < left) {
      return;
    }
    int count = (int) Math.min(in.readableBytes(), left);
    // Of an empty frame nothing is missing; of another there is nothing to say yet.
    if (count == 0 && left > 0) {
      return;
    }
    var payload = unmasked(context, in, count);
    left -= count;
    inFrame = left > 0;
    out.add(control ? control(payload) : fragment(payload));
  }

  /**
   * @return whether it was there whole
   */
  private boolean head(ByteBuf in) {
    if (in.readableBytes() < 2) {
      return false;
    }
    int first = in.getUnsignedByte(in.readerIndex());
    int second = in.getUnsignedByte(in.readerIndex() + 1);
    // At once: of one that is not masked, less is to come than is waited for below.
    require((second & 0x80) != 0, "a client must mask its frames");
    int shortLength = second & 0x7f;
    int lengthBytes = shortLength < 126 ? 0 : shortLength == 126 ? 2 : 8;
    if (in.readableBytes() < 2 + lengthBytes + mask.length) {
      return false;
    }
    in.skipBytes(2);
    long length =
        switch (lengthBytes) {
          case 0 -> shortLength;
          case 2 -> in.readUnsignedShort();
          default -> in.readLong();
        };
    in.readBytes(mask);
    begin((first & 0x80) != 0, first & 0x70, first & 0x0f, length);
    return true;
  }

  private void begin(boolean whole, int reserved, int opcode, long length) {
    require(reserved == 0, "bits are set that belong to an extension");
    require(length >= 0, "a frame has a negative length");
    switch (opcode) {
      case CONTINUATION -> require(inMessage, "nothing is there to be continued");
      case TEXT, BINARY -> require(!inMessage, "a message begins inside of another");
      case CLOSE, PING, PONG ->
          require(whole && length <= CONTROL_BYTES, "a control frame is in pieces or too large");
      default -> require(false, "a frame is of an unknown kind");
    }
    inFrame = true;
    last = whole;
    kind = opcode;
    left = length;
    masked = 0;
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new CorruptedWebSocketFrameException(WebSocketCloseStatus.PROTOCOL_ERROR, otherwise);
    }
  }

  private ByteBuf unmasked(ChannelHandlerContext context, ByteBuf in, int count) {
    var payload = context.alloc().heapBuffer(count);
    payload.writeBytes(in, count);
    var bytes = payload.array();
    int from = payload.arrayOffset();
    for (int at = 0; at < count; at++) {
      bytes[from + at] ^= mask[(masked + at) & 3];
    }
    masked = (masked + count) & 3;
    return payload;
  }

  private WebSocketFrame control(ByteBuf payload) {
    return switch (kind) {
      case PING -> new PingWebSocketFrame(payload);
      case PONG -> new PongWebSocketFrame(payload);
      default -> new CloseWebSocketFrame(true, 0, payload);
    };
  }

  private WebSocketFrame fragment(ByteBuf payload) {
    boolean ends = last && left == 0;
    var frame =
        inMessage
            ? new ContinuationWebSocketFrame(ends, 0, payload)
            : new BinaryWebSocketFrame(ends, 0, payload);
    inMessage = !ends;
    return frame;
  }
}
