package io.virtualnodes.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That a node says all that the list has, and no more: the page for users is written from it. */
class NodeConditionReasonTest {

  @Test
  void everyReasonIsGivenByEveryConditionThatMayHaveIt() {
    var said =
        Stream.concat(said(Optional.empty()), said(Optional.of("connection refused")))
            .collect(Collectors.toSet());

    assertThat(said)
        .isEqualTo(
            Stream.of(NodeConditionReason.values())
                .flatMap(
                    reason ->
                        reason.told().conditions().stream()
                            .map(
                                one ->
                                    String.join(
                                        " ", one.type().type(), one.status(), reason.reason())))
                .collect(Collectors.toSet()));
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
