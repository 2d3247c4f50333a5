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
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The fate of every field of a pod's spec, in one table: what is not in it and would change
 * behaviour is refused by its path. A field that Kubernetes gains later is therefore refused, never
 * ignored. A refusal says why, and after a semicolon what to do instead where there is something.
 */
final class PodFields {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private static final String PROJECTED = "volumes[].projected.sources[].";

  private sealed interface Fate {
    /** Carried out, or a concern of the scheduler and controllers alone. */
    record Fine() implements Fate {}

    /** Fine with some values. */
    record OnlyAs(Predicate<String> fine, String why) implements Fate {}

    /** Never fine, for a reason that is worth telling. */
    record Refused(String why) implements Fate {}
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
      case Fate.OnlyAs(var fine, var why) -> {
        if (!node.isNull() && !fine.test(node.asText())) {
          refusals.add(path + ": " + why);
        }
      }
      case Fate.Refused(var why) -> {
        if (!unset(node)) {
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
            + " serviceAccountName automountServiceAccountToken enableServiceLinks");
    only(table, "dnsPolicy", "only ClusterFirst and Default", "ClusterFirst", "Default");
    only(table, "os.name", "only linux", "linux");
    // The default is true, so that false asks for something.
    only(table, "hostUsers", "user namespaces are not supported", "true");

    refused(
        table,
        "",
        "hostNetwork hostPID hostIPC",
        "there is no host to share anything with; leave it out");

    containers(table, "containers[].");
    containers(table, "initContainers[].");
    only(table, "initContainers[].restartPolicy", "only Always, which makes a sidecar", "Always");

    fine(table, "volumes[].", "name");
    only(table, "volumes[].emptyDir.medium", "only Memory, or left out", "", "Memory");
    fine(table, "volumes[].emptyDir.", "sizeLimit");
    refused(
        table,
        "volumes[].",
        "hostPath",
        "there is no host; use emptyDir, or a folder that the pool shares with all of its pods");
    refused(
        table,
        "volumes[].",
        "persistentVolumeClaim ephemeral csi nfs awsElasticBlockStore azureDisk azureFile cephfs"
            + " cinder fc flexVolume flocker gcePersistentDisk glusterfs iscsi photonPersistentDisk"
            + " portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
        "no storage can be attached; use emptyDir, or a folder that the pool shares with all of its"
            + " pods");
    fine(table, "volumes[].configMap.", "name optional defaultMode");
    items(table, "volumes[].configMap.");
    fine(table, "volumes[].secret.", "secretName optional defaultMode");
    items(table, "volumes[].secret.");
    fine(table, "volumes[].downwardAPI.", "defaultMode");
    downward(table, "volumes[].downwardAPI.");
    fine(table, "volumes[].projected.", "defaultMode");
    fine(table, PROJECTED + "serviceAccountToken.", "path audience expirationSeconds");
    fine(table, PROJECTED + "configMap.", "name optional");
    items(table, PROJECTED + "configMap.");
    fine(table, PROJECTED + "secret.", "name optional");
    items(table, PROJECTED + "secret.");
    downward(table, PROJECTED + "downwardAPI.");
    return Map.copyOf(table);
  }

  private static void containers(Map<String, Fate> table, String prefix) {
    fine(table, prefix, "name image imagePullPolicy command args workingDir");
    fine(table, prefix + "env[].", "name value");
    var source = prefix + "env[].valueFrom.";
    fine(table, source + "configMapKeyRef.", "name key optional");
    fine(table, source + "secretKeyRef.", "name key optional");
    only(table, source + "fieldRef.apiVersion", "only v1", "v1");
    matching(
        table,
        source + "fieldRef.fieldPath",
        "only metadata.name, metadata.namespace, metadata.uid, metadata.labels['…'],"
            + " metadata.annotations['…'], spec.nodeName, spec.serviceAccountName, status.hostIP"
            + " and status.hostIPs; the pod's own address is not known before it starts: have the"
            + " container find it, as with hostname -i",
        "metadata\\.(name|namespace|uid)|metadata\\.(labels|annotations)\\['.+'\\]"
            + "|spec\\.(nodeName|serviceAccountName)|status\\.hostIPs?");
    amounts(table, source + "resourceFieldRef.");
    fine(table, prefix + "envFrom[].", "prefix");
    fine(table, prefix + "envFrom[].configMapRef.", "name optional");
    fine(table, prefix + "envFrom[].secretRef.", "name optional");
    fine(table, prefix + "ports[].", "name containerPort protocol");
    refused(
        table,
        prefix + "ports[].",
        "hostPort hostIP",
        "there is no host that could listen; reach the pod at its own address or by a Service");
    refused(table, prefix, "volumeDevices", "there is no host whose devices it could use");
    fine(table, prefix + "resources.limits.", "cpu memory");
    fine(table, prefix + "resources.requests.", "cpu memory ephemeral-storage");
    fine(table, prefix + "volumeMounts[].", "name mountPath readOnly subPath subPathExpr");
    only(table, prefix + "volumeMounts[].mountPropagation", "only None", "None");
    only(table, prefix + "volumeMounts[].recursiveReadOnly", "only Disabled", "Disabled");
    probe(table, prefix + "startupProbe.");
    probe(table, prefix + "livenessProbe.");
    probe(table, prefix + "readinessProbe.");
    hook(table, prefix + "lifecycle.postStart.");
    hook(table, prefix + "lifecycle.preStop.");
    fine(table, prefix + "lifecycle.", "stopSignal");
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

  private static void probe(Map<String, Fate> table, String probe) {
    fine(
        table,
        probe,
        "initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold"
            + " terminationGracePeriodSeconds");
    fine(table, probe + "exec.", "command");
    request(table, probe + "httpGet.");
    fine(table, probe + "tcpSocket.", "port host");
    fine(table, probe + "grpc.", "port service");
  }

  private static void hook(Map<String, Fate> table, String hook) {
    fine(table, hook + "exec.", "command");
    request(table, hook + "httpGet.");
    fine(table, hook + "sleep.", "seconds");
    refused(
        table,
        hook,
        "tcpSocket",
        "a hook that only connects does nothing, and fails on every node; use exec, httpGet or"
            + " sleep");
  }

  private static void request(Map<String, Fate> table, String get) {
    fine(table, get, "port path host scheme");
    fine(table, get + "httpHeaders[].", "name value");
  }

  private static void items(Map<String, Fate> table, String volume) {
    fine(table, volume + "items[].", "key path mode");
  }

  private static void downward(Map<String, Fate> table, String volume) {
    fine(table, volume + "items[].", "path mode");
    only(table, volume + "items[].fieldRef.apiVersion", "only v1", "v1");
    matching(
        table,
        volume + "items[].fieldRef.fieldPath",
        "only metadata.name, metadata.namespace, metadata.uid, metadata.labels and"
            + " metadata.annotations",
        "metadata\\.(name|namespace|uid|labels|annotations)"
            + "|metadata\\.(labels|annotations)\\['.+'\\]");
    amounts(table, volume + "items[].resourceFieldRef.");
  }

  private static void amounts(Map<String, Fate> table, String selector) {
    fine(table, selector, "containerName divisor");
    only(
        table,
        selector + "resource",
        "only limits and requests of cpu and memory",
        "limits.cpu",
        "limits.memory",
        "requests.cpu",
        "requests.memory");
  }

  private static void fine(Map<String, Fate> table, String prefix, String names) {
    for (var name : names.split(" ")) {
      table.put(prefix + name, new Fate.Fine());
    }
  }

  private static void refused(Map<String, Fate> table, String prefix, String names, String why) {
    for (var name : names.split(" ")) {
      table.put(prefix + name, new Fate.Refused(why));
    }
  }

  private static void only(Map<String, Fate> table, String pattern, String why, String... values) {
    table.put(pattern, new Fate.OnlyAs(Set.of(values)::contains, why));
  }

  private static void matching(
      Map<String, Fate> table, String pattern, String why, String expression) {
    table.put(pattern, new Fate.OnlyAs(Pattern.compile(expression).asMatchPredicate(), why));
  }
}
