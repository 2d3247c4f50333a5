package io.virtualnodes.pod;

import io.virtualnodes.backend.Capabilities.Feature;
import io.virtualnodes.pod.Fate.By;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The fate of every field of a pod's spec. A refusal says why, and after a semicolon what to do
 * instead where there is something.
 */
final class FateTable {
  private static final String NO_STORAGE =
      "no storage can be attached; use emptyDir, or a folder that the pool shares with all of its"
          + " pods";

  private static final String PROJECTED = "volumes[].projected.sources[].";

  private static final String FIELDS_OF_THE_POD =
      "metadata.name, metadata.namespace, metadata.uid, metadata.labels['…'],"
          + " metadata.annotations['…'], spec.nodeName, spec.serviceAccountName, status.hostIP";

  private static final String KNOWN_BEFORE =
      "metadata\\.(name|namespace|uid)|metadata\\.(labels|annotations)\\['.+'\\]"
          + "|spec\\.(nodeName|serviceAccountName)|status\\.hostIPs?";

  // https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls
  private static final String SAFE_SYSCTLS =
      "kernel[./]shm_rmid_forced"
          + "|net[./]ipv4[./](ip_local_port_range|tcp_syncookies|ping_group_range"
          + "|ip_unprivileged_port_start|ip_local_reserved_ports|tcp_keepalive_time"
          + "|tcp_fin_timeout|tcp_keepalive_intvl|tcp_keepalive_probes|tcp_rmem|tcp_wmem)";

  private final Map<String, Fate> fates = new LinkedHashMap<>();

  private FateTable() {}

  /** By pattern, such as {@code containers[].env[].name}. */
  static Map<String, Fate> fates() {
    var table = new FateTable();
    table.pod();
    table.containers("containers[].");
    table.containers("initContainers[].");
    table.ephemeralContainers("ephemeralContainers[].");
    table.volumes();
    return Map.copyOf(table.fates);
  }

  private void pod() {
    fine(
        "",
        "activeDeadlineSeconds readinessGates hostname hostnameOverride subdomain"
            + " setHostnameAsFQDN shareProcessNamespace enableServiceLinks");
    // Restarts with their back-off, and in whose time the last ones have to end.
    fine(By.SUPERVISOR, "restartPolicy terminationGracePeriodSeconds");
    fine(
        By.CLUSTER,
        "nodeName nodeSelector affinity tolerations topologySpreadConstraints schedulerName"
            + " schedulingGates priority priorityClassName preemptionPolicy serviceAccount"
            + " serviceAccountName automountServiceAccountToken");
    only("dnsPolicy", "only ClusterFirst, Default and None", "ClusterFirst", "Default", "None");
    fine("dnsConfig.", "nameservers searches");
    fine("dnsConfig.options[].", "name value");
    fine("hostAliases[].", "ip hostnames");
    fine("imagePullSecrets[].", "name");
    only("os.name", "only linux", "linux");
    // The default is true, so that false asks for something.
    only("hostUsers", "user namespaces are not supported", "true");

    refused(
        "", "hostNetwork hostPID hostIPC", "there is no host to share anything with; leave it out");

    fine(
        "securityContext.",
        "supplementalGroups fsGroup"
            // How labels and groups get onto storage that keeps them; here they are given to the
            // folder of a volume alone.
            + " fsGroupChangePolicy seLinuxChangePolicy");
    only("securityContext.supplementalGroupsPolicy", "only Merge and Strict", "Merge", "Strict");
    matching(
        "securityContext.sysctls[].name", "only those that a kubelet takes for safe", SAFE_SYSCTLS);
    fine("securityContext.sysctls[].", "value");
    security("securityContext.");
  }

  private void volumes() {
    fine("volumes[].", "name");
    only("volumes[].emptyDir.medium", "only Memory, or left out", "", "Memory");
    fine("volumes[].emptyDir.", "sizeLimit");
    refused(
        "volumes[].",
        "hostPath",
        "there is no host; use emptyDir, or a folder that the pool shares with all of its pods");
    refused(
        "volumes[].",
        "nfs awsElasticBlockStore azureDisk cephfs"
            + " cinder fc flexVolume flocker gcePersistentDisk glusterfs iscsi photonPersistentDisk"
            + " portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
        NO_STORAGE);
    azureFiles();
    // What the claim is bound to is looked at when it is known.
    for (var claim : List.of("persistentVolumeClaim", "ephemeral")) {
      fates.put(
          "volumes[]." + claim,
          new Fate.With(
              Feature.CLAIMED_VOLUMES,
              new Fate.Below(),
              new Fate.With(
                  Feature.AZURE_FILES,
                  new Fate.Below(),
                  new Fate.With(
                      Feature.ELASTIC_FILE_SYSTEMS,
                      new Fate.Below(),
                      new Fate.Refused(NO_STORAGE)))));
    }
    fine("volumes[].persistentVolumeClaim.", "claimName readOnly");
    // A controller makes a claim of it.
    fine(By.CLUSTER, "volumes[].ephemeral.volumeClaimTemplate");
    refused(
        "volumes[].",
        "gitRepo",
        "nobody fetches repositories for a pod; use an init container that clones into an"
            + " emptyDir");
    fine("volumes[].configMap.", "name optional defaultMode");
    items("volumes[].configMap.");
    fine("volumes[].secret.", "secretName optional defaultMode");
    items("volumes[].secret.");
    fine("volumes[].downwardAPI.", "defaultMode");
    downward("volumes[].downwardAPI.");
    fine("volumes[].projected.", "defaultMode");
    fine(PROJECTED + "serviceAccountToken.", "path audience expirationSeconds");
    fine(PROJECTED + "configMap.", "name optional");
    items(PROJECTED + "configMap.");
    fine(PROJECTED + "secret.", "name optional");
    items(PROJECTED + "secret.");
    downward(PROJECTED + "downwardAPI.");
  }

  private void azureFiles() {
    var refused = new Fate.Refused(NO_STORAGE);
    fates.put("volumes[].azureFile", new Fate.With(Feature.AZURE_FILES, new Fate.Below(), refused));
    fine("volumes[].azureFile.", "secretName shareName readOnly");
    fates.put(
        "volumes[].csi",
        new Fate.With(
            Feature.AZURE_FILES,
            new Fate.Where(
                csi -> csi.path("driver").asText().equals(AzureShares.DRIVER),
                new Fate.Below(),
                refused),
            refused));
    fine("volumes[].csi.", "driver readOnly");
    fine("volumes[].csi.nodePublishSecretRef.", "name");
    fine("volumes[].csi.volumeAttributes.", "shareName secretName secretNamespace server");
    refused(
        "volumes[].csi.volumeAttributes.",
        "mountOptions",
        "the backend mounts with options of its own; leave it out");
  }

  private void containers(String prefix) {
    fine(prefix, "name image imagePullPolicy command args workingDir stdin stdinOnce tty");
    restarts(prefix);
    fine(prefix + "env[].", "name value");
    var source = prefix + "env[].valueFrom.";
    fine(source + "configMapKeyRef.", "name key optional");
    fine(source + "secretKeyRef.", "name key optional");
    only(source + "fieldRef.apiVersion", "only v1", "v1");
    fates.put(
        source + "fieldRef.fieldPath",
        new Fate.With(
            Feature.OWN_ADDRESS,
            matching(
                "only " + FIELDS_OF_THE_POD + ", status.hostIPs, status.podIP and status.podIPs",
                KNOWN_BEFORE + "|status\\.podIPs?"),
            matching(
                "only "
                    + FIELDS_OF_THE_POD
                    + " and status.hostIPs; the pod's own address is not known before it starts:"
                    + " have the container find it, as with hostname -i",
                KNOWN_BEFORE)));
    amounts(source + "resourceFieldRef.");
    fine(prefix + "envFrom[].", "prefix");
    fine(prefix + "envFrom[].configMapRef.", "name optional");
    fine(prefix + "envFrom[].secretRef.", "name optional");
    // For those who read it.
    for (var name : List.of("name", "containerPort", "protocol")) {
      fine(By.CLUSTER, prefix + "ports[]." + name);
    }
    refused(
        prefix + "ports[].",
        "hostPort hostIP",
        "there is no host that could listen; reach the pod at its own address or by a Service");
    refused(prefix, "volumeDevices", "there is no host whose devices it could use");
    fine(prefix + "resources.limits.", "cpu memory");
    fine(prefix + "resources.requests.", "cpu memory");
    fine(By.CLUSTER, prefix + "resources.requests.ephemeral-storage");
    fine(prefix + "volumeMounts[].", "name mountPath readOnly subPath subPathExpr");
    only(prefix + "volumeMounts[].mountPropagation", "only None", "None");
    only(prefix + "volumeMounts[].recursiveReadOnly", "only Disabled", "Disabled");
    containerSecurity(prefix + "securityContext.");
    probe(prefix + "startupProbe.");
    probe(prefix + "livenessProbe.");
    probe(prefix + "readinessProbe.");
    hook(prefix + "lifecycle.postStart.");
    hook(prefix + "lifecycle.preStop.");
    fine(prefix + "lifecycle.", "stopSignal");
    // The API server sets the first three of these on every container.
    fine(prefix, "terminationMessagePath");
    fine(prefix, "terminationMessagePolicy");
    fine(prefix + "resizePolicy[].", "resourceName");
    only(prefix + "resizePolicy[].restartPolicy", "containers cannot be resized", "NotRequired");
  }

  /** An init container that is always started again is a sidecar. */
  private void restarts(String prefix) {
    fine(By.SUPERVISOR, prefix + "restartPolicy");
    var rule = prefix + "restartPolicyRules[].";
    only(
        rule + "action",
        "a container can be started again alone, and not with all others of its pod; use Restart",
        "Restart");
    only(rule + "exitCodes.operator", "only In and NotIn", "In", "NotIn");
    fine(By.SUPERVISOR, rule + "exitCodes.values");
  }

  private void ephemeralContainers(String prefix) {
    fates.put(
        "ephemeralContainers[]",
        new Fate.With(
            Feature.GUESTS,
            new Fate.Below(),
            new Fate.Refused("nothing can be added to a pod that runs")));
    fine(
        prefix,
        "name image imagePullPolicy command args workingDir targetContainerName stdin stdinOnce"
            + " tty");
    fine(prefix + "env[].", "name value");
    containerSecurity(prefix + "securityContext.");
    // The API server sets these.
    fine(prefix, "terminationMessagePath");
    only(prefix + "terminationMessagePolicy", "only File", "File");
  }

  /** What a pod can say for all containers, and each for itself. */
  private void security(String context) {
    fine(context, "runAsUser runAsGroup");
    fine(By.SUPERVISOR, context + "runAsNonRoot");
    for (var profile : List.of("seccompProfile.", "appArmorProfile.")) {
      only(
          context + profile + "type",
          "only RuntimeDefault and Unconfined: there is no host that could keep a profile",
          "RuntimeDefault",
          "Unconfined");
      refused(
          context + profile,
          "localhostProfile",
          "there is no host that could keep a profile; use the type RuntimeDefault");
    }
    refused(
        context, "seLinuxOptions", "there is no host whose files could have labels; leave it out");
    refused(context, "windowsOptions", "only linux");
  }

  private void containerSecurity(String context) {
    security(context);
    fine(
        context,
        "readOnlyRootFilesystem allowPrivilegeEscalation capabilities.add capabilities.drop");
    refused(
        context,
        "privileged",
        "there is no host to have power over; add the capabilities that it needs");
    only(context + "procMount", "only Default", "Default");
  }

  private void probe(String probe) {
    fine(
        probe,
        "initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold"
            + " terminationGracePeriodSeconds");
    fine(probe + "exec.", "command");
    request(probe + "httpGet.");
    fine(probe + "tcpSocket.", "port host");
    fine(probe + "grpc.", "port service");
  }

  private void hook(String hook) {
    fine(hook + "exec.", "command");
    request(hook + "httpGet.");
    fine(hook + "sleep.", "seconds");
    refused(
        hook,
        "tcpSocket",
        "a hook that only connects does nothing, and fails on every node; use exec, httpGet or"
            + " sleep");
  }

  private void request(String get) {
    fine(get, "port path host scheme");
    fine(get + "httpHeaders[].", "name value");
  }

  private void items(String volume) {
    fine(volume + "items[].", "key path mode");
  }

  private void downward(String volume) {
    fine(volume + "items[].", "path mode");
    only(volume + "items[].fieldRef.apiVersion", "only v1", "v1");
    matching(
        volume + "items[].fieldRef.fieldPath",
        "only metadata.name, metadata.namespace, metadata.uid, metadata.labels and"
            + " metadata.annotations",
        "metadata\\.(name|namespace|uid|labels|annotations)"
            + "|metadata\\.(labels|annotations)\\['.+'\\]");
    amounts(volume + "items[].resourceFieldRef.");
  }

  private void amounts(String selector) {
    fine(selector, "containerName divisor");
    only(
        selector + "resource",
        "only limits and requests of cpu and memory",
        "limits.cpu",
        "limits.memory",
        "requests.cpu",
        "requests.memory");
  }

  private void fine(String prefix, String names) {
    for (var name : names.split(" ")) {
      fates.put(prefix + name, new Fate.Fine(By.BACKEND));
    }
  }

  private void fine(By by, String names) {
    for (var name : names.split(" ")) {
      fates.put(name, new Fate.Fine(by));
    }
  }

  private void refused(String prefix, String names, String why) {
    for (var name : names.split(" ")) {
      fates.put(prefix + name, new Fate.Refused(why));
    }
  }

  private void only(String pattern, String why, String... values) {
    fates.put(pattern, new Fate.OnlyAs(Set.of(values)::contains, why));
  }

  private void matching(String pattern, String why, String expression) {
    fates.put(pattern, matching(why, expression));
  }

  private static Fate matching(String why, String expression) {
    return new Fate.OnlyAs(Pattern.compile(expression).asMatchPredicate(), why);
  }
}
