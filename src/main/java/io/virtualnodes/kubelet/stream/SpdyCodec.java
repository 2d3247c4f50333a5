package io.virtualnodes.kubelet.stream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;

/**
 * SPDY's frames, read only when somebody wants them.
 *
 * <p>Netty's codec asks for more after each read even while automatic reading is off, if the bytes
 * made no whole frame. That voids back-pressure: whatever a client sends to a process that does not
 * read would pile up in here.
 */
final class SpdyCodec extends SpdyFrameCodec {
  private static final int HEADER_BYTES = 16 * 1024;

  SpdyCodec() {
    // The rest are Netty's own choices for zlib.
    super(SpdyVersion.SPDY_3_1, Flow.PIECE, HEADER_BYTES, 6, 15, 8);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    discardSomeReadBytes();
    context.fireChannelReadComplete();
  }
}
