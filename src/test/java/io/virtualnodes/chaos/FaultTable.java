package io.virtualnodes.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was tried in this run and what came of it: {@code target/chaos/faults.md}, written anew with
 * each row, so that a run that is cut off has told what it had.
 */
final class FaultTable {
  static final Path FOLDER = Path.of("target", "chaos").toAbsolutePath();

  private static final List<Row> ROWS = new ArrayList<>();

  private FaultTable() {}

  /**
   * One kind of fault.
   *
   * @param hits in how many of the rounds it came about; in the others the operator was killed
   *     somewhere else
   * @param violations of what must always hold
   * @param slowest from ready to settled, at worst
   * @param round how long a round took in the middle
   */
  record Row(
      String fault,
      String backend,
      int rounds,
      int hits,
      int violations,
      Duration slowest,
      Duration round) {

    private String line() {
      return "| %s | %s | %d | %d | %d | %.1f | %.1f |"
          .formatted(
              fault,
              backend,
              rounds,
              hits,
              violations,
              slowest.toMillis() / 1000.0,
              round.toMillis() / 1000.0);
    }
  }

  static synchronized void add(Row row) {
    ROWS.add(row);
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(FOLDER.resolve("faults.md"), text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static synchronized String text() {
    return """
    | Fault | Backend | Rounds | Hit | Violations | Settled again after, at most, s | Round, median, s |
    |---|---|---|---|---|---|---|
    """
        + ROWS.stream().map(Row::line).collect(Collectors.joining("\n", "", "\n"))
        + "\n%d rounds, %d hits, %d violations\n"
            .formatted(
                ROWS.stream().mapToInt(Row::rounds).sum(),
                ROWS.stream().mapToInt(Row::hits).sum(),
                ROWS.stream().mapToInt(Row::violations).sum());
  }
}
