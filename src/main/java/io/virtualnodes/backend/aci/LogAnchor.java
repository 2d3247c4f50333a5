package io.virtualnodes.backend.aci;

import java.util.List;
import java.util.Optional;

/**
 * Where in a log the reader is: behind a line, which carries its time. Azure gives the last lines
 * of a log only, so what is new is found by where that line stands in them.
 *
 * @param line the last one that was read, with its time
 * @param times how many like it stood at the end: one time can be that of several lines
 */
record LogAnchor(String line, int times) {

  /** Behind the last of these lines; empty if there are none. */
  static Optional<LogAnchor> behind(List<String> lines) {
    if (lines.isEmpty()) {
      return Optional.empty();
    }
    var last = lines.getLast();
    int times = 0;
    while (times < lines.size() && lines.get(lines.size() - 1 - times).equals(last)) {
      times++;
    }
    return Optional.of(new LogAnchor(last, times));
  }

  /**
   * What comes after it.
   *
   * @param lines the last lines of the log, or all that there are
   * @param all whether they are all that there are
   * @return empty if it is not among these lines, or if it cannot be told how many like it are
   */
  Optional<List<String>> after(List<String> lines, boolean all) {
    int end = lines.lastIndexOf(line) + 1;
    if (end == 0) {
      return Optional.empty();
    }
    int begin = end;
    while (begin > 0 && lines.get(begin - 1).equals(line)) {
      begin--;
    }
    if (begin == 0 && !all && end < times) {
      return Optional.empty();
    }
    return Optional.of(lines.subList(begin + Math.min(times, end - begin), lines.size()));
  }
}
