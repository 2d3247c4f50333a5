package io.virtualnodes.backend;

import io.virtualnodes.backend.Conversation.Caller;
import io.virtualnodes.backend.Conversation.Size;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** One who holds a conversation in a test: says something, and keeps what is heard. */
public final class TestCaller {
  private final InputStream input;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
  private final BlockingQueue<Optional<Size>> sizes = new LinkedBlockingQueue<>();

  private TestCaller(InputStream input) {
    this.input = input;
  }

  /** Says this and nothing more. */
  public static TestCaller saying(String text) {
    return new TestCaller(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Says nothing, and does not say so. */
  public static TestCaller silent() {
    return new TestCaller(new Silence());
  }

  public static TestCaller with(InputStream input) {
    return new TestCaller(input);
  }

  public TestCaller size(int columns, int rows) {
    sizes.add(Optional.of(new Size(columns, rows)));
    return this;
  }

  public Caller caller() {
    return caller(output);
  }

  public Caller caller(OutputStream target) {
    return new Caller(input, target, errors, sizes::take);
  }

  public String output() {
    return output.toString(StandardCharsets.UTF_8);
  }

  public String errors() {
    return errors.toString(StandardCharsets.UTF_8);
  }

  /** Blocks its reader until that is interrupted. */
  private static final class Silence extends InputStream {
    private final CountDownLatch never = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
      try {
        never.await();
        return -1;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
