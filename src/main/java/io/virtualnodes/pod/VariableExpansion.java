package io.virtualnodes.pod;

import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Plain;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue.Secret;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code $(NAME)} as Kubernetes expands it in commands, arguments and environment values: {@code
 * $$} stands for one dollar sign, and a reference to an unknown name stays as it is.
 */
final class VariableExpansion {
  private static final Pattern REFERENCE = Pattern.compile("\\$(?:\\$|\\(([^)]*)\\))");

  private VariableExpansion() {}

  /** Secret if a variable that it refers to is. */
  static EnvironmentValue expand(String text, Map<String, EnvironmentValue> variables) {
    var expanded =
        REFERENCE
            .matcher(text)
            .replaceAll(match -> Matcher.quoteReplacement(replacement(match, variables)));
    boolean secret = references(text).anyMatch(name -> variables.get(name) instanceof Secret);
    return secret ? new Secret(expanded) : new Plain(expanded);
  }

  /** The names that a text refers to. */
  static Stream<String> references(String text) {
    return REFERENCE.matcher(text).results().map(match -> match.group(1)).filter(Objects::nonNull);
  }

  private static String replacement(MatchResult match, Map<String, EnvironmentValue> variables) {
    var name = match.group(1);
    if (name == null) {
      return "$";
    }
    var value = variables.get(name);
    return value == null ? match.group() : value.text();
  }
}
