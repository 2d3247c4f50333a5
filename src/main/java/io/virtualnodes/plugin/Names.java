package io.virtualnodes.plugin;

import java.util.Collection;

/** Lists of names for people, who read a few. */
final class Names {
  private static final int MOST = 5;

  private Names() {}

  /** All of them, or the first ones and how many more there are. */
  static String some(Collection<String> names) {
    var text = String.join(", ", names.stream().limit(MOST).toList());
    return names.size() <= MOST ? text : text + " and " + (names.size() - MOST) + " more";
  }
}
