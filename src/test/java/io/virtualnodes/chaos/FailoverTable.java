package io.virtualnodes.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * How long nobody worked after each kill: {@code target/failover.md}, written anew with each round,
 * so that a run that is cut off has told what it had.
 */
final class FailoverTable {
  private static final Path FILE = Path.of("target", "failover.md").toAbsolutePath();

  private final List<Row> rows = new ArrayList<>();

  /**
   * One kill.
   *
   * @param heartbeat until the first lease of a node was renewed
   * @param launch until the next pod's group was asked for
   * @param gap the longest that a node was without a renewal, from the last one before the kill
   * @param violations of what must always hold
   */
  record Row(Duration heartbeat, Duration launch, Duration gap, int violations) {}

  /**
   * @param pods how many were created so far
   */
  void add(Row row, int pods) {
    rows.add(row);
    try {
      Files.createDirectories(FILE.getParent());
      Files.writeString(FILE, text(pods));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String text(int pods) {
    return """
    | After the leader was killed, s | Least | Median | Most |
    |---|---|---|---|
    """
        + line("next heartbeat of a node", Row::heartbeat)
        + line("next launch of a pod", Row::launch)
        + line("longest time between two heartbeats of one node", Row::gap)
        + "\n%d kills, %d pods created meanwhile, %d violations\n"
            .formatted(rows.size(), pods, rows.stream().mapToInt(Row::violations).sum());
  }

  private String line(String what, Function<Row, Duration> figure) {
    var sorted = rows.stream().map(figure).sorted().map(time -> time.toMillis() / 1000.0).toList();
    int middle = sorted.size() / 2;
    double median =
        sorted.size() % 2 == 1
            ? sorted.get(middle)
            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    return "| %s | %.1f | %.1f | %.1f |\n"
        .formatted(what, sorted.getFirst(), median, sorted.getLast());
  }
}
