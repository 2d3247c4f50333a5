package io.virtualnodes.backend.docker;

import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.virtualnodes.backend.LogOptions;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A container's log as its reader wants it. The engine is read as the reader reads, so a slow
 * reader keeps it waiting.
 *
 * <p>The engine frames each message: a byte for the stream, three unused, four for the length, and
 * then the message, with its time in front if asked for. A line is one message unless it is longer
 * than 16 KiB: then it is several, of which the last alone ends with a line feed. Each has a time,
 * and only the first one's belongs to the line.
 *
 * @see <a href="https://docs.docker.com/reference/api/engine/version/v1.41/">Attach to a container,
 *     stream format</a>
 */
final class ContainerLog extends InputStream {
  private static final int BUFFER_BYTES = 32 * 1024;
  // The stream on which the engine says why it cannot go on.
  private static final int ENGINE = 3;

  private final LogOptions options;
  private final DataInputStream frames;
  private final Closeable delivery;
  // Streams whose last message was no end of a line.
  private final Set<Integer> unended = new HashSet<>();
  private Optional<Deque<Message>> last = Optional.empty();
  private byte[] current = {};
  private int position;
  private long left;

  /**
   * @param bytes of whole lines; with its time in front if that was asked for
   * @param begins whether it is the beginning of a line
   */
  private record Message(byte[] bytes, boolean begins) {}

  /**
   * @param framed what the engine delivers for {@code options}
   * @param delivery is closed with this
   */
  ContainerLog(InputStream framed, Closeable delivery, LogOptions options) {
    this.options = options;
    this.frames = new DataInputStream(new BufferedInputStream(framed, BUFFER_BYTES));
    this.delivery = delivery;
    this.left = options.limitBytes().orElse(Long.MAX_VALUE);
  }

  /** Opens the log of a container; empty if it is gone. */
  static Optional<InputStream> open(DockerEngine engine, String containerId, LogOptions options) {
    var tail = tailIsOurs(options) ? OptionalLong.empty() : options.tailLines();
    boolean terminal =
        engine
            .inspect(containerId)
            .filter(inspected -> Boolean.TRUE.equals(inspected.getConfig().getTty()))
            .isPresent();
    return engine
        .log(containerId, options.follow(), options.timestamps(), options.since(), tail)
        .map(response -> of(response, terminal, options));
  }

  private static InputStream of(Response response, boolean terminal, LogOptions options) {
    var body = response.getBody();
    return new ContainerLog(terminal ? new TerminalFrames(body) : body, response, options);
  }

  /**
   * The engine takes the last lines before it looks at the time, which differs where its clock was
   * set back. So the last ones are picked here, but of a log that is followed, which has no end to
   * count from.
   */
  private static boolean tailIsOurs(LogOptions options) {
    return options.since().isPresent() && options.tailLines().isPresent() && !options.follow();
  }

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
    while (left > 0 && position == current.length) {
      var next = next();
      if (next.isEmpty()) {
        return -1;
      }
      current = next.get().bytes();
      position = 0;
    }
    if (left == 0) {
      return -1;
    }
    int count = (int) Math.min(left, Math.min(length, current.length - position));
    System.arraycopy(current, position, target, offset, count);
    position += count;
    left -= count;
    return count;
  }

  private Optional<Message> next() throws IOException {
    if (!tailIsOurs(options)) {
      return received();
    }
    if (last.isEmpty()) {
      last = Optional.of(lastLines(options.tailLines().getAsLong()));
    }
    return Optional.ofNullable(last.get().poll());
  }

  private Deque<Message> lastLines(long wanted) throws IOException {
    var kept = new ArrayDeque<Message>();
    long lines = 0;
    for (var next = received(); next.isPresent(); next = received()) {
      kept.add(next.get());
      lines += next.get().begins() ? 1 : 0;
      while (lines > wanted || (!kept.isEmpty() && !kept.peek().begins())) {
        lines -= kept.remove().begins() ? 1 : 0;
      }
    }
    return kept;
  }

  private Optional<Message> received() throws IOException {
    int stream = frames.read();
    if (stream < 0) {
      return Optional.empty();
    }
    frames.skipNBytes(3);
    var bytes = new byte[frames.readInt()];
    frames.readFully(bytes);
    if (stream == ENGINE) {
      throw new IOException("the engine broke off: " + new String(bytes, StandardCharsets.UTF_8));
    }
    boolean begins = !unended.contains(stream);
    if (bytes.length > 0 && bytes[bytes.length - 1] == '\n') {
      unended.remove(stream);
    } else {
      unended.add(stream);
    }
    return Optional.of(
        new Message(options.timestamps() && !begins ? withoutTime(bytes) : bytes, begins));
  }

  private static byte[] withoutTime(byte[] message) {
    for (int i = 0; i < message.length; i++) {
      if (message[i] == ' ') {
        return Arrays.copyOfRange(message, i + 1, message.length);
      }
    }
    return message;
  }

  /** Ends the engine's delivery with the reading. */
  @Override
  public void close() throws IOException {
    delivery.close();
  }
}
