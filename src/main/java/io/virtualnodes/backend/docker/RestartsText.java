package io.virtualnodes.backend.docker;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.Restarts;
import io.virtualnodes.backend.Restarts.ExitCodes;
import java.util.Arrays;
import java.util.TreeSet;

/** A container's own rules of restart as part of a label: {@code NEVER;42+137;!0}. */
final class RestartsText {
  private static final String RULE = ";";
  private static final String CODE = "+";
  private static final String EXCEPT = "!";

  private RestartsText() {}

  static String of(Restarts restarts) {
    return restarts.policy()
        + restarts.rules().stream().map(rule -> RULE + of(rule)).collect(joining());
  }

  private static String of(ExitCodes rule) {
    return (rule.except() ? EXCEPT : "")
        + rule.listed().stream().map(code -> Integer.toString(code)).collect(joining(CODE));
  }

  /**
   * @throws IllegalArgumentException if that was not written by {@link #of}
   */
  static Restarts parse(String text) {
    var parts = text.split(RULE, -1);
    return new Restarts(
        RestartPolicy.valueOf(parts[0]),
        Arrays.stream(parts).skip(1).map(RestartsText::rule).toList());
  }

  private static ExitCodes rule(String text) {
    boolean except = text.startsWith(EXCEPT);
    var codes = except ? text.substring(EXCEPT.length()) : text;
    return new ExitCodes(
        except,
        Arrays.stream(codes.split("\\" + CODE))
            .filter(code -> !code.isEmpty())
            .map(Integer::valueOf)
            .collect(toCollection(TreeSet::new)));
  }
}
