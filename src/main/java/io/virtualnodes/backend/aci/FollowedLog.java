package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.LogOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The log of an instance of a container as it grows, to its end. Azure tells what is in a log and
 * not what comes to it, so it is looked at again and again: soon after it has grown, and less often
 * while it is quiet. A line is handed over once it is whole, or the instance has ended.
 *
 * <p>No line is lost or told twice as long as no more was written between two looks than Azure
 * keeps. Where it was, a line in the log says so. One thread reads; any may close.
 */
final class FollowedLog extends InputStream {
  /** How many lines a look asks for before it asks for all. */
  static final int LINES_OF_A_LOOK = 1000;

  static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
  static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** How long looks may fail before the follower is told. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What is told in the place of lines that are gone. */
  static final String LINES_ARE_MISSING =
      "[lines are missing here: more was written between two looks than Azure keeps of a log]";

  /** What is told last where that cannot be known. */
  static final String END_MAY_BE_MISSING =
      "[the last lines may be missing here: the container was started again, and Azure keeps the"
          + " log of its present instance only]";

  // Of these the last has to bring nothing new.
  private static final int LOOKS_AFTER_END = 2;

  private final Source source;
  private final LogOptions options;
  private Optional<LogAnchor> anchor = Optional.empty();
  private Duration pause = SHORTEST_PAUSE;
  private Optional<Instant> failingSince = Optional.empty();
  private byte[] current;
  private int position;
  private long left;
  private int looksAfterEnd;
  private boolean over;
  private volatile boolean closed;

  /** Where the log is looked at. */
  interface Source {
    /**
     * Its last lines, each with its time.
     *
     * @param lines how many at most; empty is all that Azure keeps
     * @return empty if the container is gone
     */
    Optional<String> look(Optional<Integer> lines);

    /** What has become of the instance that is followed, as far as is known by now. */
    Instance instance();

    /** Whether Azure grants another look now. */
    boolean mayLook();

    void pause(Duration time) throws InterruptedException;

    Instant now();
  }

  /** What may have become of the instance of a container. */
  enum Instance {
    RUNS,
    /** The log is still its own. */
    ENDED,
    /** The log is that of another. */
    REPLACED,
    /** There is no such container any more. */
    GONE
  }

  /**
   * @param first what there is of the log by now, as a look gives it
   */
  FollowedLog(Source source, LogOptions options, String first) {
    this.source = source;
    this.options = options;
    this.left = options.limitBytes().orElse(Long.MAX_VALUE);
    var lines = AciLog.wholeLines(first);
    this.anchor = LogAnchor.behind(lines);
    this.current = text(AciLog.select(lines, options));
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
    while (left > 0 && position == current.length && !over && !closed) {
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

  /** Waits a while, and returns what was written meanwhile. */
  private byte[] more() throws IOException, InterruptedException {
    source.pause(pause);
    if (!source.mayLook()) {
      pause = SHORTEST_PAUSE;
      return new byte[0];
    }
    try {
      var more = look();
      failingSince = Optional.empty();
      pause = more.length > 0 || looksAfterEnd > 0 ? SHORTEST_PAUSE : longer(pause);
      return more;
    } catch (BackendException.Unavailable e) {
      var since = failingSince.orElseGet(source::now);
      failingSince = Optional.of(since);
      pause = LONGEST_PAUSE;
      if (since.plus(PATIENCE).isBefore(source.now())) {
        throw new IOException("the log cannot be followed any more: " + e.getMessage(), e);
      }
      return new byte[0];
    }
  }

  private static Duration longer(Duration pause) {
    var longer = pause.plusSeconds(1);
    return longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  private byte[] look() {
    // First, so that what an instance wrote last is there when the log is looked at after its end.
    var instance = looksAfterEnd > 0 ? Instance.ENDED : source.instance();
    return switch (instance) {
      case RUNS -> grown();
      case ENDED -> {
        looksAfterEnd++;
        yield grown();
      }
      case REPLACED -> end(END_MAY_BE_MISSING);
      case GONE -> end();
    };
  }

  private byte[] end(String... words) {
    over = true;
    return text(List.of(words));
  }

  /** What the log has more than at the last look. */
  private byte[] grown() {
    var text = source.look(Optional.of(LINES_OF_A_LOOK));
    var fresh = text.flatMap(last -> fresh(last, lines(last) < LINES_OF_A_LOOK));
    if (text.isPresent() && fresh.isEmpty()) {
      text = source.look(Optional.empty());
      fresh = text.flatMap(all -> fresh(all, true));
    }
    if (text.isEmpty()) {
      return end();
    }
    var lines = AciLog.wholeLines(text.get());
    if (fresh.isEmpty() && source.instance() == Instance.REPLACED) {
      return end(END_MAY_BE_MISSING);
    }
    anchor = LogAnchor.behind(lines).or(() -> anchor);
    var shown = new ArrayList<String>();
    if (fresh.isEmpty()) {
      shown.add(LINES_ARE_MISSING);
    }
    fresh.orElse(lines).forEach(line -> shown.add(AciLog.shown(line, options)));
    // A log may be behind what else is known of its container: it is looked at until it rests.
    if (looksAfterEnd < LOOKS_AFTER_END || !shown.isEmpty()) {
      return text(shown);
    }
    over = true;
    var rest = AciLog.rest(text.get());
    return AciLog.shown(rest, options).getBytes(UTF_8);
  }

  private static long lines(String text) {
    return text.chars().filter(letter -> letter == '\n').count();
  }

  private Optional<List<String>> fresh(String text, boolean all) {
    var lines = AciLog.wholeLines(text);
    return anchor.isEmpty() ? Optional.of(lines).filter(_ -> all) : anchor.get().after(lines, all);
  }

  private static byte[] text(List<String> lines) {
    var text = new StringBuilder();
    for (var line : lines) {
      text.append(line).append('\n');
    }
    return text.toString().getBytes(UTF_8);
  }

  @Override
  public void close() {
    closed = true;
  }
}
