package io.virtualnodes.pod;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.assertj.core.util.diff.DiffUtils;

/**
 * A folder of test resources that is named for a situation: what goes in, and what has to come out.
 * {@code -Dgolden=write} writes what came out instead of comparing it; the diff is then for git to
 * show.
 */
public record GoldenCase(Path folder) {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final boolean WRITE = "write".equals(System.getProperty("golden"));
  private static final int LINES_AROUND = 3;

  /** Every case of one kind, by name. */
  static Stream<GoldenCase> all(String kind) {
    try (var folders = Files.list(RESOURCES.resolve(kind))) {
      return folders.sorted().toList().stream().map(GoldenCase::new);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The only case of its kind. */
  static GoldenCase only(String kind) {
    return new GoldenCase(RESOURCES.resolve(kind));
  }

  boolean has(String file) {
    return Files.exists(folder.resolve(file));
  }

  /** The content of a file that has to be there. */
  String read(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails, line by line, if the file says something else. */
  public void expect(String file, String actual) {
    if (WRITE) {
      write(file, actual);
      return;
    }
    var expected = has(file) ? read(file) : "";
    if (!actual.equals(expected)) {
      fail(difference(file, expected, actual));
    }
  }

  private void write(String file, String text) {
    try {
      Files.writeString(folder.resolve(file), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String difference(String file, String expected, String actual) {
    var lines = expected.lines().toList();
    var patch = DiffUtils.diff(lines, actual.lines().toList());
    var diff =
        DiffUtils.generateUnifiedDiff(
            folder.resolve(file).toString(), "what came out", lines, patch, LINES_AROUND);
    return String.join("\n", Stream.concat(Stream.of(""), diff.stream()).toList())
        + "\nIf what came out is right: -Dgolden=write";
  }

  /** The name of the test. */
  @Override
  public String toString() {
    return folder.getFileName().toString();
  }
}
