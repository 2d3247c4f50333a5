package io.virtualnodes.manifests;

import static io.virtualnodes.manifests.Manifests.kind;
import static io.virtualnodes.manifests.Manifests.name;
import static io.virtualnodes.manifests.Manifests.namespace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The rights of the base as a ClusterServiceVersion can say them: everywhere, or in the operator's
 * namespace. It cannot say "in the namespace default" or bind a Role that is there, so those rights
 * are everywhere: docs/install-olm.md lists them.
 *
 * @param everywhere rules of a ClusterRole
 * @param inItsNamespace rules of a Role, which OLM makes a ClusterRole of all the same where an
 *     operator is for all namespaces, as this one is
 */
record LiftedRights(List<JsonNode> everywhere, List<JsonNode> inItsNamespace) {
  // A Role of every cluster, in kube-system; the operator only gets the object.
  // https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/
  private static final String READER = "extension-apiserver-authentication-reader";
  private static final String READER_RULE =
      """
      apiGroups: [""]
      resources: [configmaps]
      resourceNames: [extension-apiserver-authentication]
      verbs: [get]
      """;

  /**
   * @throws IllegalStateException if a binding names a role that is not known here
   */
  static LiftedRights of(Manifests base) {
    var everywhere = new ArrayList<JsonNode>();
    var inItsNamespace = new ArrayList<JsonNode>();
    for (var binding : base.ofKinds("ClusterRoleBinding", "RoleBinding").objects()) {
      boolean own = namespace(binding).equals(Base.NAMESPACE);
      rules(base, binding).forEach((own ? inItsNamespace : everywhere)::add);
    }
    return new LiftedRights(List.copyOf(everywhere), List.copyOf(inItsNamespace));
  }

  private static Iterable<JsonNode> rules(Manifests base, ObjectNode binding) {
    String kind = binding.at("/roleRef/kind").asText();
    String name = binding.at("/roleRef/name").asText();
    if (name.equals(READER)) {
      return Manifests.parse(READER_RULE).objects().stream().map(JsonNode.class::cast).toList();
    }
    return base.ofKinds(kind).objects().stream()
        .filter(
            role -> name(role).equals(name) && namespace(role).equals(namespaceOf(binding, kind)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "%s %s has a role that is not in the base: %s"
                        .formatted(kind(binding), name(binding), name)))
        .get("rules");
  }

  private static String namespaceOf(ObjectNode binding, String roleKind) {
    return roleKind.equals("Role") ? namespace(binding) : "";
  }
}
