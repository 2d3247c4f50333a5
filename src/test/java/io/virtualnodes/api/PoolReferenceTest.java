package io.virtualnodes.api;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.virtualnodes.api.CommittedCrd.Field;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That {@code docs/reference/pool.md} speaks of the fields there are, and of no others. */
class PoolReferenceTest {
  private static final Path PAGE = Path.of("docs", "reference", "pool.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `((?:spec|status)[^`]*)` .*$");

  @Test
  void everyFieldHasARow() {
    assertThat(rows().keySet())
        .as("the fields in the tables of %s", PAGE)
        .containsAll(fields().map(Field::path).toList());
  }

  @Test
  void everyRowIsAboutAFieldThatThereIs() {
    assertThat(fields().map(Field::path).toList())
        .as("the fields of %s", CommittedCrd.FILE)
        .containsAll(rows().keySet());
  }

  @Test
  void aRowNamesTheDefaultAndEveryValueOfItsField() {
    var rows = rows();

    assertThat(fields())
        .allSatisfy(
            field ->
                assertThat(values(field).map(value -> "`" + value.asText() + "`"))
                    .as(field.path())
                    .allSatisfy(value -> assertThat(rows.get(field.path())).contains(value)));
  }

  /** All but spec and status, which are sections of the page. */
  private static Stream<Field> fields() {
    return CommittedCrd.fields().stream().filter(field -> field.path().contains("."));
  }

  private static Stream<JsonNode> values(Field field) {
    var values = field.schema().getEnum();
    return Stream.concat(
            Optional.ofNullable(field.schema().getDefault()).stream(),
            values == null ? Stream.empty() : values.stream())
        .filter(JsonNode::isValueNode);
  }

  /** Each row of the page's tables, by the field that it is about. */
  private static Map<String, String> rows() {
    return ROW.matcher(CommittedCrd.read(PAGE))
        .results()
        .collect(toMap(row -> row.group(1), MatchResult::group));
  }
}
