package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.docker.StreamFrames.Source;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StreamFramesTest {

  private static byte[] frame(int stream, String text) {
    var bytes = text.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + bytes.length)
        .put((byte) stream)
        .putInt(4, bytes.length)
        .put(8, bytes)
        .array();
  }

  private static byte[] all(byte[]... frames) {
    var all = new ByteArrayOutputStream();
    Arrays.stream(frames).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static String read(byte[] framed, int atOnce) throws IOException {
    var frames = new StreamFrames(new ByteArrayInputStream(framed));
    var text = new StringBuilder();
    var buffer = new byte[atOnce];
    for (int count = frames.read(buffer, 0, atOnce);
        count >= 0;
        count = frames.read(buffer, 0, atOnce)) {
      text.append(frames.source() == Source.OUTPUT ? "" : "!")
          .append(new String(buffer, 0, count, UTF_8));
    }
    return text.toString();
  }

  @Test
  void outputAndErrorsAreToldApart() throws IOException {
    var framed = all(frame(1, "one"), frame(2, "two"), frame(1, ""), frame(0, "three"));

    assertThat(read(framed, 100)).isEqualTo("one!twothree");
    assertThat(read(new byte[0], 100)).isEmpty();
  }

  @Test
  void aMessageIsHandedOverInPieces() throws IOException {
    assertThat(read(all(frame(1, "abcde"), frame(2, "fgh")), 2)).isEqualTo("abcde!fg!h");
  }

  @Test
  void aMessageThatIsCutOffIsAFailure() {
    var framed = frame(1, "whole");

    for (int length : new int[] {1, 7, 8, 12}) {
      assertThatThrownBy(() -> read(Arrays.copyOf(framed, length), 100))
          .isInstanceOf(EOFException.class);
    }
  }

  @Test
  void whatTheEngineSaysOfItselfIsAFailure() {
    assertThatThrownBy(() -> read(all(frame(1, "one"), frame(3, "no more\n")), 100))
        .isInstanceOf(IOException.class)
        .hasMessage("the engine broke off: no more");
    assertThatThrownBy(() -> read(frame(9, "?"), 100)).hasMessageContaining("stream 9");
    assertThatThrownBy(() -> read(new byte[] {1, 0, 0, 0, -1, 0, 0, 0}, 100))
        .hasMessageContaining("message of -");
  }

  @Test
  void theOutputAloneIsRead() throws IOException {
    var framed = all(frame(2, "err"), frame(1, "one"), frame(2, "err"), frame(1, "two"));

    var output = new StreamFrames(new ByteArrayInputStream(framed)).output();

    assertThat(output.read()).isEqualTo('o');
    assertThat(new String(output.readAllBytes(), UTF_8)).isEqualTo("netwo");
  }
}
