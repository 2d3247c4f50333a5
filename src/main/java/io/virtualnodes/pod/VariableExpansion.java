package io.virtualnodes.pod;

import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code $(NAME)} as Kubernetes expands it in commands, arguments and environment values: {@code
 * $$} stands for one dollar sign, and a reference to an unknown name stays as it is.
 */
final class VariableExpansion {
  private static final Pattern REFERENCE = Pattern.compile("\\$(?:\\$|\\(([^)]*)\\))");

  private VariableExpansion() {}

  static String expand(String text, Map<String, String> variables) {
    return REFERENCE
        .matcher(text)
        .replaceAll(
            match -> {
              var name = match.group(1);
              var expanded = name == null ? "$" : variables.getOrDefault(name, match.group());
              return java.util.regex.Matcher.quoteReplacement(expanded);
            });
  }
}
