package io.virtualnodes.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.api.CommittedCrd.Field;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * That the tables of {@code docs/reference/pool.md} are what the CRD says. Each stands below a
 * comment that names the fields which it has; {@code -Dgolden=write} writes it anew. What stands
 * around them is written by hand.
 */
class PoolReferenceTest {
  private static final Path PAGE = Path.of("docs", "reference", "pool.md");
  private static final Pattern PART =
      Pattern.compile("<!-- the fields of ([\\w.\\[\\]]+) -->\\n\\n((?:\\|.*\\n)*)");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `((?:spec|status)[^`]*)` .*$");

  @Test
  void theTablesAreWhatTheCrdSays() throws IOException {
    var page = CommittedCrd.read(PAGE);
    var parts = PART.matcher(page).results().map(part -> part.group(1)).toList();
    var tables = new FieldTable(CommittedCrd.fields());
    var anew =
        PART.matcher(page)
            .replaceAll(part -> Matcher.quoteReplacement(written(part, tables, parts)));
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(PAGE, anew, UTF_8);
    }

    assertThat(CommittedCrd.read(PAGE)).isEqualTo(anew);
  }

  private static String written(MatchResult part, FieldTable tables, List<String> parts) {
    return "<!-- the fields of %s -->\n\n%s"
        .formatted(part.group(1), tables.of(part.group(1), parts));
  }

  /** All but spec and status, which are sections of the page. */
  @Test
  void everyFieldHasOneRow() {
    var rows = ROW.matcher(CommittedCrd.read(PAGE)).results().map(row -> row.group(1));

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            CommittedCrd.fields().stream()
                .map(Field::path)
                .filter(path -> path.contains("."))
                .toList());
  }
}
