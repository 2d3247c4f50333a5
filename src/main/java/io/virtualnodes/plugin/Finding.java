package io.virtualnodes.plugin;

import java.util.List;
import java.util.Optional;

/**
 * What the doctor says of one thing that it looked at.
 *
 * @param check its name, which stays: programs look for it
 * @param about the object, such as {@code node/burst-0}; {@code cluster} for what is one of its
 *     kind
 * @param next what to do; absent where all is well
 */
record Finding(String check, Level level, String about, String message, Optional<String> next) {

  /** How bad it is. */
  enum Level {
    OK,
    /** It works, and somebody had better know; or it could not be looked at. */
    WARN,
    /** Something does not work. */
    FAIL
  }

  /** All that is printed with {@code -o json}. */
  record All(List<Finding> findings) {
    All {
      findings = List.copyOf(findings);
    }
  }

  static Finding ok(String check, String about, String message) {
    return new Finding(check, Level.OK, about, message, Optional.empty());
  }

  static Finding warn(String check, String about, String message, String next) {
    return new Finding(check, Level.WARN, about, message, Optional.of(next));
  }

  static Finding fail(String check, String about, String message, String next) {
    return new Finding(check, Level.FAIL, about, message, Optional.of(next));
  }

  /** What could not be looked at. */
  static Finding unknown(String check, String about, Reading.Unreadable<?> reading) {
    return warn(
        check,
        about,
        "could not be looked at: " + reading.why(),
        "ask somebody with the right to read it");
  }

  /** For people. */
  static String text(List<Finding> findings) {
    var text = new StringBuilder();
    for (var finding : findings) {
      text.append(
          "%-4s %s %s: %s\n"
              .formatted(finding.level(), finding.check(), finding.about(), finding.message()));
      finding.next().ifPresent(next -> text.append("     next: ").append(next).append('\n'));
    }
    return text.toString();
  }
}
