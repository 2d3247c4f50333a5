package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import io.virtualnodes.backend.LogOptions;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.OptionalLong;

/**
 * A container's log as its reader wants it. Messages come with their times, by which those before
 * {@link LogOptions#since} are left out: the engine counts in whole seconds, and takes the last
 * lines before it looks at the time.
 */
final class ContainerLog extends ResultCallback.Adapter<Frame> {
  private static final int BUFFER_BYTES = 64 * 1024;

  private final LogOptions options;
  private final OutputStream out;
  private final Deque<byte[]> last = new ArrayDeque<>();
  private OptionalLong left;

  private ContainerLog(LogOptions options, OutputStream out) {
    this.options = options;
    this.out = out;
    this.left = options.limitBytes();
  }

  /** Opens the log of a container; the stream keeps the engine waiting while nobody reads. */
  static InputStream open(DockerEngine engine, String containerId, LogOptions options) {
    try {
      var in = new PipedInputStream(BUFFER_BYTES);
      var log = new ContainerLog(options, new PipedOutputStream(in));
      int since = options.since().map(Instant::getEpochSecond).map(Math::toIntExact).orElse(0);
      var tail = options.since().isPresent() ? OptionalLong.empty() : options.tailLines();
      var delivery = engine.logs(containerId, since, tail, log);
      return new Ending(in, delivery);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void onNext(Frame frame) {
    var message = frame.getPayload();
    int blank = blank(message);
    if (options.since().filter(since -> time(message, blank).isBefore(since)).isPresent()) {
      return;
    }
    var line =
        options.timestamps() ? message : Arrays.copyOfRange(message, blank + 1, message.length);
    if (options.since().isPresent() && options.tailLines().isPresent()) {
      last.addLast(line);
      if (last.size() > options.tailLines().getAsLong()) {
        last.removeFirst();
      }
      return;
    }
    write(line);
  }

  @Override
  public void onComplete() {
    last.forEach(this::write);
    super.onComplete();
    end();
  }

  @Override
  public void onError(Throwable failure) {
    super.onError(failure);
    end();
  }

  private void write(byte[] line) {
    int length = left.isPresent() ? (int) Math.min(left.getAsLong(), line.length) : line.length;
    if (length == 0) {
      return;
    }
    try {
      out.write(line, 0, length);
      out.flush();
    } catch (IOException e) {
      // The reader has left: ends the delivery.
      throw new UncheckedIOException(e);
    }
    if (left.isPresent()) {
      left = OptionalLong.of(left.getAsLong() - length);
    }
  }

  private void end() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int blank(byte[] message) {
    for (int i = 0; i < message.length; i++) {
      if (message[i] == ' ') {
        return i;
      }
    }
    return -1;
  }

  private static Instant time(byte[] message, int blank) {
    try {
      return Instant.parse(new String(message, 0, Math.max(blank, 0), StandardCharsets.US_ASCII));
    } catch (DateTimeParseException e) {
      // Without a time it cannot be told to be too old.
      return Instant.MAX;
    }
  }

  /** Ends the engine's delivery with the reading. */
  private static final class Ending extends FilterInputStream {
    private final Closeable delivery;

    Ending(InputStream in, Closeable delivery) {
      super(in);
      this.delivery = delivery;
    }

    @Override
    public void close() throws IOException {
      super.close();
      delivery.close();
    }
  }
}
