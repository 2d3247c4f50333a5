package io.virtualnodes.cluster;

import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Grant.Right;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the operators of one cluster were granted there, and what they asked its API server for.
 * What tests did with their rights is not in it, nor what an API server refused that had just
 * started anew.
 */
record RightsUse(List<Grant> grants, List<Request> requests) {
  private static final String OPERATOR = "system:serviceaccount:virtual-nodes:";
  private static final Set<Integer> REFUSED = Set.of(401, 403);

  // Of clusters that are closed before all others have been looked at.
  private static final List<RightsUse> KEPT = new CopyOnWriteArrayList<>();

  /** A watch is on record once it is over: first stop the operators. */
  static RightsUse of(Cluster cluster) {
    var requests =
        cluster.audit().requests(RightsUse::isAnOperators).stream()
            .filter(request -> !cluster.crashed(request.at()))
            .toList();
    var grants =
        requests.stream()
            .map(request -> request.by().substring(OPERATOR.length()))
            .distinct()
            .flatMap(account -> Grant.of(cluster.client(), account).stream())
            .toList();
    return new RightsUse(grants, requests);
  }

  private static boolean isAnOperators(Request request) {
    return request.by().startsWith(OPERATOR) && !request.agent().equals(OperatorRights.TESTS);
  }

  /** For {@link #kept}, of a cluster that is about to be closed. */
  static void keep(Cluster cluster) {
    KEPT.add(of(cluster));
  }

  /** Those of clusters that are no more. */
  static List<RightsUse> kept() {
    return List.copyOf(KEPT);
  }

  /** What was asked for that no rule of these clusters' RBAC allows; empty if all is well. */
  Set<String> notGranted() {
    return told(request -> grants.stream().noneMatch(grant -> grant.allows(request)));
  }

  /**
   * What the operator was refused as itself. As a node it may be: a pod that is gone is forbidden
   * to its node, and so is one that went elsewhere.
   */
  Set<String> refusedAsItself() {
    return told(request -> !request.impersonated() && REFUSED.contains(request.code()));
  }

  private Set<String> told(Predicate<Request> which) {
    return requests.stream()
        .filter(which)
        .map(RightsUse::told)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String told(Request request) {
    return request.resource().isEmpty()
        ? request.verb() + " " + request.path()
        : Right.of(request).toString();
  }

  /** What the operator's own roles give. */
  Set<Right> granted() {
    return grants.stream()
        .filter(Grant::shipped)
        .flatMap(Grant::rights)
        .collect(Collectors.toSet());
  }

  /** What a request of the operator's needed that was not refused. */
  Set<Right> used() {
    boolean byName = granted().contains(Right.TO_BE_A_USER);
    return requests.stream()
        .filter(request -> !REFUSED.contains(request.code()))
        .flatMap(request -> needed(request, byName))
        .collect(Collectors.toSet());
  }

  /**
   * By the older impersonation RBAC gives an identity and nothing beyond it: the Node authorizer
   * lets a user of that name do something if it is in the group too.
   */
  private static Stream<Right> needed(Request request, boolean byName) {
    if (!request.impersonated()) {
      return Stream.of(Right.of(request));
    }
    return byName
        ? Stream.of(Right.TO_BE_A_USER, Right.TO_BE_IN_A_GROUP)
        : Stream.of(Right.of(request), Right.TO_BE_A_NODE);
  }
}
