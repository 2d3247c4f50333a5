package io.virtualnodes.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.HashSet;
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
  private static final Pattern LAST_STEP = Pattern.compile("(\\[]|\\.?[^.\\[\\]]+)$");

  private static final String PROJECTED = "volumes[].projected.sources[].";

  private static final String OWN_RESTARTS =
      "a container cannot have restart rules of its own; use the pod's restartPolicy";

  // https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
  private static final String SAFE_SYSCTLS =
      "kernel[./]shm_rmid_forced"
          + "|net[./]ipv4[./](ip_local_port_range|tcp_syncookies|ping_group_range"
          + "|ip_unprivileged_port_start|ip_local_reserved_ports|tcp_keepalive_time"
          + "|tcp_fin_timeout|tcp_keepalive_intvl|tcp_keepalive_probes|tcp_rmem|tcp_wmem)";

  private sealed interface Fate {
    /** Carried out, or nobody's concern here. */
    record Fine(By by) implements Fate {}

    /** Fine with some values. */
    record OnlyAs(Predicate<String> fine, String why) implements Fate {}

    /** Never fine, for a reason that is worth telling. */
    record Refused(String why) implements Fate {}
  }

  /** By whom a field is carried out. */
  private enum By {
    /** The backend that runs the pod. */
    BACKEND("carried"),
    /** The supervisor, for a backend that cannot do it. */
    SUPERVISOR("by the supervisor"),
    /** The scheduler, the controllers and the API server; the node has nothing to do. */
    CLUSTER("not the node's");

    private final String word;

    By(String word) {
      this.word = word;
    }
  }

  private static final Map<String, Fate> FATES = table();

  /** Every pattern's beginnings, as far as a dot or brackets: below these there are fields. */
  private static final Set<String> INNER = inner(FATES.keySet());

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
    PodDnsConfig.refusal(pod).ifPresent(refusals::add);
    return List.copyOf(refusals);
  }

  /**
   * By whom a field is carried out if it is not refused, for people.
   *
   * @param pattern such as {@code containers[].env[].name}
   */
  static String by(String pattern) {
    // A fate is also that of all that stands below.
    for (var known = pattern; !known.isEmpty(); known = LAST_STEP.matcher(known).replaceFirst("")) {
      if (FATES.get(known) instanceof Fate.Fine(var by)) {
        return by.word;
      }
    }
    return By.BACKEND.word;
  }

  private static void walk(JsonNode node, String pattern, String path, List<String> refusals) {
    switch (FATES.get(pattern)) {
      case Fate.Fine _ -> {}
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
    if (node.isObject() && INNER.contains(pattern.isEmpty() ? "" : pattern + ".")) {
      node.properties()
          .forEach(
              field ->
                  walk(
                      field.getValue(),
                      pattern.isEmpty() ? field.getKey() : pattern + "." + field.getKey(),
                      path + "." + field.getKey(),
                      refusals));
    } else if (node.isArray() && INNER.contains(pattern + "[]")) {
      for (int i = 0; i < node.size(); i++) {
        walk(node.get(i), pattern + "[]", path + "[" + i + "]", refusals);
      }
    } else if (!unset(node)) {
      refusals.add(path + ": not supported");
    }
  }

  private static Set<String> inner(Set<String> patterns) {
    var inner = new HashSet<String>();
    inner.add("");
    for (var pattern : patterns) {
      for (int i = 0; i < pattern.length(); i++) {
        if (pattern.charAt(i) == '.' || pattern.charAt(i) == ']') {
          inner.add(pattern.substring(0, i + 1));
        }
      }
    }
    return Set.copyOf(inner);
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
        "activeDeadlineSeconds readinessGates hostname hostnameOverride subdomain"
            + " setHostnameAsFQDN shareProcessNamespace enableServiceLinks");
    // Restarts with their back-off, and in whose time the last ones have to end.
    fine(table, By.SUPERVISOR, "restartPolicy terminationGracePeriodSeconds");
    fine(
        table,
        By.CLUSTER,
        "nodeName nodeSelector affinity tolerations topologySpreadConstraints schedulerName"
            + " schedulingGates priority priorityClassName preemptionPolicy serviceAccount"
            + " serviceAccountName automountServiceAccountToken");
    only(
        table,
        "dnsPolicy",
        "only ClusterFirst, Default and None",
        "ClusterFirst",
        "Default",
        "None");
    fine(table, "dnsConfig.", "nameservers searches");
    fine(table, "dnsConfig.options[].", "name value");
    fine(table, "hostAliases[].", "ip hostnames");
    fine(table, "imagePullSecrets[].", "name");
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
    refused(table, "containers[].", "restartPolicy restartPolicyRules", OWN_RESTARTS);
    refused(table, "initContainers[].", "restartPolicyRules", OWN_RESTARTS);

    fine(
        table,
        "securityContext.",
        "supplementalGroups fsGroup"
            // How labels and groups get onto storage that keeps them; there is none.
            + " fsGroupChangePolicy seLinuxChangePolicy");
    only(
        table,
        "securityContext.supplementalGroupsPolicy",
        "only Merge and Strict",
        "Merge",
        "Strict");
    matching(
        table,
        "securityContext.sysctls[].name",
        "only those that a kubelet takes for safe",
        SAFE_SYSCTLS);
    fine(table, "securityContext.sysctls[].", "value");
    security(table, "securityContext.");

    ephemeralContainers(table, "ephemeralContainers[].");

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
    refused(
        table,
        "volumes[].",
        "gitRepo",
        "nobody fetches repositories for a pod; use an init container that clones into an"
            + " emptyDir");
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
    fine(table, prefix, "name image imagePullPolicy command args workingDir stdin stdinOnce tty");
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
    // For those who read it.
    for (var name : List.of("name", "containerPort", "protocol")) {
      fine(table, By.CLUSTER, prefix + "ports[]." + name);
    }
    refused(
        table,
        prefix + "ports[].",
        "hostPort hostIP",
        "there is no host that could listen; reach the pod at its own address or by a Service");
    refused(table, prefix, "volumeDevices", "there is no host whose devices it could use");
    fine(table, prefix + "resources.limits.", "cpu memory");
    fine(table, prefix + "resources.requests.", "cpu memory");
    fine(table, By.CLUSTER, prefix + "resources.requests.ephemeral-storage");
    fine(table, prefix + "volumeMounts[].", "name mountPath readOnly subPath subPathExpr");
    only(table, prefix + "volumeMounts[].mountPropagation", "only None", "None");
    only(table, prefix + "volumeMounts[].recursiveReadOnly", "only Disabled", "Disabled");
    security(table, prefix + "securityContext.");
    fine(
        table,
        prefix + "securityContext.",
        "readOnlyRootFilesystem allowPrivilegeEscalation capabilities.add capabilities.drop");
    refused(
        table,
        prefix + "securityContext.",
        "privileged",
        "there is no host to have power over; add the capabilities that it needs");
    only(table, prefix + "securityContext.procMount", "only Default", "Default");
    probe(table, prefix + "startupProbe.");
    probe(table, prefix + "livenessProbe.");
    probe(table, prefix + "readinessProbe.");
    hook(table, prefix + "lifecycle.postStart.");
    hook(table, prefix + "lifecycle.preStop.");
    fine(table, prefix + "lifecycle.", "stopSignal");
    // The API server sets the first three of these on every container.
    fine(table, prefix, "terminationMessagePath");
    fine(table, prefix, "terminationMessagePolicy");
    fine(table, prefix + "resizePolicy[].", "resourceName");
    only(
        table,
        prefix + "resizePolicy[].restartPolicy",
        "containers cannot be resized",
        "NotRequired");
  }

  private static void ephemeralContainers(Map<String, Fate> table, String prefix) {
    fine(table, prefix, "name image imagePullPolicy command args workingDir targetContainerName");
    fine(table, prefix + "env[].", "name value");
    refused(
        table,
        prefix,
        "stdin stdinOnce tty",
        "nobody can attach to it; leave out -i and -t, give it a command and read its log");
    only(table, prefix + "securityContext.capabilities.add[]", "only SYS_PTRACE", "SYS_PTRACE");
    // The API server sets these.
    fine(table, prefix, "terminationMessagePath");
    only(table, prefix + "terminationMessagePolicy", "only File", "File");
  }

  /** What a pod can say for all containers, and each for itself. */
  private static void security(Map<String, Fate> table, String context) {
    fine(table, context, "runAsUser runAsGroup");
    fine(table, By.SUPERVISOR, context + "runAsNonRoot");
    for (var profile : List.of("seccompProfile.", "appArmorProfile.")) {
      only(
          table,
          context + profile + "type",
          "only RuntimeDefault and Unconfined: there is no host that could keep a profile",
          "RuntimeDefault",
          "Unconfined");
      refused(
          table,
          context + profile,
          "localhostProfile",
          "there is no host that could keep a profile; use the type RuntimeDefault");
    }
    refused(
        table,
        context,
        "seLinuxOptions",
        "there is no host whose files could have labels; leave it out");
    refused(table, context, "windowsOptions", "only linux");
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
      table.put(prefix + name, new Fate.Fine(By.BACKEND));
    }
  }

  private static void fine(Map<String, Fate> table, By by, String names) {
    for (var name : names.split(" ")) {
      table.put(name, new Fate.Fine(by));
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
