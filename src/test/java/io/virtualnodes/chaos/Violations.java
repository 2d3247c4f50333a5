package io.virtualnodes.chaos;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What was seen that must never be; each once, whoever sees it again. Thread-safe. */
final class Violations {
  private final Set<String> seen = new LinkedHashSet<>();
  private final List<String> untold = new ArrayList<>();

  synchronized void add(String violation) {
    if (seen.add(violation)) {
      untold.add(violation);
    }
  }

  /** Those that nobody has taken yet. */
  synchronized List<String> take() {
    var taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }
}
