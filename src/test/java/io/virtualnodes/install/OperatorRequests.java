package io.virtualnodes.install;

import io.virtualnodes.cluster.AuditLog.Request;
import io.virtualnodes.cluster.Cluster;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an installed operator asked the API server for, as itself and as its nodes, from its
 * installation on.
 *
 * @param rightsGone when an administrator began to take its rights away, as all do who uninstall
 *     it; {@link Instant#MAX} if none did
 */
record OperatorRequests(List<Request> requests, Instant rightsGone) {
  private static final String OPERATOR =
      "system:serviceaccount:virtual-nodes:virtual-nodes-operator";
  private static final Set<String> RIGHTS =
      Set.of("clusterrolebindings", "clusterroles", "rolebindings", "roles", "serviceaccounts");
  private static final int FORBIDDEN = 403;
  // A request is on record with the time of its answer, and has its effect before.
  private static final Duration AN_ANSWER = Duration.ofSeconds(1);

  static OperatorRequests since(Instant installation, Cluster cluster) {
    var all =
        cluster
            .audit()
            .requests(
                request ->
                    !request.at().isBefore(installation)
                        && (request.by().equals(OPERATOR) || takesRights(request)));
    return new OperatorRequests(
        all.stream().filter(request -> request.by().equals(OPERATOR)).toList(),
        all.stream()
            .filter(OperatorRequests::takesRights)
            .map(Request::at)
            .min(Instant::compareTo)
            .map(answered -> answered.minus(AN_ANSWER))
            .orElse(Instant.MAX));
  }

  private static boolean takesRights(Request request) {
    return request.verb().equals("delete")
        && RIGHTS.contains(request.resource())
        && request.name() != null
        && request.name().startsWith("virtual-nodes");
  }

  /** What it was given, as {@code patch pods/status}, of what it asked for as its nodes. */
  Set<String> givenAsNodes() {
    var given = new TreeSet<String>();
    requests.stream()
        .filter(request -> request.impersonated() && request.code() < 300)
        .forEach(request -> given.add(request.verb() + " " + request.resource()));
    return given;
  }

  /**
   * What it was forbidden, but for two that have to be:
   *
   * <ul>
   *   <li>a node may not get a pod that is gone, and asks for it in order to learn just that: the
   *       Node authorizer knows nothing of the pod any more;
   *   <li>an operator whose rights are gone before it has ended, as whoever uninstalls it has it.
   * </ul>
   */
  Set<String> refused() {
    var refused = new TreeSet<String>();
    requests.stream()
        .filter(request -> request.code() == FORBIDDEN)
        .filter(request -> !isAboutAPodThatIsGone(request))
        .filter(request -> request.at().isBefore(rightsGone))
        .forEach(
            request ->
                refused.add(
                    "%s %s %s as %s"
                        .formatted(
                            request.verb(), request.resource(), request.path(), request.user())));
    return refused;
  }

  private static boolean isAboutAPodThatIsGone(Request request) {
    return request.impersonated()
        && request.verb().equals("get")
        && request.resource().equals("pods");
  }
}
