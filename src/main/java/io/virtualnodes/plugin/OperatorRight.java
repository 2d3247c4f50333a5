package io.virtualnodes.plugin;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that a ServiceAccount may do, as an API server is asked for it.
 *
 * @param group of the API; empty is the core's
 * @param resource with its subresource, such as {@code pods/status}
 * @param namespace empty is the whole cluster
 * @param name of the one object; empty is all of them
 */
record OperatorRight(String verb, String group, String resource, String namespace, String name) {
  private static final String ALL = "*";

  /**
   * What nobody should have given it: each reads or makes what is others', or is a way to all else.
   * The first has all the others in it.
   */
  static final List<OperatorRight> EXCESS =
      List.of(
          new OperatorRight(ALL, ALL, ALL, "", ""),
          new OperatorRight("get", "", "secrets", "", ""),
          new OperatorRight("list", "", "secrets", "", ""),
          new OperatorRight("create", "", "pods", "", ""),
          new OperatorRight("create", "", "serviceaccounts/token", "", ""),
          new OperatorRight("impersonate", "", "users", "", ""),
          new OperatorRight("bind", "rbac.authorization.k8s.io", "clusterroles", "", ""));

  /** All that an operator needs: for itself, and to act as these nodes. */
  static List<OperatorRight> needed(
      String namespace, OperatorEnvironment environment, List<String> nodes) {
    var needed = new ArrayList<>(ShippedRights.of("base/operator-rights.yaml", namespace));
    needed.add(
        new OperatorRight(
            "get", "", "configmaps", "kube-system", "extension-apiserver-authentication"));
    boolean signed = environment.says("VIRTUALNODES_KUBELET_CERTIFICATE", "cluster-signed");
    if (environment.namesNodes()) {
      nodes.forEach(
          node ->
              needed.add(new OperatorRight("impersonate", "", "users", "", "system:node:" + node)));
      needed.add(new OperatorRight("impersonate", "", "groups", "", "system:nodes"));
    } else {
      needed.addAll(asNodes("base/node-rights.yaml", namespace, nodes));
      if (signed) {
        needed.addAll(
            asNodes("components/cluster-signed-certificates/rights.yaml", namespace, nodes));
      }
    }
    if (environment.says("VIRTUALNODES_KUBELET_APPROVE_CERTIFICATES", "true")) {
      needed.addAll(ShippedRights.of("components/certificate-approval/rights.yaml", namespace));
    }
    return List.copyOf(needed);
  }

  /** As they are shipped, with the right to be a node asked for each of these nodes. */
  private static List<OperatorRight> asNodes(String file, String namespace, List<String> nodes) {
    var rights = new ArrayList<OperatorRight>();
    for (var right : ShippedRights.of(file, namespace)) {
      if (right.verb().startsWith("impersonate:")) {
        nodes.forEach(
            node ->
                rights.add(
                    new OperatorRight(right.verb(), right.group(), right.resource(), "", node)));
      } else {
        rights.add(right);
      }
    }
    return rights;
  }

  /** For people, such as {@code patch leases.coordination.k8s.io/x in virtual-nodes}. */
  String text() {
    if (verb.equals(ALL)) {
      return "everything";
    }
    var text = new StringBuilder(verb).append(' ').append(resource);
    if (!group.isEmpty()) {
      text.append('.').append(group);
    }
    if (!name.isEmpty()) {
      text.append(' ').append(name);
    }
    return namespace.isEmpty() ? text.toString() : text.append(" in ").append(namespace).toString();
  }
}
