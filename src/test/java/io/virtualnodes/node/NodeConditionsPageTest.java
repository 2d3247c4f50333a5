package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That {@code docs/reference/conditions.md} tells of all that a node can say, and of no more. */
class NodeConditionsPageTest {
  private static final Path PAGE = Path.of("docs", "reference", "conditions.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| `(\\w+)` \\|");

  @Test
  void everyReasonHasARowAndEveryRowAReason() throws IOException {
    var said = new TreeSet<String>();
    said(Optional.empty()).forEach(said::add);
    said(Optional.of("connection refused")).forEach(said::add);

    var page = Files.readString(PAGE);
    var section = page.substring(page.indexOf("## Of a node"), page.indexOf("## Of a pod\n"));
    var rows =
        ROW.matcher(section)
            .results()
            .map(row -> String.join(" ", row.group(1), row.group(2), row.group(3)))
            .toList();
    assertThat(rows).containsExactlyInAnyOrderElementsOf(said);
  }

  private static Stream<String> said(Optional<String> outage) {
    var facts =
        new NodeStatusReport.Facts(
            "burst",
            "10.0.0.1",
            10250,
            new NodeShare(1000, 1 << 30, 10),
            "linux",
            "amd64",
            "simulated",
            "1",
            Optional.empty(),
            "v1.36.3",
            List.of(),
            outage);
    var node = new NodeBuilder().withNewMetadata().withName("burst-0").endMetadata().build();
    return NodeStatusReport.status(facts, node, Instant.parse("2026-03-01T10:00:00Z"))
        .getConditions()
        .stream()
        .map(one -> String.join(" ", one.getType(), one.getStatus(), one.getReason()));
  }
}
