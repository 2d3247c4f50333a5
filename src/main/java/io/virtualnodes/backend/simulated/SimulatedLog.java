package io.virtualnodes.backend.simulated;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.simulated.Program.Line;
import io.virtualnodes.backend.simulated.SimulatedTalk.Visitor;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The log of one run of a simulated container, as its reader wants it. One that is followed grows
 * as the run goes on, and ends with it.
 */
final class SimulatedLog extends InputStream {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  private final Visitor visitor;
  private final LogOptions options;
  private byte[] current;
  private int position;
  private long left;
  // What was written until then is told, or was asked to be left out.
  private Instant told;
  private boolean ended;
  private volatile boolean closed;

  /**
   * @param visitor of the run, which may have ended
   */
  SimulatedLog(Visitor visitor, LogOptions options, Instant now) {
    var end = visitor.run().ended();
    this.visitor = visitor;
    this.options = options;
    this.left = options.limitBytes().orElse(Long.MAX_VALUE);
    this.told = end.map(known -> known.at()).orElse(now);
    this.ended = end.isPresent() || !options.follow();
    this.current = text(soFar());
  }

  private List<Line> soFar() {
    var since =
        written().stream()
            .filter(line -> options.since().filter(line.at()::isBefore).isEmpty())
            .toList();
    long skipped = Math.max(0, since.size() - options.tailLines().orElse(Long.MAX_VALUE));
    return since.stream().skip(skipped).toList();
  }

  private List<Line> written() {
    return visitor.container().program().output(visitor.run().start(), told);
  }

  private byte[] text(List<Line> lines) {
    return lines.stream()
        .map(line -> (options.timestamps() ? TIME.format(line.at()) + " " : "") + line.text())
        .map(line -> line + "\n")
        .collect(Collectors.joining())
        .getBytes(UTF_8);
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
    while (left > 0 && position == current.length && !ended && !closed) {
      try {
        current = more();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while a log was followed");
      }
      position = 0;
    }
    if (left == 0 || position == current.length || closed) {
      return -1;
    }
    int count = (int) Math.min(left, Math.min(length, current.length - position));
    System.arraycopy(current, position, target, offset, count);
    position += count;
    left -= count;
    return count;
  }

  /** Whether the run has ended and all that it wrote is told. */
  boolean ended() {
    return ended;
  }

  /** Waits a moment, and returns what was written meanwhile. */
  byte[] more() throws InterruptedException {
    visitor.pass(BETWEEN_LOOKS);
    var run = visitor.now();
    if (run.isEmpty()) {
      ended = true;
      return new byte[0];
    }
    var before = told;
    var end = run.get().ended();
    ended = end.isPresent();
    told = end.map(known -> known.at()).orElseGet(visitor.clock()::instant);
    return text(written().stream().filter(line -> line.at().isAfter(before)).toList());
  }

  @Override
  public void close() {
    closed = true;
  }
}
