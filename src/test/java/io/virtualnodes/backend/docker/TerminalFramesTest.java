package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.LogOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TerminalFramesTest {

  private static String read(String raw, LogOptions options) throws IOException {
    var bytes = new ByteArrayInputStream(raw.getBytes(StandardCharsets.UTF_8));
    try (var log = new ContainerLog(new TerminalFrames(bytes), bytes, options)) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void whatATerminalShowedIsReadAsItIs() throws IOException {
    assertThat(read("", LogOptions.ALL)).isEmpty();
    assertThat(read("one\r\ntwo\r\n\nno end", LogOptions.ALL)).isEqualTo("one\r\ntwo\r\n\nno end");
  }

  @Test
  void aLineOfAnyLengthStaysWhole() throws IOException {
    var line = "x".repeat(100_000) + "\n";

    assertThat(read(line + "end", LogOptions.ALL)).isEqualTo(line + "end");
  }

  @Test
  void theLastLinesAreCountedByLineFeeds() throws IOException {
    var lastTwo =
        new LogOptions(
            false,
            false,
            false,
            Optional.of(Instant.EPOCH),
            OptionalLong.of(2),
            OptionalLong.empty());

    assertThat(read("one\r\ntwo\r\n" + "x".repeat(40_000) + "\n", lastTwo))
        .isEqualTo("two\r\n" + "x".repeat(40_000) + "\n");
  }
}
