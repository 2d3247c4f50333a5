package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.LogOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Made messages; the real ones are in {@link DockerLogsIT}. */
class ContainerLogTest {
  private static final int OUT = 1;
  private static final int ERR = 2;
  private static final String T = "2026-02-03T04:05:06.123456789Z ";

  private final ByteArrayOutputStream engine = new ByteArrayOutputStream();

  private ContainerLogTest says(int stream, String message) {
    try {
      var out = new DataOutputStream(engine);
      var bytes = message.getBytes(StandardCharsets.UTF_8);
      out.writeInt(stream << 24);
      out.writeInt(bytes.length);
      out.write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read(LogOptions options) throws IOException {
    try (var log = log(options)) {
      return new String(log.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private ContainerLog log(LogOptions options) {
    return new ContainerLog(new ByteArrayInputStream(engine.toByteArray()), () -> {}, options);
  }

  private static LogOptions options(boolean times, boolean since, long tail, long limit) {
    return new LogOptions(
        false,
        false,
        times,
        since ? Optional.of(Instant.EPOCH) : Optional.empty(),
        tail < 0 ? OptionalLong.empty() : OptionalLong.of(tail),
        limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit));
  }

  @Test
  void anEmptyLogIsEmpty() throws IOException {
    assertThat(read(LogOptions.ALL)).isEmpty();
  }

  @Test
  void messagesFollowEachOther() throws IOException {
    says(OUT, "one\n").says(ERR, "two\n").says(OUT, "").says(OUT, "three");

    assertThat(read(LogOptions.ALL)).isEqualTo("one\ntwo\nthree");
    assertThat(log(LogOptions.ALL).read()).isEqualTo('o');
  }

  @Test
  void aLineOfSeveralMessagesHasOneTimeAlsoWhereAnotherStreamCutsIn() throws IOException {
    says(OUT, T + "half ").says(ERR, T + "other\n").says(OUT, T + "line\n").says(OUT, T + "next\n");

    assertThat(read(options(true, false, -1, -1)))
        .isEqualTo(T + "half " + T + "other\nline\n" + T + "next\n");
  }

  @Test
  void theLastLinesAreCountedAsLinesAndNotAsMessages() throws IOException {
    says(OUT, "one\n").says(OUT, "t").says(OUT, "w").says(OUT, "o\n").says(OUT, "three\n");

    assertThat(read(options(false, true, 2, -1))).isEqualTo("two\nthree\n");
    assertThat(read(options(false, true, 3, -1))).isEqualTo("one\ntwo\nthree\n");
    assertThat(read(options(false, true, 0, -1))).isEmpty();
    assertThat(read(options(false, true, Long.MAX_VALUE, -1))).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void bytesAreCountedLast() throws IOException {
    says(OUT, "one\n").says(OUT, "two\n").says(OUT, "three\n");

    assertThat(read(options(false, true, 2, 5))).isEqualTo("two\nt");
    assertThat(read(options(false, false, -1, 6))).isEqualTo("one\ntw");
    assertThat(read(options(false, false, -1, 1000))).isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void whatComesAfterTheLastByteIsNotWaitedFor() throws IOException {
    says(OUT, "one\n").says(3, "would fail");

    assertThat(read(options(false, false, -1, 4))).isEqualTo("one\n");
  }

  @Test
  void aLogThatBreaksOffDoesNotLookComplete() {
    says(OUT, "one\n").says(3, "log file is gone");
    assertThatThrownBy(() -> read(LogOptions.ALL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("log file is gone");

    engine.reset();
    says(OUT, "one\n");
    engine.write(OUT);
    assertThatThrownBy(() -> read(LogOptions.ALL)).isInstanceOf(IOException.class);
  }

  @Test
  void closingEndsTheDelivery() throws IOException {
    var ended = new AtomicBoolean();

    new ContainerLog(new ByteArrayInputStream(new byte[0]), () -> ended.set(true), LogOptions.ALL)
        .close();

    assertThat(ended).isTrue();
  }
}
