package io.virtualnodes.manifests;

import static io.virtualnodes.manifests.Manifests.name;
import static io.virtualnodes.manifests.Manifests.namespace;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What bound roles come to, one sentence for each verb of each resource. */
final class Grants {
  private Grants() {}

  /**
   * Such as {@code everywhere: get nodes} and {@code in virtual-nodes: get
   * leases.coordination.k8s.io virtual-nodes-operator}; a role that is not among the objects stays
   * a name.
   */
  static SortedSet<String> of(Manifests objects) {
    var grants = new TreeSet<String>();
    for (var binding : objects.ofKinds("ClusterRoleBinding", "RoleBinding").objects()) {
      String where = namespace(binding).isEmpty() ? "everywhere" : "in " + namespace(binding);
      for (var subject : binding.get("subjects")) {
        if (!subject.path("name").asText().equals(Base.NAME)) {
          throw new IllegalStateException(name(binding) + " is for " + subject);
        }
      }
      bound(objects, binding).forEach(grant -> grants.add(where + ": " + grant));
    }
    return grants;
  }

  private static List<String> bound(Manifests objects, ObjectNode binding) {
    String kind = binding.at("/roleRef/kind").asText();
    String name = binding.at("/roleRef/name").asText();
    String place = kind.equals("Role") ? namespace(binding) : "";
    return objects.ofKinds(kind).objects().stream()
        .filter(role -> name(role).equals(name) && namespace(role).equals(place))
        .findFirst()
        .map(role -> sentences(role.get("rules")))
        .orElse(List.of("what the " + kind + " " + name + " says"));
  }

  private static List<String> sentences(JsonNode rules) {
    var sentences = new ArrayList<String>();
    for (var rule : rules) {
      for (var group : rule.get("apiGroups")) {
        for (var resource : rule.get("resources")) {
          for (var verb : rule.get("verbs")) {
            String what =
                verb.asText()
                    + " "
                    + resource.asText()
                    + (group.asText().isEmpty() ? "" : "." + group.asText());
            var names = rule.path("resourceNames");
            if (names.isEmpty()) {
              sentences.add(what);
            }
            names.forEach(named -> sentences.add(what + " " + named.asText()));
          }
        }
      }
    }
    return sentences;
  }
}
