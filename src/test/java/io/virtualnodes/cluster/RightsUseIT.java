package io.virtualnodes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Grant.Right;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * That the operator's rights are what it uses, verb by verb: what the API servers of this run were
 * asked for by all the operators that all other tests had, against the RBAC that they had. JUnit
 * runs isolated classes after all others, and this one as the last of them.
 */
@Isolated("It looks back at what all others did.")
@Order(Integer.MAX_VALUE)
class RightsUseIT {
  private static final String OPERATOR = "system:serviceaccount:virtual-nodes:";
  private static final Set<Integer> REFUSED = Set.of(401, 403);

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

  // Of every operator in every cluster that this run has.
  private static List<Grant> grants;
  private static List<Request> requests;

  @BeforeAll
  static void lookBack() {
    var clusters = Cluster.started();
    // A watch is on record once it is over.
    clusters.forEach(Cluster::stopOperator);
    requests = new ArrayList<>();
    grants = new ArrayList<>();
    for (var cluster : clusters) {
      var made =
          cluster.audit().requests(RightsUseIT::isAnOperators).stream()
              .filter(request -> !cluster.crashed(request.at()))
              .toList();
      made.stream()
          .map(request -> request.by().substring(OPERATOR.length()))
          .distinct()
          .forEach(account -> grants.addAll(Grant.of(cluster.client(), account)));
      requests.addAll(made);
    }
    assertThat(requests).as("requests of operators: run it together with other tests").isNotEmpty();
  }

  private static boolean isAnOperators(Request request) {
    return request.by().startsWith(OPERATOR) && !request.agent().equals(OperatorRights.TESTS);
  }

  @Test
  void itAsksForNothingThatIsNotGranted() {
    var asked =
        requests.stream()
            .filter(request -> grants.stream().noneMatch(grant -> grant.allows(request)))
            .map(RightsUseIT::told)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(asked).isEmpty();
  }

  /** A pod that is gone is forbidden to its node, and so is one that went elsewhere. */
  @Test
  void asItselfItIsRefusedNothing() {
    var refused =
        requests.stream()
            .filter(request -> !request.impersonated())
            .filter(request -> REFUSED.contains(request.code()))
            .map(RightsUseIT::told)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(refused).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(
      named = "it.test",
      matches = ".+",
      disabledReason = "Only all tests together use every right.")
  void whatIsGrantedIsUsed() {
    assertThat(granted()).isNotEmpty();

    var unused = new TreeSet<String>();
    var used = used();
    granted().stream()
        .filter(right -> !used.contains(right) && !FOR_OTHERS.containsKey(right))
        .forEach(right -> unused.add(right.toString()));

    assertThat(unused).isEmpty();
  }

  private static Set<Right> granted() {
    return grants.stream()
        .filter(Grant::shipped)
        .flatMap(Grant::rights)
        .collect(Collectors.toSet());
  }

  private static Set<Right> used() {
    return requests.stream()
        .filter(request -> !REFUSED.contains(request.code()))
        .map(Right::of)
        .flatMap(right -> right.asNode() ? Stream.of(right, Right.TO_BE_A_NODE) : Stream.of(right))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String told(Request request) {
    return request.resource().isEmpty()
        ? request.verb() + " " + request.path()
        : Right.of(request).toString();
  }
}
