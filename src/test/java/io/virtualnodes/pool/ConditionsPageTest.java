package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.pod.PodNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** That {@code docs/reference/conditions.md} tells of all that a pool can say, and of no more. */
class ConditionsPageTest {
  private static final Path PAGE = Path.of("docs", "reference", "conditions.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(\\w+)` \\| (\\w+) \\| `(\\w+)` \\|");
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  // One bit for each thing that can be seen of a pool or not.
  private static final int STATES = 1 << 13;

  @Test
  void everyReasonHasARowAndEveryRowAReason() throws IOException {
    var said = new TreeSet<String>();
    for (int state = 0; state < STATES; state++) {
      PoolConditions.of(facts(state), 1, List.of(), NOW).forEach(one -> said.add(text(one)));
    }

    assertThat(rows()).isEqualTo(said);
  }

  private static Set<String> rows() throws IOException {
    var page = Files.readString(PAGE);
    var section = page.substring(page.indexOf("## Of a pool"), page.indexOf("## Of a node"));
    return ROW.matcher(section)
        .results()
        .map(row -> String.join(" ", row.group(1), row.group(2), row.group(3)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String text(Condition condition) {
    return String.join(" ", condition.getType(), condition.getStatus(), condition.getReason());
  }

  private static PoolConditions.Facts facts(int state) {
    return new PoolConditions.Facts(
        seen(state, 0) ? Optional.of("no") : Optional.empty(),
        seen(state, 1) ? Optional.of("connection refused") : Optional.empty(),
        seen(state, 2) ? Optional.of("403") : Optional.empty(),
        seen(state, 3),
        3,
        seen(state, 4) ? 3 : 2,
        seen(state, 5) ? 3 : 2,
        seen(state, 6) ? List.of("burst-1") : List.of(),
        seen(state, 7) ? List.of("burst-1: in use") : List.of(),
        seen(state, 8) ? 1 : 0,
        seen(state, 9) ? 20 : 0,
        seen(state, 10) ? List.of("default/agent") : List.of(),
        seen(state, 11) ? Optional.of(StopPolicy.Hold) : Optional.empty(),
        seen(state, 12),
        Optional.empty(),
        seen(state, 0)
            ? PodNetwork.UNTOLD
            : new PodNetwork("cluster.local", List.of("10.96.0.10"), Optional.empty()));
  }

  private static boolean seen(int state, int bit) {
    return (state & 1 << bit) != 0;
  }
}
