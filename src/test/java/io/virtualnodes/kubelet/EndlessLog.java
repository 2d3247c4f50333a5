package io.virtualnodes.kubelet;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A log that says one line, or nothing, and then blocks until it is closed. */
final class EndlessLog extends InputStream {
  final CountDownLatch waiting = new CountDownLatch(1);
  final CountDownLatch closed = new CountDownLatch(1);
  private byte[] line;

  EndlessLog(String line) {
    this.line = line.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (line.length > 0) {
      int count = line.length;
      System.arraycopy(line, 0, bytes, offset, count);
      line = new byte[0];
      return count;
    }
    waiting.countDown();
    try {
      closed.await();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
    throw new IOException("closed");
  }

  @Override
  public int read() {
    throw new UnsupportedOperationException("logs are read in pieces");
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
