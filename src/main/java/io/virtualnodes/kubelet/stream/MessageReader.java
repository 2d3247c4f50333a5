package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.Base64;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Hands what comes in the messages of a client to the channels that they name. A message may come
 * in any number of fragments: kubectl sends its last byte in one of its own.
 */
final class MessageReader {
  /** In the place of a channel's number: the next byte is the channel that carries no more. */
  private static final int END_OF_CHANNEL = 255;

  private static final int GROUP = 4;

  private final Protocol protocol;
  private final Map<Integer, ChannelStream> streams;

  // Of the message in progress.
  private OptionalInt channel = OptionalInt.empty();
  private final byte[] group = new byte[GROUP];
  private int grouped;

  MessageReader(Protocol protocol, Map<Integer, ChannelStream> streams) {
    this.protocol = protocol;
    this.streams = streams;
  }

  /**
   * @throws CorruptedWebSocketFrameException if it is not base64 where it has to be
   */
  void read(WebSocketFrame fragment) {
    if (fragment instanceof BinaryWebSocketFrame) {
      channel = OptionalInt.empty();
      grouped = 0;
    }
    var data = fragment.content();
    if (channel.isEmpty() && data.isReadable()) {
      int first = data.readUnsignedByte();
      channel = OptionalInt.of(protocol.base64() ? first - '0' : first);
    }
    if (channel.isEmpty()) {
      return;
    }
    if (protocol.base64()) {
      decode(data, fragment.isFinalFragment());
    } else {
      hand(data);
    }
  }

  private void hand(ByteBuf data) {
    if (protocol.closesChannels() && channel.getAsInt() == END_OF_CHANNEL) {
      if (data.isReadable()) {
        var ended = streams.get((int) data.readUnsignedByte());
        if (ended != null) {
          ended.ended();
        }
      }
      return;
    }
    // A channel that is not there is ignored, as by a kubelet.
    var stream = streams.get(channel.getAsInt());
    if (stream != null) {
      stream.received(data);
    }
  }

  /** Groups of four characters may be spread over fragments; the last one may lack its padding. */
  private void decode(ByteBuf data, boolean last) {
    int whole = (grouped + data.readableBytes()) / GROUP * GROUP;
    if (last) {
      whole = grouped + data.readableBytes();
    }
    var text = new byte[whole];
    int begun = Math.min(grouped, whole);
    System.arraycopy(group, 0, text, 0, begun);
    if (whole > begun) {
      data.readBytes(text, begun, whole - begun);
      grouped = 0;
    }
    int rest = data.readableBytes();
    data.readBytes(group, grouped, rest);
    grouped += rest;
    try {
      hand(Unpooled.wrappedBuffer(Base64.getDecoder().decode(text)));
    } catch (IllegalArgumentException e) {
      throw new CorruptedWebSocketFrameException(
          WebSocketCloseStatus.INVALID_PAYLOAD_DATA, "a message is not base64", e);
    }
  }
}
