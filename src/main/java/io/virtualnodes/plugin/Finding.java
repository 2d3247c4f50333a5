package io.virtualnodes.plugin;

import java.util.List;
import java.util.Optional;

/**
 * What the doctor says of one thing that it looked at.
 *
 * @param about the object, such as {@code node/burst-0}; {@code cluster} for what is one of its
 *     kind
 * @param next what to do; absent where all is well
 */
record Finding(Check check, Level level, String about, String message, Optional<String> next) {

  /** How bad it is. */
  enum Level {
    OK,
    /** It works, and somebody had better know; or it could not be looked at. */
    WARN,
    /** Something does not work. */
    FAIL
  }

  /**
   * All that is printed with {@code -o json}.
   *
   * @param bundle absent where none was asked for
   */
  record All(List<Finding> findings, Optional<Bundle> bundle) {
    All {
      findings = List.copyOf(findings);
    }
  }

  /**
   * A support bundle that was written.
   *
   * @param file its path, as it was asked for
   * @param leftOut what could not be collected, for people
   */
  record Bundle(String file, List<String> leftOut) {
    Bundle {
      leftOut = List.copyOf(leftOut);
    }
  }

  static Finding ok(Check check, String about, String message) {
    return new Finding(check, Level.OK, about, message, Optional.empty());
  }

  static Finding warn(Check check, String about, String message, String next) {
    return new Finding(check, Level.WARN, about, message, Optional.of(next));
  }

  static Finding fail(Check check, String about, String message, String next) {
    return new Finding(check, Level.FAIL, about, message, Optional.of(next));
  }

  /** What could not be looked at. */
  static Finding unknown(Check check, String about, Reading.Unreadable<?> reading) {
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
              .formatted(
                  finding.level(), finding.check().title(), finding.about(), finding.message()));
      finding.next().ifPresent(next -> text.append("     next: ").append(next).append('\n'));
    }
    return text.toString();
  }
}
