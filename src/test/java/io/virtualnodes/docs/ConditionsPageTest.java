package io.virtualnodes.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.node.ConditionReason;
import io.virtualnodes.node.ConditionType;
import io.virtualnodes.node.NodeConditionReason;
import io.virtualnodes.node.NodeConditionType;
import io.virtualnodes.pool.PoolConditionReason;
import io.virtualnodes.pool.PoolConditionType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * That {@code docs/reference/conditions.md} is what the program's own lists say. {@code
 * -Dgolden=write} writes it anew.
 */
class ConditionsPageTest {
  private static final Path PAGE = Path.of("docs", "reference", "conditions.md");
  private static final String HEAD =
      """
      # Conditions

      Every condition that a pool and its nodes have, with every reason. People and programs wait for them and alert on them, so types and reasons are
      stable; messages are for people and may change. This page is written from the operator's own lists, by which it writes conditions, so that there
      are no others.

      ## Of a pool

      `kubectl describe vnp burst` shows them; `kubectl wait --for=condition=Ready vnp/burst` waits until the pool takes pods. `Reconciling` and
      `Stalled` are as [kstatus](https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md) reads them, and tools that know it,
      such as Flux: [gitops.md](../gitops.md).
      """;
  private static final String NODES =
      """

      ## Of a node

      Beside these, the control plane and others may write conditions of their own; they stay.
      """;
  private static final String PODS =
      """

      ## Of a pod

      Those of Kubernetes: `PodScheduled`, `PodReadyToStartContainers`, `Initialized`, `ContainersReady` and `Ready`, with
      the kubelet's reasons. A pod whose group is gone from its service also has `DisruptionTarget`, True, with the reason `GroupLost`: [what controllers make of it](../pods.md#what-controllers-make-of-its-end).
      """;

  @Test
  void thePageIsWhatTheListsSay() throws IOException {
    var page =
        HEAD
            + tables(PoolConditionType.values(), PoolConditionReason.values())
            + NODES
            + tables(NodeConditionType.values(), NodeConditionReason.values())
            + PODS;
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(PAGE, page);
    }

    assertThat(Files.readString(PAGE)).isEqualTo(page);
  }

  private static String tables(ConditionType[] types, ConditionReason[] reasons) {
    return """

    | Type | True means |
    |---|---|
    %s
    | Type | Status | Reason | What it means | What to do |
    |---|---|---|---|---|
    %s\
    """
        .formatted(
            Stream.of(types)
                .map(type -> "| `%s` | %s |\n".formatted(type.type(), type.meaning()))
                .collect(Collectors.joining()),
            Stream.of(types)
                .flatMap(type -> rows(type, reasons).stream())
                .collect(Collectors.joining()));
  }

  /** What is well about most of them comes first: that they are True. */
  private static List<String> rows(ConditionType type, ConditionReason[] reasons) {
    var having =
        new ArrayList<>(
            Arrays.stream(reasons)
                .filter(
                    reason ->
                        reason.told().conditions().stream().anyMatch(one -> one.type() == type))
                .toList());
    having.sort(Comparator.comparing(reason -> !reason.of(type).holds()));
    return having.stream().map(reason -> row(type, reason)).toList();
  }

  private static String row(ConditionType type, ConditionReason reason) {
    var told = reason.told();
    var said = reason.of(type);
    // What others have because of it is told once, where it comes from.
    boolean own = reason.about() == type;
    var meaning = own ? told.meaning() : "as of `%s`".formatted(reason.about().type());
    return "| `%s` | %s | `%s` | %s | %s |\n"
        .formatted(type.type(), said.status(), told.reason(), meaning, own ? told.remedy() : "");
  }
}
