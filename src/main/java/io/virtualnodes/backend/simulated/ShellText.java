package io.virtualnodes.backend.simulated;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes a line of a shell apart: words, quotes, variables, and {@code ;}, {@code &&} and {@code ||}
 * between commands. {@link Script} reads what containers run, of which more is understood and all
 * must be known beforehand.
 */
final class ShellText {
  private static final String NOT_UNDERSTOOD = "`|&<>(){}*?[]~!";

  private final String text;
  private final List<Command> commands = new ArrayList<>();
  private final List<Word> words = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();
  private final StringBuilder plain = new StringBuilder();
  private Joint joint = Joint.ALWAYS;
  private boolean inWord;
  private int at;

  private ShellText(String text) {
    this.text = text;
  }

  /** When a command is run, by how the one before ended. */
  enum Joint {
    ALWAYS,
    IF_IT_SUCCEEDED,
    IF_IT_FAILED
  }

  /** Words as they are written, and what comes before them. */
  record Command(Joint joint, List<Word> words) {}

  /** What is put together without a blank. */
  record Word(List<Piece> pieces) {
    /**
     * @param variables by name; what is not set is nothing
     */
    String text(Function<String, String> variables) {
      var text = new StringBuilder();
      for (var piece : pieces) {
        text.append(
            switch (piece) {
              case Piece.Plain(var written) -> written;
              case Piece.Variable(var name) -> variables.apply(name);
            });
      }
      return text.toString();
    }
  }

  /** A part of a word. */
  sealed interface Piece {
    record Plain(String written) implements Piece {}

    record Variable(String name) implements Piece {}
  }

  /**
   * @return empty if there is anything in it that is not understood
   */
  static Optional<List<Command>> read(String text) {
    var reader = new ShellText(text);
    return reader.all() ? Optional.of(List.copyOf(reader.commands)) : Optional.empty();
  }

  /** As a program is begun without a shell. */
  static List<Command> of(List<String> words) {
    return List.of(
        new Command(
            Joint.ALWAYS,
            words.stream().map(word -> new Word(List.of(new Piece.Plain(word)))).toList()));
  }

  private boolean all() {
    while (at < text.length()) {
      char c = text.charAt(at);
      boolean understood =
          switch (c) {
            case '\'' -> quoted();
            case '"' -> doublyQuoted();
            case '$' -> variable();
            case '\\' -> escaped();
            case ' ', '\t' -> endOfWord();
            case ';', '\n' -> end(Joint.ALWAYS, 1, c == '\n');
            case '#' -> inWord ? taken(c) : comment();
            default -> operator().orElseGet(() -> NOT_UNDERSTOOD.indexOf(c) < 0 && taken(c));
          };
      if (!understood) {
        return false;
      }
    }
    endOfWord();
    boolean nothingFollows = words.isEmpty();
    if (!nothingFollows) {
      commands.add(new Command(joint, List.copyOf(words)));
    }
    return !nothingFollows || joint == Joint.ALWAYS;
  }

  private Optional<Boolean> operator() {
    if (text.startsWith("&&", at)) {
      return Optional.of(end(Joint.IF_IT_SUCCEEDED, 2, false));
    }
    return text.startsWith("||", at)
        ? Optional.of(end(Joint.IF_IT_FAILED, 2, false))
        : Optional.empty();
  }

  /**
   * @param mayBeEmpty whether nothing need stand before it
   */
  private boolean end(Joint next, int length, boolean mayBeEmpty) {
    endOfWord();
    at += length;
    if (words.isEmpty()) {
      return mayBeEmpty;
    }
    commands.add(new Command(joint, List.copyOf(words)));
    words.clear();
    joint = next;
    return true;
  }

  private boolean taken(char c) {
    plain.append(c);
    inWord = true;
    at++;
    return true;
  }

  private boolean comment() {
    int end = text.indexOf('\n', at);
    at = end < 0 ? text.length() : end;
    return true;
  }

  private boolean endOfWord() {
    if (inWord) {
      endOfPlain();
      words.add(new Word(List.copyOf(pieces)));
      pieces.clear();
      inWord = false;
    }
    at += at < text.length() && " \t".indexOf(text.charAt(at)) >= 0 ? 1 : 0;
    return true;
  }

  private void endOfPlain() {
    if (!plain.isEmpty()) {
      pieces.add(new Piece.Plain(plain.toString()));
      plain.setLength(0);
    }
  }

  private boolean quoted() {
    int end = text.indexOf('\'', at + 1);
    if (end < 0) {
      return false;
    }
    plain.append(text, at + 1, end);
    inWord = true;
    at = end + 1;
    return true;
  }

  private boolean doublyQuoted() {
    inWord = true;
    at++;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return true;
      }
      boolean understood =
          switch (c) {
            case '$' -> variable();
            case '\\' -> escaped();
            case '`' -> false;
            default -> taken(c);
          };
      if (!understood) {
        return false;
      }
    }
    return false;
  }

  private boolean escaped() {
    if (at + 1 == text.length()) {
      return false;
    }
    at++;
    return taken(text.charAt(at));
  }

  private boolean variable() {
    boolean braced = text.startsWith("${", at);
    int from = at + (braced ? 2 : 1);
    int to = from;
    while (to < text.length()
        && (Character.isLetterOrDigit(text.charAt(to)) || text.charAt(to) == '_')) {
      to++;
    }
    if (to == from && text.startsWith("?", from)) {
      to++;
    }
    if (to == from || braced && !text.startsWith("}", to)) {
      // A dollar alone is one; in braces there is more than a name.
      return !braced && !text.startsWith("(", from) && taken('$');
    }
    endOfPlain();
    inWord = true;
    pieces.add(new Piece.Variable(text.substring(from, to)));
    at = to + (braced ? 1 : 0);
    return true;
  }
}
