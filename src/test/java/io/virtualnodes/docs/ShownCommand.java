package io.virtualnodes.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A command that a page tells people to type. Tests that do what the page says take it from here,
 * so that they fail once the page says something else.
 *
 * @param page where it stands
 * @param words none of them is quoted
 */
public record ShownCommand(Path page, List<String> words) {

  public ShownCommand {
    words = List.copyOf(words);
  }

  /**
   * The one that begins so.
   *
   * @param page a file of {@code docs}
   * @throws AssertionError if the page has none, or several
   */
  public static ShownCommand of(String page, String beginning) {
    var read = Page.read(Path.of("docs", page));
    var found = read.typed().stream().filter(line -> line.startsWith(beginning)).toList();
    if (found.size() != 1) {
      throw new AssertionError(
          "%s should show one command that begins with `%s`, and shows %s"
              .formatted(read.file(), beginning, found));
    }
    return new ShownCommand(read.file(), List.of(found.getFirst().split(" +")));
  }

  /**
   * With what only the reader knows, such as the name of their image.
   *
   * @throws AssertionError if there is no such word
   */
  public ShownCommand with(String word, String readers) {
    if (!words.contains(word)) {
      throw new AssertionError("%s shows `%s` without %s".formatted(page, this, word));
    }
    var changed = new ArrayList<>(words);
    Collections.replaceAll(changed, word, readers);
    return new ShownCommand(page, changed);
  }

  /** All but the program, and then these. */
  public String[] arguments(String... further) {
    var arguments = new ArrayList<>(words.subList(1, words.size()));
    arguments.addAll(List.of(further));
    return arguments.toArray(String[]::new);
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
