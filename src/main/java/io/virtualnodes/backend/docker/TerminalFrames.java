package io.virtualnodes.backend.docker;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The log of a container with a terminal, framed as {@link ContainerLog} reads it: the engine
 * delivers that log as it is, since a terminal has one stream only. A message is a line here; one
 * that is longer than the engine writes at once has its times in between, too.
 */
final class TerminalFrames extends InputStream {
  private static final int LONGEST_FRAME = 16 * 1024;
  private static final byte STANDARD_OUTPUT = 1;
  private static final int HEADER_BYTES = 8;

  private final InputStream raw;
  private InputStream frame = InputStream.nullInputStream();

  TerminalFrames(InputStream raw) {
    this.raw = new BufferedInputStream(raw);
  }

  @Override
  public int read() throws IOException {
    int next = frame.read();
    if (next < 0) {
      frame = frame();
      next = frame.read();
    }
    return next;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = frame.read(target, offset, length);
    if (count < 0) {
      frame = frame();
      count = frame.read(target, offset, length);
    }
    return count;
  }

  /** The next line with its header; nothing at the end. */
  private InputStream frame() throws IOException {
    var line = new ByteArrayOutputStream();
    while (line.size() < LONGEST_FRAME) {
      int next = raw.read();
      if (next < 0) {
        break;
      }
      line.write(next);
      if (next == '\n') {
        break;
      }
    }
    if (line.size() == 0) {
      return InputStream.nullInputStream();
    }
    var framed = ByteBuffer.allocate(HEADER_BYTES + line.size());
    framed.put(STANDARD_OUTPUT).position(HEADER_BYTES - Integer.BYTES);
    framed.putInt(line.size()).put(line.toByteArray());
    return new ByteArrayInputStream(framed.array());
  }

  @Override
  public void close() throws IOException {
    raw.close();
  }
}
