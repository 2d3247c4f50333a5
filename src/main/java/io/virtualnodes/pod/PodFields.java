package io.virtualnodes.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fate of every field of a pod's spec, in one table: what is not in it and would change
 * behaviour is refused by its path. A field that Kubernetes gains later is therefore refused, never
 * ignored.
 */
final class PodFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * What the API server writes into a token volume that it adds itself; it then makes a token that
   * lasts.
   */
  private static final String ADMITTED_TOKEN_SECONDS = "3607";

  private sealed interface Fate {
    /** Carried out, or a concern of the scheduler and controllers alone. */
    record Fine() implements Fate {}

    /** Fine with these values. */
    record OnlyAs(Set<String> values, String why) implements Fate {}
  }

  private static final Map<String, Fate> FATES = table();

  private PodFields() {}

  /**
   * Every field of the spec that cannot be carried out, each as {@code <path>: <why>}, in the order
   * of the spec; empty if the pod can run here as far as its fields go.
   */
  static List<String> refusals(Pod pod) {
    var refusals = new ArrayList<String>();
    walk(MAPPER.valueToTree(pod.getSpec()), "", "spec", refusals);
    pod.getSpec().getVolumes().stream()
        .filter(volume -> volume.getEmptyDir() != null)
        .filter(volume -> volume.getEmptyDir().getSizeLimit() != null)
        .filter(volume -> !"Memory".equals(volume.getEmptyDir().getMedium()))
        .forEach(
            volume ->
                refusals.add(
                    "spec.volumes[%d].emptyDir.sizeLimit: can be held for medium Memory only"
                        .formatted(pod.getSpec().getVolumes().indexOf(volume))));
    return List.copyOf(refusals);
  }

  private static void walk(JsonNode node, String pattern, String path, List<String> refusals) {
    switch (FATES.get(pattern)) {
      case Fate.Fine() -> {}
      case Fate.OnlyAs(var values, var why) -> {
        if (!node.isNull() && !values.contains(node.asText())) {
          refusals.add(path + ": " + why);
        }
      }
      case null -> descend(node, pattern, path, refusals);
    }
  }

  private static void descend(JsonNode node, String pattern, String path, List<String> refusals) {
    if (node.isObject() && hasEntriesBelow(pattern.isEmpty() ? "" : pattern + ".")) {
      node.properties()
          .forEach(
              field ->
                  walk(
                      field.getValue(),
                      pattern.isEmpty() ? field.getKey() : pattern + "." + field.getKey(),
                      path + "." + field.getKey(),
                      refusals));
    } else if (node.isArray() && hasEntriesBelow(pattern + "[]")) {
      for (int i = 0; i < node.size(); i++) {
        walk(node.get(i), pattern + "[]", path + "[" + i + "]", refusals);
      }
    } else if (!unset(node)) {
      refusals.add(path + ": not supported");
    }
  }

  private static boolean hasEntriesBelow(String prefix) {
    return FATES.keySet().stream().anyMatch(pattern -> pattern.startsWith(prefix));
  }

  private static boolean unset(JsonNode node) {
    return switch (node.getNodeType()) {
      case NULL, MISSING -> true;
      case BOOLEAN -> !node.booleanValue();
      case STRING -> node.textValue().isEmpty();
      case OBJECT, ARRAY -> node.isEmpty() || allUnset(node);
      case NUMBER, BINARY, POJO -> false;
    };
  }

  private static boolean allUnset(JsonNode node) {
    if (node.getNodeType() == JsonNodeType.ARRAY) {
      return false;
    }
    for (var child : node) {
      if (!unset(child)) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, Fate> table() {
    var table = new LinkedHashMap<String, Fate>();
    fine(
        table,
        "",
        // What the group is made of.
        "restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds hostname readinessGates"
            // Every StatefulSet sets it. The names that it makes are the cluster DNS's; a container
            // does not find its own in /etc/hosts, since that belongs to the backend.
            + " subdomain"
            // The scheduler's, the controllers' and the API server's.
            + " nodeName nodeSelector affinity tolerations topologySpreadConstraints schedulerName"
            + " schedulingGates priority priorityClassName preemptionPolicy serviceAccount"
            + " serviceAccountName automountServiceAccountToken"
            // The API server sets it on every pod. Service variables are not made yet; docs/pods.md
            // says so.
            + " enableServiceLinks");
    only(table, "dnsPolicy", "only ClusterFirst and Default", "ClusterFirst", "Default");
    only(table, "os.name", "only linux", "linux");
    // The default is true, so that false asks for something.
    only(table, "hostUsers", "user namespaces are not supported", "true");

    containers(table, "containers[].");
    containers(table, "initContainers[].");
    only(table, "initContainers[].restartPolicy", "only Always, which makes a sidecar", "Always");

    fine(table, "volumes[].", "name");
    only(table, "volumes[].emptyDir.medium", "only Memory, or left out", "", "Memory");
    fine(table, "volumes[].emptyDir.", "sizeLimit");
    fine(table, "volumes[].projected.", "defaultMode");
    fine(table, "volumes[].projected.sources[].serviceAccountToken.", "path audience");
    only(
        table,
        "volumes[].projected.sources[].serviceAccountToken.expirationSeconds",
        "tokens are not renewed; only the one that the API server adds to every pod can be used",
        ADMITTED_TOKEN_SECONDS);
    fine(table, "volumes[].projected.sources[].configMap.", "items optional");
    only(
        table,
        "volumes[].projected.sources[].configMap.name",
        "only kube-root-ca.crt",
        "kube-root-ca.crt");
    fine(table, "volumes[].projected.sources[].downwardAPI.items[].", "path mode");
    only(
        table,
        "volumes[].projected.sources[].downwardAPI.items[].fieldRef.apiVersion",
        "only v1",
        "v1");
    only(
        table,
        "volumes[].projected.sources[].downwardAPI.items[].fieldRef.fieldPath",
        "only metadata.namespace",
        "metadata.namespace");
    return Map.copyOf(table);
  }

  private static void containers(Map<String, Fate> table, String prefix) {
    fine(table, prefix, "name image imagePullPolicy command args workingDir");
    fine(table, prefix + "env[].", "name value");
    fine(table, prefix + "ports[].", "name containerPort protocol");
    fine(table, prefix + "resources.limits.", "cpu memory");
    fine(table, prefix + "resources.requests.", "cpu memory ephemeral-storage");
    fine(table, prefix + "volumeMounts[].", "name mountPath readOnly");
    only(table, prefix + "volumeMounts[].mountPropagation", "only None", "None");
    only(table, prefix + "volumeMounts[].recursiveReadOnly", "only Disabled", "Disabled");
    // Allowed is the default, so that false asks for something.
    only(table, prefix + "securityContext.allowPrivilegeEscalation", "cannot be prevented", "true");
    // The API server sets the first three of these on every container.
    fine(table, prefix, "terminationMessagePath");
    only(table, prefix + "terminationMessagePolicy", "only File", "File");
    fine(table, prefix + "resizePolicy[].", "resourceName");
    only(
        table,
        prefix + "resizePolicy[].restartPolicy",
        "containers cannot be resized",
        "NotRequired");
  }

  private static void fine(Map<String, Fate> table, String prefix, String names) {
    for (var name : names.split(" ")) {
      table.put(prefix + name, new Fate.Fine());
    }
  }

  private static void only(Map<String, Fate> table, String pattern, String why, String... values) {
    table.put(pattern, new Fate.OnlyAs(Set.of(values), why));
  }
}
