package io.virtualnodes.kubelet.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
  private final Flow flow = new Flow(new EmbeddedChannel(), Runnable::run);
  private final ChannelStream input = new ChannelStream(0, Map.of(), false, flow);
  private final Map<Integer, ChannelStream> streams = Map.of(0, input);

  @Test
  void aMessageIsForTheChannelOfItsFirstByte() throws Exception {
    var reader = reader("v4.channel.k8s.io");

    begin(reader, true, "\u0000one");
    begin(reader, true, "\u0007not here");
    begin(reader, true, "\u0000two");

    assertThat(all()).isEqualTo("onetwo");
  }

  @Test
  void fragmentsBelongToTheirMessage() throws Exception {
    var reader = reader("v4.channel.k8s.io");

    begin(reader, false, "");
    next(reader, false, "\u0000o");
    next(reader, false, "");
    next(reader, true, "ne");
    begin(reader, true, "");

    assertThat(all()).isEqualTo("one");
  }

  @Test
  void theEndOfAChannelMayComeInFragments() throws Exception {
    var reader = reader("v5.channel.k8s.io");
    begin(reader, true, "\u0000one");

    begin(reader, false, "\u00ff");
    next(reader, true, "\u0000");

    assertThat(input.input().readAllBytes()).isEqualTo("one".getBytes(US_ASCII));
  }

  @Test
  void olderVersionsKnowNoEndOfAChannel() throws Exception {
    var reader = reader("v4.channel.k8s.io");

    begin(reader, true, "\u00ff\u0000");
    begin(reader, true, "\u0000more");

    assertThat(all()).isEqualTo("more");
  }

  @Test
  void base64IsReadHoweverItIsCut() throws Exception {
    var reader = reader("base64.channel.k8s.io");

    begin(reader, false, "0");
    for (var piece : new String[] {"a", "GVs", "bG8gd2", "9", "ybGQ"}) {
      next(reader, false, piece);
    }
    next(reader, true, "=");
    begin(reader, true, "0IQ==");

    assertThat(all()).isEqualTo("hello world!");
  }

  @Test
  void whatIsNotBase64IsRefused() {
    var reader = reader("v4.base64.channel.k8s.io");

    assertThatThrownBy(() -> begin(reader, true, "0%%%%"))
        .isInstanceOf(CorruptedWebSocketFrameException.class);
  }

  private MessageReader reader(String protocol) {
    return new MessageReader(new Protocol(Protocol.Carrier.CHANNELS, protocol), streams);
  }

  private static void begin(MessageReader reader, boolean last, String bytes) {
    reader.read(new BinaryWebSocketFrame(last, 0, Unpooled.wrappedBuffer(latin(bytes))));
  }

  private static void next(MessageReader reader, boolean last, String bytes) {
    reader.read(new ContinuationWebSocketFrame(last, 0, Unpooled.wrappedBuffer(latin(bytes))));
  }

  private static byte[] latin(String bytes) {
    return bytes.getBytes(ISO_8859_1);
  }

  private String all() throws IOException {
    input.ended();
    return new String(input.input().readAllBytes(), US_ASCII);
  }
}
