package io.virtualnodes.kubelet.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket as a pipe of bytes: where its messages begin and end means nothing. What stands above
 * it in the pipeline sees the bytes only.
 */
final class WebSocketTunnel extends ChannelDuplexHandler {
  // Answers that the socket has not taken yet, as in Flow.
  private static final int ANSWERS = 64;

  // How long a client may take that was told of the end.
  private static final int CLOSE_SECONDS = 1;

  private int answers;
  private boolean closing;

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    switch (message) {
      case PingWebSocketFrame ping -> {
        if (answers < ANSWERS) {
          answers++;
          context.writeAndFlush(new PongWebSocketFrame(ping.content())).addListener(_ -> answers--);
        } else {
          ReferenceCountUtil.release(ping);
        }
      }
      case PongWebSocketFrame pong -> ReferenceCountUtil.release(pong);
      case CloseWebSocketFrame close -> {
        ReferenceCountUtil.release(close);
        close(context, context.newPromise());
      }
      case WebSocketFrame data -> context.fireChannelRead(data.content());
      default -> ReferenceCountUtil.release(message);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    context.write(new BinaryWebSocketFrame((ByteBuf) message), promise);
  }

  @Override
  public void close(ChannelHandlerContext context, ChannelPromise promise) {
    if (closing) {
      context.close(promise);
      return;
    }
    closing = true;
    context
        .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
        .addListener(_ -> context.close(promise));
    // A client that reads nothing would never let it be written.
    context.executor().schedule(() -> context.close(promise), CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
