package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * What a process without a terminal writes, as the engine frames it: a byte for the stream, three
 * unused, four for the length, and then that many bytes. Read as the reader reads: nothing is kept,
 * however long a message is.
 *
 * <p>{@link ContainerLog} reads the same frames by whole messages, since it looks for lines.
 *
 * @see <a href="https://docs.docker.com/reference/api/engine/version/v1.41/">Attach to a container,
 *     stream format</a>
 */
final class StreamFrames {
  private static final int HEADER_BYTES = 8;
  private static final int LENGTH_AT = 4;
  private static final int LONGEST_SENTENCE = 4096;

  private final InputStream framed;
  private Source source = Source.OUTPUT;
  private int left;

  StreamFrames(InputStream framed) {
    this.framed = framed;
  }

  /** Who wrote. */
  enum Source {
    OUTPUT,
    ERRORS
  }

  /** Of what was read last. */
  Source source() {
    return source;
  }

  /**
   * Reads a part of one message.
   *
   * @return how many bytes, at least one; negative at the end
   * @throws IOException also if the engine says in the stream that it cannot go on
   */
  int read(byte[] target, int offset, int length) throws IOException {
    while (left == 0) {
      if (!next()) {
        return -1;
      }
    }
    int count = framed.read(target, offset, Math.min(left, length));
    if (count < 0) {
      throw new EOFException("the engine broke off within a message");
    }
    left -= count;
    return count;
  }

  private boolean next() throws IOException {
    var header = framed.readNBytes(HEADER_BYTES);
    if (header.length == 0) {
      return false;
    }
    if (header.length < HEADER_BYTES) {
      throw new EOFException("the engine broke off within a message");
    }
    left = ByteBuffer.wrap(header).getInt(LENGTH_AT);
    if (left < 0) {
      throw new IOException("the engine announces a message of " + left + " bytes");
    }
    source =
        switch (header[0]) {
          // The engine's own client takes the number of the input for the output, too.
          case 0, 1 -> Source.OUTPUT;
          case 2 -> Source.ERRORS;
          case 3 -> throw brokeOff();
          default -> throw new IOException("the engine names a stream " + header[0]);
        };
    return true;
  }

  private IOException brokeOff() throws IOException {
    var sentence = framed.readNBytes(Math.min(left, LONGEST_SENTENCE));
    return new IOException("the engine broke off: " + new String(sentence, UTF_8).strip());
  }

  /** What was written to the standard output, without the rest. */
  InputStream output() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        int count;
        do {
          count = StreamFrames.this.read(target, offset, length);
        } while (count >= 0 && source == Source.ERRORS);
        return count;
      }
    };
  }
}
