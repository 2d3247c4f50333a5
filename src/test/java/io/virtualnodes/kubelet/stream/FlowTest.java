package io.virtualnodes.kubelet.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class FlowTest {
  private static final int ANSWERS = 64;

  private final Socket socket = new Socket();
  private final Flow flow = new Flow(new EmbeddedChannel(socket), Runnable::run);

  @Test
  void answersThatTheSocketDoesNotTakeAreNotKept() {
    var pongs = new ArrayList<PongWebSocketFrame>();
    for (int number = 0; number < 10 * ANSWERS; number++) {
      pongs.add(new PongWebSocketFrame(Unpooled.buffer(100)));
      flow.answer(pongs.getLast());
    }

    assertThat(socket.waiting).hasSize(ANSWERS);
    assertThat(pongs).filteredOn(pong -> pong.refCnt() > 0).hasSize(ANSWERS);
  }

  @Test
  void answersGoOnOnceTheSocketTookOne() {
    for (int number = 0; number < 2 * ANSWERS; number++) {
      flow.answer(new PongWebSocketFrame());
    }

    socket.take();
    flow.answer(new PongWebSocketFrame());
    flow.answer(new PongWebSocketFrame());

    assertThat(socket.waiting).hasSize(ANSWERS);
  }

  /** Of a client that reads only when the test says so. */
  private static final class Socket extends ChannelOutboundHandlerAdapter {
    private final Queue<ChannelPromise> waiting = new ArrayDeque<>();
    private final Queue<Object> frames = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext context, Object frame, ChannelPromise promise) {
      frames.add(frame);
      waiting.add(promise);
    }

    void take() {
      ReferenceCountUtil.release(frames.remove());
      waiting.remove().setSuccess();
    }
  }
}
