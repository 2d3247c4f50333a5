package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Pause;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.Supplier;
import software.amazon.awssdk.services.cloudwatchlogs.model.OutputLogEvent;

/**
 * The log of one instance as it is read: page after page, and, where it is followed, as lines come
 * until the instance has ended and its last lines had time to arrive. Used by one thread, and
 * closed by any.
 */
final class LogStream extends InputStream {
  // Lines reach CloudWatch some seconds after they were written.
  private static final Duration ARRIVAL = Duration.ofSeconds(10);

  // A kubelet writes nanoseconds, of which CloudWatch keeps milliseconds.
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final LogReader reader;
  private final String stream;
  private final LogOptions options;
  private final Supplier<Optional<Instant>> endedAt;
  private final Pause pause;
  private final Optional<Long> since;
  // Of a log that is followed; the first page is read for itself.
  private final Optional<FollowedLogs.Follower> follower;
  private Optional<String> next = Optional.empty();
  private byte[] bytes = new byte[0];
  private int at;
  private long left;
  private boolean done;
  private volatile boolean closed;

  /**
   * Reads the first page.
   *
   * @param endedAt when the instance ended; empty while it runs
   */
  LogStream(
      LogReader reader,
      FollowedLogs followed,
      String stream,
      LogOptions options,
      Supplier<Optional<Instant>> endedAt,
      Pause pause) {
    this.reader = reader;
    this.stream = stream;
    this.options = options;
    this.endedAt = endedAt;
    this.pause = pause;
    this.since = options.since().map(LogStream::millis);
    this.left = options.limitBytes().orElse(Long.MAX_VALUE);
    LogReader.Page first;
    if (options.tailLines().isPresent()) {
      // None are read back of none, but it is known from then on where the stream goes on.
      var last = reader.last(stream, since, Math.max(1, options.tailLines().getAsLong()));
      first = options.tailLines().getAsLong() == 0 ? nothingOf(last) : last;
      done = !options.follow();
    } else {
      first = reader.forward(stream, since, next);
    }
    take(first);
    this.follower =
        options.follow() ? Optional.of(followed.follow(stream, since, first)) : Optional.empty();
  }

  private static LogReader.Page nothingOf(LogReader.Page page) {
    return new LogReader.Page(java.util.List.of(), page.next(), page.more());
  }

  /** Rounded up: what is shown was written at that time or later. */
  private static long millis(Instant since) {
    return since.getNano() % 1_000_000 == 0 ? since.toEpochMilli() : since.toEpochMilli() + 1;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == bytes.length) {
      if (done || closed || left == 0) {
        return -1;
      }
      more();
    }
    int count = (int) Math.min(Math.min(length, bytes.length - at), left);
    if (count == 0) {
      return -1;
    }
    System.arraycopy(bytes, at, into, offset, count);
    at += count;
    left -= count;
    return count;
  }

  private void more() throws IOException {
    try {
      if (follower.isEmpty()) {
        done = !take(reader.forward(stream, since, next)) && bytes.length == 0;
        return;
      }
      var look = follower.get().next();
      boolean more = take(look.page());
      done = !more && bytes.length == 0 && hadArrivedBy(look.began());
    } catch (BackendException e) {
      pass(turn(e).orElseThrow(() -> new IOException(e.getMessage(), e)));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** When a page that was one too many is asked for again: who follows a log can wait for it. */
  private Optional<Duration> turn(BackendException failure) {
    return options.follow() && failure instanceof Unavailable busy
        ? busy.retryAfter()
        : Optional.empty();
  }

  private void pass(Duration time) throws IOException {
    try {
      pause.pass(time);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("interrupted", e);
  }

  /** Whether all that the instance wrote was to be read at that time. */
  private boolean hadArrivedBy(Instant time) {
    return endedAt.get().filter(end -> !end.plus(ARRIVAL).isAfter(time)).isPresent();
  }

  /**
   * @return whether more may follow at once
   */
  private boolean take(LogReader.Page page) {
    var text = new StringBuilder();
    page.lines().forEach(line -> text.append(written(line)));
    bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    at = 0;
    next = page.next();
    return page.more();
  }

  private String written(OutputLogEvent line) {
    return (options.timestamps() ? TIME.format(Instant.ofEpochMilli(line.timestamp())) + " " : "")
        + line.message()
        + "\n";
  }

  @Override
  public void close() {
    closed = true;
    follower.ifPresent(FollowedLogs.Follower::close);
  }
}
