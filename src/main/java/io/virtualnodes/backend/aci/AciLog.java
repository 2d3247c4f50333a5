package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.LogOptions;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What of a log is wanted. Azure can leave out lines before the last ones and write the time before
 * each; everything else is done here.
 */
final class AciLog {
  private AciLog() {}

  /** Whether Azure has to write the times, for somebody to read or for lines to be chosen. */
  static boolean needsTimes(LogOptions options) {
    return options.timestamps() || options.since().isPresent() || options.follow();
  }

  /** Whether Azure can count the lines: it does so before any is left out for its time. */
  static boolean azureCountsLines(LogOptions options) {
    return options.tailLines().isPresent()
        && options.since().isEmpty()
        && options.tailLines().getAsLong() > 0
        && options.tailLines().getAsLong() <= Integer.MAX_VALUE;
  }

  /**
   * @param text as Azure gave it, with times if {@link #needsTimes}
   */
  static byte[] select(String text, LogOptions options) {
    var lines = new ArrayList<>(wholeLines(text));
    var rest = rest(text);
    if (!rest.isEmpty()) {
      lines.add(rest);
    }
    var chosen = select(lines, options);
    var whole = new StringBuilder();
    chosen.forEach(line -> whole.append(line).append('\n'));
    // A last line that has not ended is shown as it is.
    if (!rest.isEmpty() && !chosen.isEmpty()) {
      whole.setLength(whole.length() - 1);
    }
    var bytes = whole.toString().getBytes(StandardCharsets.UTF_8);
    return options.limitBytes().isPresent() && options.limitBytes().getAsLong() < bytes.length
        ? Arrays.copyOf(bytes, (int) options.limitBytes().getAsLong())
        : bytes;
  }

  /** Those of the lines that are wanted, as they are shown. */
  static List<String> select(List<String> lines, LogOptions options) {
    var chosen = lines;
    if (options.since().isPresent()) {
      var since = options.since().get();
      chosen = lines.stream().dropWhile(line -> isBefore(line, since)).toList();
    }
    if (options.tailLines().isPresent() && options.tailLines().getAsLong() < chosen.size()) {
      chosen = chosen.subList(chosen.size() - (int) options.tailLines().getAsLong(), chosen.size());
    }
    return chosen.stream().map(line -> shown(line, options)).toList();
  }

  /** A line as it is shown to somebody with these options. */
  static String shown(String line, LogOptions options) {
    return needsTimes(options) && !options.timestamps() ? withoutTime(line) : line;
  }

  /** The lines that have ended, without their ends. A carriage return ends none. */
  static List<String> wholeLines(String text) {
    int end = text.lastIndexOf('\n');
    return end < 0 ? List.of() : List.of(text.substring(0, end).split("\n", -1));
  }

  /** What follows the last line that has ended. */
  static String rest(String text) {
    return text.substring(text.lastIndexOf('\n') + 1);
  }

  private static boolean isBefore(String line, Instant since) {
    try {
      return Instant.parse(time(line)).isBefore(since);
    } catch (DateTimeException e) {
      // A line without a time belongs to the one before it, which was left out.
      return true;
    }
  }

  private static String withoutTime(String line) {
    try {
      Instant.parse(time(line));
      return line.substring(Math.min(line.length(), time(line).length() + 1));
    } catch (DateTimeException e) {
      return line;
    }
  }

  private static String time(String line) {
    int end = line.indexOf(' ');
    return end < 0 ? line : line.substring(0, end);
  }
}
