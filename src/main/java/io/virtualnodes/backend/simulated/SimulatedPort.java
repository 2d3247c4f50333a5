package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.Link;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;

/**
 * A connection to a port behind which nothing is: to whoever has said all of an HTTP request's
 * head, or all that there is to say, it says that, and ends.
 */
final class SimulatedPort implements Link {
  private static final String END_OF_HEAD = "\r\n\r\n";
  // Nobody's head is longer, and what is no head need not be kept.
  private static final int LONGEST_HEAD = 64 << 10;

  private final byte[] answer;
  // Open once there is an answer, or an end without one.
  private final CountDownLatch answered = new CountDownLatch(1);
  private final InputStream input = new Answer();
  private final OutputStream output = new Request();
  private volatile boolean closed;

  SimulatedPort(String notice) {
    var body = notice + "\n";
    this.answer =
        """
        HTTP/1.1 200 OK\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: %d\r
        Connection: close\r
        \r
        %s\
        """
            .formatted(body.getBytes(UTF_8).length, body)
            .getBytes(UTF_8);
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void endOutput() {
    answered.countDown();
  }

  @Override
  public void close() {
    closed = true;
    answered.countDown();
  }

  /** What was said, until it is enough. */
  private final class Request extends OutputStream {
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (closed) {
        throw new IOException("the connection was closed");
      }
      if (answered.getCount() == 0) {
        return;
      }
      head.write(bytes, offset, length);
      if (head.size() > LONGEST_HEAD || head.toString(UTF_8).contains(END_OF_HEAD)) {
        answered.countDown();
      }
    }
  }

  /** What is answered, once it is. */
  private final class Answer extends InputStream {
    private int position;

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      try {
        answered.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted before there was an answer", e);
      }
      if (closed) {
        throw new IOException("the connection was closed");
      }
      if (position == answer.length) {
        return -1;
      }
      int count = Math.min(length, answer.length - position);
      System.arraycopy(answer, position, target, offset, count);
      position += count;
      return count;
    }
  }
}
