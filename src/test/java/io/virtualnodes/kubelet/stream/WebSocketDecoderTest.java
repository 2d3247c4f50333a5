package io.virtualnodes.kubelet.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketDecoderTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new WebSocketDecoder());

  /** The masked "Hello" of RFC 6455, section 5.7. */
  @Test
  void aMaskedMessageIsRead() {
    var frames = read("818537fa213d7f9f4d5158");

    assertThat(frames).hasSize(1);
    assertThat(text(frames.getFirst())).isEqualTo("Hello");
    assertThat(frames.getFirst().isFinalFragment()).isTrue();
  }

  @Test
  void anEmptyMessageIsRead() {
    assertThat(read("828000000000")).hasSize(1).allMatch(WebSocketFrame::isFinalFragment);
  }

  @Test
  void aPingBetweenFragmentsIsRead() {
    var frames = read("01810000000061" + "8981000000007a" + "80810000000062");

    assertThat(frames).extracting(this::text).containsExactly("a", "z", "b");
    assertThat(frames.get(1)).isInstanceOf(PingWebSocketFrame.class);
    assertThat(frames.get(2).isFinalFragment()).isTrue();
  }

  @Test
  void aCloseIsRead() {
    assertThat(read("88820000000003e8"))
        .singleElement()
        .isInstanceOfSatisfying(
            CloseWebSocketFrame.class, close -> assertThat(close.statusCode()).isEqualTo(1000));
  }

  /** Nobody decides how much memory a frame takes here. */
  @Test
  void aHugeFrameIsHandedOutAsItComes() {
    // 1 TiB, of which three bytes have come.
    var frames = read("82ff0000010000000000" + "00000000" + "616263");

    assertThat(text(frames.getFirst())).isEqualTo("abc");
    assertThat(frames.getFirst().isFinalFragment()).isFalse();
    assertThat(text(read("646566").getFirst())).isEqualTo("def");
  }

  @ParameterizedTest
  @CsvSource({"1, 7", "2, 200", "3, 70000", "50000, 200000"})
  void aMessageIsTheSameHoweverItIsCut(int piece, int size) {
    var random = new Random(size);
    var content = new byte[size];
    random.nextBytes(content);
    var mask = new byte[] {1, (byte) 0x82, 3, 4};
    var frame = frame(content, mask);
    var read = new ByteArrayOutputStream();
    var last = new ArrayList<Boolean>();

    for (int at = 0; at < frame.length; at += piece) {
      int count = Math.min(piece, frame.length - at);
      channel.writeInbound(Unpooled.copiedBuffer(frame, at, count));
      for (WebSocketFrame part = channel.readInbound();
          part != null;
          part = channel.readInbound()) {
        read.writeBytes(ByteBufUtil.getBytes(part.content()));
        last.add(part.isFinalFragment());
        part.release();
      }
    }

    assertThat(read.toByteArray()).isEqualTo(content);
    assertThat(last.getLast()).isTrue();
    assertThat(last.subList(0, last.size() - 1)).doesNotContain(true);
  }

  private static byte[] frame(byte[] content, byte[] mask) {
    var frame = new ByteArrayOutputStream();
    frame.write(0x82);
    if (content.length < 126) {
      frame.write(0x80 | content.length);
    } else if (content.length < 65_536) {
      frame.write(0x80 | 126);
      frame.write(content.length >> 8);
      frame.write(content.length);
    } else {
      frame.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) ((long) content.length >> shift));
      }
    }
    frame.writeBytes(mask);
    for (int at = 0; at < content.length; at++) {
      frame.write(content[at] ^ mask[at & 3]);
    }
    return frame.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Not masked, though its mask would still be to come.
        "820101",
        "c28100000000aa",
        "838100000000aa",
        "808100000000aa",
        "89fe007e00000000",
        "098000000000",
        "028100000000000281000000000000",
        "82ffffffffffffffffff00000000",
      })
  void whatIsNoFrameIsRefused(String bytes) {
    assertThatThrownBy(() -> read(bytes)).isInstanceOf(DecoderException.class);
  }

  private List<WebSocketFrame> read(String bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(HexFormat.of().parseHex(bytes)));
    var frames = new ArrayList<WebSocketFrame>();
    for (WebSocketFrame frame = channel.readInbound();
        frame != null;
        frame = channel.readInbound()) {
      frames.add(frame);
    }
    return frames;
  }

  private String text(WebSocketFrame frame) {
    return frame.content().toString(US_ASCII);
  }
}
