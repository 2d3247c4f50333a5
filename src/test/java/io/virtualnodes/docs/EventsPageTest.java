package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.kubelet.NodeEventReason;
import io.virtualnodes.pod.EventReason;
import io.virtualnodes.pod.PodEventReason;
import io.virtualnodes.pool.PoolEventReason;
import io.virtualnodes.volume.ClaimEventReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That {@code docs/reference/events.md} is what the program's own lists say. {@code -Dgolden=write}
 * writes it anew.
 */
class EventsPageTest {
  private static final Path PAGE = Path.of("docs", "reference", "events.md");
  private static final Path TROUBLES = Path.of("docs", "troubleshooting.md");
  private static final String HEAD =
      """
      # Events

      Every reason for which the operator writes an event. They are stable: people alert on them. Messages are for people and may change. This page
      is written from the operator's own lists, by which it writes events, so that there are no others.

      ```
      kubectl events --for=pod/web-0
      kubectl events --namespace=default --for=vnp/burst
      kubectl get events --all-namespaces --field-selector=reason=GroupLost
      ```

      Events of pools and nodes are in the namespace `default`. Of a pod, the same reason is not told twice in a row. An event that cannot be written is
      logged, and nothing waits for it.
      """;

  @Test
  void thePageIsWhatTheListsSay() throws IOException {
    var page =
        HEAD
            + section("Of a pod", PodEventReason.values())
            + section("Of a pool", PoolEventReason.values())
            + section("Of a node", NodeEventReason.values())
            + section("Of a PersistentVolumeClaim", ClaimEventReason.values());
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(PAGE, page);
    }

    assertThat(Files.readString(PAGE)).isEqualTo(page);
  }

  /** Whoever sees one has to find it there. */
  @Test
  void everyWarningOfAPodIsAmongTheTroubles() throws IOException {
    var troubles = Files.readString(TROUBLES);

    assertThat(Stream.of(PodEventReason.values()).filter(EventReason::warns))
        .allSatisfy(warning -> assertThat(troubles).contains("`" + warning.reason() + "`"));
  }

  private static String section(String title, EventReason[] reasons) {
    return """

    ## %s

    | Reason | Type | What has happened | What to do |
    |---|---|---|---|
    """
            .formatted(title)
        + Arrays.stream(reasons).map(EventsPageTest::row).collect(Collectors.joining());
  }

  private static String row(EventReason reason) {
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            reason.reason(),
            reason.warns() ? "Warning" : "Normal",
            reason.meaning(),
            reason.remedy());
  }
}
