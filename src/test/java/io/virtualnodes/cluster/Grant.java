package io.virtualnodes.cluster;

import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.virtualnodes.cluster.AuditLog.Request;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A rule of RBAC that holds for the operator.
 *
 * @param role that it stands in
 * @param namespace where it holds; empty for everywhere
 */
record Grant(String role, Optional<String> namespace, PolicyRule rule) {
  private static final String OURS = "virtual-nodes-operator";
  private static final String IMPERSONATE = "impersonate:arbitrary-node";
  private static final String IMPERSONATE_BY_NAME = "impersonate";
  private static final String AS_A_NODE = "impersonate-on:arbitrary-node:";

  // Whoever has a token of a ServiceAccount is in these.
  private static final Set<String> GROUPS =
      Set.of(
          "system:authenticated",
          "system:serviceaccounts",
          "system:serviceaccounts:" + OperatorRights.NAMESPACE);

  /**
   * A verb on a resource.
   *
   * @param asNode whether it is used as a node, by impersonation, or as oneself
   */
  record Right(boolean asNode, String verb, String apiGroup, String resource) {
    static final Right TO_BE_A_NODE =
        new Right(false, IMPERSONATE, "authentication.k8s.io", "nodes");

    /** These two by the older impersonation, on clusters that have no other. */
    static final Right TO_BE_A_USER = new Right(false, IMPERSONATE_BY_NAME, "", "users");

    static final Right TO_BE_IN_A_GROUP = new Right(false, IMPERSONATE_BY_NAME, "", "groups");

    static Right of(Request request) {
      return new Right(
          request.impersonated(), request.verb(), request.apiGroup(), request.resource());
    }

    @Override
    public String toString() {
      return (asNode ? "as a node: " : "as itself: ")
          + verb
          + " "
          + resource
          + (apiGroup.isEmpty() ? "" : "." + apiGroup);
    }
  }

  /** All that holds for a ServiceAccount of the operator's namespace, as the API server has it. */
  static List<Grant> of(KubernetesClient admin, String serviceAccount) {
    var rbac = admin.rbac();
    var everywhere =
        rbac.clusterRoleBindings().list().getItems().stream()
            .filter(binding -> holdsFor(binding.getSubjects(), serviceAccount))
            .flatMap(binding -> rules(admin, binding.getRoleRef(), Optional.empty()));
    var somewhere =
        rbac.roleBindings().inAnyNamespace().list().getItems().stream()
            .filter(binding -> holdsFor(binding.getSubjects(), serviceAccount))
            .flatMap(
                binding ->
                    rules(
                        admin,
                        binding.getRoleRef(),
                        Optional.of(binding.getMetadata().getNamespace())));
    return Stream.concat(everywhere, somewhere).toList();
  }

  private static boolean holdsFor(List<Subject> subjects, String serviceAccount) {
    return subjects.stream()
        .anyMatch(
            subject ->
                switch (subject.getKind()) {
                  case "Group" -> GROUPS.contains(subject.getName());
                  case "ServiceAccount" ->
                      subject.getNamespace().equals(OperatorRights.NAMESPACE)
                          && subject.getName().equals(serviceAccount);
                  default -> false;
                });
  }

  private static Stream<Grant> rules(
      KubernetesClient admin, RoleRef role, Optional<String> namespace) {
    var rules =
        role.getKind().equals("ClusterRole")
            ? admin.rbac().clusterRoles().withName(role.getName()).get().getRules()
            : admin
                .rbac()
                .roles()
                .inNamespace(namespace.orElseThrow())
                .withName(role.getName())
                .get()
                .getRules();
    return rules.stream().map(rule -> new Grant(role.getName(), namespace, rule));
  }

  /** Whether it comes with the operator, not with every cluster. */
  boolean shipped() {
    return role.startsWith(OURS);
  }

  /** Each verb on each resource that it gives. */
  Stream<Right> rights() {
    return rule.getVerbs().stream()
        .flatMap(
            verb ->
                rule.getApiGroups().stream()
                    .flatMap(
                        group ->
                            rule.getResources().stream()
                                .map(resource -> right(verb, group, resource))));
  }

  private static Right right(String verb, String apiGroup, String resource) {
    return verb.startsWith(AS_A_NODE)
        ? new Right(true, verb.substring(AS_A_NODE.length()), apiGroup, resource)
        : new Right(false, verb, apiGroup, resource);
  }

  /**
   * Whether it allows a request; of one as a node, whether it allows to make it so. A rule of the
   * older impersonation allows all requests as the users that it names.
   */
  boolean allows(Request request) {
    if (request.impersonated() && rights().anyMatch(Right.TO_BE_A_USER::equals)) {
      return rule.getResourceNames().contains(request.user());
    }
    var verb = request.impersonated() ? AS_A_NODE + request.verb() : request.verb();
    if (!has(rule.getVerbs(), verb)) {
      return false;
    }
    if (request.resource().isEmpty()) {
      return rule.getNonResourceURLs().stream().anyMatch(path -> covers(path, request.path()));
    }
    return has(rule.getApiGroups(), request.apiGroup())
        && has(rule.getResources(), request.resource())
        && (rule.getResourceNames().isEmpty() || rule.getResourceNames().contains(request.name()))
        && namespace.filter(only -> !only.equals(request.namespace())).isEmpty();
  }

  private static boolean has(List<String> allowed, String asked) {
    return allowed.contains(asked) || allowed.contains("*");
  }

  private static boolean covers(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : path.equals(pattern);
  }
}
