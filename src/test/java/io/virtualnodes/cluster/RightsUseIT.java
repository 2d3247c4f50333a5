package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.Grant.Right;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * That the operator's rights are what it uses, verb by verb: what the API servers of this run were
 * asked for by all the operators that all other tests had, on clusters with constrained
 * impersonation and on one without it, against the RBAC that they had there. JUnit runs isolated
 * classes after all others, and this one as the last of them.
 */
@Isolated("It looks back at what all others did.")
@Order(Integer.MAX_VALUE)
class RightsUseIT {
  /** Granted, and no request of the operator's own shows that it is needed. */
  private static final Map<Right, String> FOR_OTHERS =
      Map.of(
          new Right(false, "update", "coordination.k8s.io", "leases"),
          "JOSDK asks when it starts whether it could, and does not start otherwise",
          new Right(false, "approve", "certificates.k8s.io", "signers"),
          "the API server asks for it itself when a certificate is approved",
          new Right(false, "get", "", "persistentvolumes"),
          "JOSDK reads a volume again whose finalizer it could not write since somebody else"
              + " wrote");

  private static List<RightsUse> uses;

  @BeforeAll
  static void lookBack() {
    var clusters = Cluster.started();
    // A watch is on record once it is over.
    clusters.forEach(Cluster::stopOperator);
    uses = Stream.concat(RightsUse.kept().stream(), clusters.stream().map(RightsUse::of)).toList();
    assertThat(uses)
        .as("requests of operators: run it together with other tests")
        .anyMatch(use -> !use.requests().isEmpty());
  }

  @Test
  void itAsksForNothingThatIsNotGranted() {
    assertThat(all(RightsUse::notGranted)).isEmpty();
  }

  @Test
  void asItselfItIsRefusedNothing() {
    assertThat(all(RightsUse::refusedAsItself)).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(
      named = "it.test",
      matches = ".+",
      disabledReason = "Only all tests together use every right.")
  void whatIsGrantedIsUsed() {
    var granted = all(RightsUse::granted);
    // Those of older clusters among them.
    assertThat(granted).contains(Right.TO_BE_A_NODE, Right.TO_BE_A_USER, Right.TO_BE_IN_A_GROUP);

    var unused = new TreeSet<String>();
    var used = all(RightsUse::used);
    granted.stream()
        .filter(right -> !used.contains(right) && !FOR_OTHERS.containsKey(right))
        .forEach(right -> unused.add(right.toString()));

    assertThat(unused).isEmpty();
  }

  private static <T> Set<T> all(Function<RightsUse, Set<T>> what) {
    return uses.stream().map(what).flatMap(Collection::stream).collect(Collectors.toSet());
  }
}
