package io.virtualnodes.backend.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Capabilities.Feature;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That {@code docs/concepts/backends.md} shows code that there is, and leaves out no call. */
class BackendsPageTest {
  private static final Path PAGE = Path.of("docs", "concepts", "backends.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```java\\n// (\\S+)\\n(.*?)^```$");
  private static final Pattern FILE = Pattern.compile("`((?:src|docs|crds)/[^` ]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https:)([^)#]+)\\)");

  @Test
  void everyBlockOfCodeStandsInTheFileThatItNames() throws IOException {
    var page = Files.readString(PAGE);
    var blocks = BLOCK.matcher(page).results().toList();

    assertThat(blocks).hasSizeGreaterThan(4).hasSize(page.split("(?m)^```java$", -1).length - 1);
    for (var block : blocks) {
      var source = lines(Files.readString(Path.of(block.group(1))));
      assertThat(Collections.indexOfSubList(source, lines(block.group(2))))
          .as("where this stands in %s:%n%s", block.group(1), block.group(2))
          .isNotNegative();
    }
  }

  /** Without their indentation. */
  private static List<String> lines(String text) {
    return text.lines().map(String::strip).toList();
  }

  @Test
  void everyCallFailureAndFeatureIsTold() throws IOException {
    var page = Files.readString(PAGE);
    var calls = Stream.of(Backend.class.getDeclaredMethods()).map(Method::getName);
    var failures =
        Stream.of(BackendException.class.getPermittedSubclasses()).map(Class::getSimpleName);
    var features = Stream.of(Feature.values()).map(Feature::name);

    assertThat(Stream.of(calls, failures, features).flatMap(names -> names))
        .allSatisfy(name -> assertThat(page).contains("| `" + name));
  }

  @Test
  void everyFileThatItPointsToIsThere() throws IOException {
    var page = Files.readString(PAGE);

    assertThat(found(FILE, page).map(Path::of)).isNotEmpty().allSatisfy(BackendsPageTest::exists);
    assertThat(found(LINK, page).map(PAGE::resolveSibling))
        .isNotEmpty()
        .allSatisfy(BackendsPageTest::exists);
  }

  private static Stream<String> found(Pattern pattern, String page) {
    return pattern.matcher(page).results().map(match -> match.group(1));
  }

  private static void exists(Path path) {
    assertThat(path).exists();
  }
}
