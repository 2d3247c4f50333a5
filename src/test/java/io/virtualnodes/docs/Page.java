package io.virtualnodes.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page for users. */
record Page(Path file, String text) {
  private static final Path README = Path.of("README.md");
  private static final Path FOLDER = Path.of("docs");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```(\\w*)[^\\n]*\\n(.*?)^ *```$");
  // From the first quote of a command that is closed on a later line.
  private static final Pattern QUOTED =
      Pattern.compile("(?m)^(?:\\$ )?kubectl (?:[^'\\n]|'[^'\\n]*')*'[^'\\n]*\\n[^']*'");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern LINK_TEXT = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");
  private static final String PROMPT = "$ ";
  // As GitHub makes an anchor of a heading.
  private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");

  /**
   * A block of code.
   *
   * @param language as it is named; empty is what people type
   */
  record Block(Page page, String language, String code) {

    /** Where to look for it. */
    @Override
    public String toString() {
      return page.file() + ", the block that begins with: " + code.lines().findFirst().orElse("");
    }
  }

  /** The README and all of docs. */
  static List<Page> all() {
    try (var files = Files.walk(FOLDER)) {
      return Stream.concat(Stream.of(README), files)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .map(Page::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Page read(Path file) {
    try {
      return new Page(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Blocks of code, without the indentation of a list that they stand in. */
  List<Block> blocks() {
    return BLOCK
        .matcher(text)
        .results()
        .map(found -> new Block(this, found.group(2), outdented(found.group(3), found.group(1))))
        .toList();
  }

  private static String outdented(String code, String indentation) {
    return code.lines()
        .map(line -> line.startsWith(indentation) ? line.substring(indentation.length()) : line)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /**
   * The commands that people type, each as one line: without the prompt, what is said about it
   * after a {@code #}, and what it prints where prompts tell the two apart.
   */
  List<String> typed() {
    return blocks().stream()
        // A drawing shows commands, too, two of them on a line.
        .filter(block -> block.language().isEmpty() && !block.code().contains("│"))
        .flatMap(block -> typed(whole(block.code())).stream())
        .map(line -> line.replaceFirst("\\s+# .*$", ""))
        .toList();
  }

  /** With each command on one line, as a shell reads it: past a quote that is open. */
  private static String whole(String code) {
    return QUOTED
        .matcher(code.replace("\\\n", ""))
        .replaceAll(found -> Matcher.quoteReplacement(found.group().replaceAll("\\n *", " ")));
  }

  private static List<String> typed(String code) {
    var prompted = code.lines().filter(line -> line.startsWith(PROMPT)).toList();
    return prompted.isEmpty()
        ? code.lines().toList()
        : prompted.stream().map(line -> line.substring(PROMPT.length())).toList();
  }

  /** Targets of its links, as they are written. */
  List<String> links() {
    return LINK.matcher(withoutBlocks()).results().map(found -> found.group(1)).toList();
  }

  /** What links can point to after a {@code #}. */
  Set<String> anchors() {
    return HEADING
        .matcher(withoutBlocks())
        .results()
        .map(found -> anchor(found.group(1)))
        .collect(Collectors.toSet());
  }

  private static String anchor(String heading) {
    var plain = LINK_TEXT.matcher(heading).replaceAll("$1").toLowerCase(Locale.ROOT);
    return NOT_IN_ANCHORS.matcher(plain).replaceAll("").strip().replace(' ', '-');
  }

  private String withoutBlocks() {
    return BLOCK.matcher(text).replaceAll("");
  }
}
