package io.virtualnodes.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fabric8.kubernetes.api.model.Condition;
import io.virtualnodes.api.VirtualNodePoolSpec.StopPolicy;
import io.virtualnodes.pod.PodNetwork;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** That a pool says all that the list has, and no more: the page for users is written from it. */
class PoolConditionReasonTest {
  private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  // One bit for each thing that can be seen of a pool or not.
  private static final int STATES = 1 << 13;

  @Test
  void everyReasonIsGivenByEveryConditionThatMayHaveIt() {
    var said = new TreeSet<String>();
    for (int state = 0; state < STATES; state++) {
      PoolConditions.of(facts(state), 1, List.of(), NOW).forEach(one -> said.add(text(one)));
    }

    assertThat(said).isEqualTo(listed());
  }

  @Test
  void aReasonIsNoReasonOfAnotherCondition() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PoolConditionReason.SERVING.of(PoolConditionType.READY))
        .withMessage("Serving is no reason of Ready");
  }

  private static Set<String> listed() {
    return Stream.of(PoolConditionReason.values())
        .flatMap(
            reason ->
                reason.told().conditions().stream()
                    .map(one -> one.type().type() + " " + one.status() + " " + reason.reason()))
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
