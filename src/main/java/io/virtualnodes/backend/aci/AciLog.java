package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.LogOptions;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What of a log is wanted. Azure can leave out lines before the last ones and write the time before
 * each; everything else is done here.
 */
final class AciLog {
  private AciLog() {}

  /** Whether Azure has to write the times, for somebody to read or for lines to be chosen. */
  static boolean needsTimes(LogOptions options) {
    return options.timestamps() || options.since().isPresent();
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
    var lines = text.lines().toList();
    if (options.since().isPresent()) {
      var since = options.since().get();
      lines = lines.stream().dropWhile(line -> isBefore(line, since)).toList();
    }
    if (options.tailLines().isPresent() && options.tailLines().getAsLong() < lines.size()) {
      lines = lines.subList(lines.size() - (int) options.tailLines().getAsLong(), lines.size());
    }
    boolean withoutTimes = needsTimes(options) && !options.timestamps();
    var whole =
        lines.stream()
            .map(line -> withoutTimes ? withoutTime(line) : line)
            .map(line -> line + "\n")
            .collect(Collectors.joining());
    // A last line that has not ended is shown as it is.
    if (!text.isEmpty() && !text.endsWith("\n") && !whole.isEmpty()) {
      whole = whole.substring(0, whole.length() - 1);
    }
    var bytes = whole.getBytes(StandardCharsets.UTF_8);
    return options.limitBytes().isPresent() && options.limitBytes().getAsLong() < bytes.length
        ? Arrays.copyOf(bytes, (int) options.limitBytes().getAsLong())
        : bytes;
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
