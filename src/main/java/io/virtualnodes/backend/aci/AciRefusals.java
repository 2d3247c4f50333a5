package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What Azure Container Instances cannot do for a group, each reason naming the pod's field. It is
 * said before anything is asked of Azure, and all of it at once.
 */
final class AciRefusals {
  /** Azure's own limits for one group. */
  private static final int MOST_CONTAINERS = 60;

  private static final int MOST_VOLUMES = 20;

  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");
  private static final int EXECUTABLE = 0111;
  private static final String IDENTITY = "metadata.annotations[virtualnodes.io/identity]";
  private static final String POLICY = "metadata.annotations[virtualnodes.io/confidential-policy]";
  private static final String NO_PROBE =
      "Azure has no %s probes, and lets nobody else end one container of a group; use exec or"
          + " httpGet";

  private final ContainerGroup group;
  private final AciPlace place;
  private final List<String> reasons = new ArrayList<>();

  private AciRefusals(ContainerGroup group, AciPlace place) {
    this.group = group;
    this.place = place;
  }

  /** Empty if it can be asked for. */
  static List<String> of(ContainerGroup group, AciPlace place) {
    var refusals = new AciRefusals(group, place);
    refusals.look();
    return List.copyOf(refusals.reasons);
  }

  private void look() {
    reasons.addAll(place.contradictions());
    if (group.containers().size() > MOST_CONTAINERS) {
      refuse("spec.containers", "Azure runs at most 60 containers in a group");
    }
    group.containers().forEach(this::look);
    group.volumes().forEach(this::look);
    if (group.volumes().size() > MOST_VOLUMES) {
      refuse("spec.volumes", "Azure mounts at most 20 volumes in a group");
    }
    lookAtSize();
    lookAtTags();
    lookAround();
    lookAtWishes();
  }

  /** Readiness probes are kept in tags, of which there cannot be any number. */
  private void lookAtTags() {
    long probes =
        group.containers().stream()
            .filter(container -> container.care().readiness().isPresent())
            .count();
    if (probes > AciTags.MOST - AciTags.OURS - place.tags().size()) {
      refuse(
          "spec.containers[].readinessProbe",
          "Azure has no tags left in which so many could be kept");
    }
  }

  private void lookAtSize() {
    var sizes = AciSizes.of(group, place.unnamed());
    boolean spot = place.priority() == AciPlace.Priority.SPOT;
    boolean confidential = place.sku() instanceof AciPlace.Sku.Confidential;
    long cores = spot ? AciSizes.MOST_SPOT_CORES : AciSizes.MOST_CORES;
    long gigabytes =
        spot
            ? AciSizes.MOST_SPOT_GB
            : confidential ? AciSizes.MOST_CONFIDENTIAL_GB : AciSizes.MOST_GB;
    if (sizes.cores() > cores || sizes.gigabytes() > gigabytes) {
      refuse(
          "spec.containers[].resources",
          "%s cores and %s GB in all are more than the %d cores and %d GB of Azure's largest %s"
              .formatted(
                  sizes.cores(),
                  sizes.gigabytes(),
                  cores,
                  gigabytes,
                  spot ? "Spot group" : confidential ? "confidential group" : "group"));
    }
  }

  private void lookAtWishes() {
    var namespace = group.owner().namespace();
    group
        .wishes()
        .identity()
        .filter(name -> place.identities().resourceId(name, namespace).isEmpty())
        .ifPresent(
            name ->
                refuse(
                    IDENTITY,
                    "spec.backends[].aci.identities has no \"%s\" for pods of namespace %s, but %s"
                        .formatted(
                            name, namespace, orNone(place.identities().namesFor(namespace)))));
    var policy = group.wishes().policy();
    switch (place.sku()) {
      case AciPlace.Sku.Standard _ ->
          policy.ifPresent(
              _ ->
                  refuse(
                      POLICY,
                      "spec.backends[].aci.sku is not Confidential, so nothing would keep to it"));
      case AciPlace.Sku.Confidential(var common) -> {
        if (policy.or(() -> common).isEmpty()) {
          refuse(
              POLICY,
              "a confidential pod needs a policy, and spec.backends[].aci.ccePolicy has none");
        } else if (!policy.map(text -> BASE64.matcher(text).matches()).orElse(true)) {
          refuse(POLICY, "must be a policy in base64, as az confcom writes it");
        }
      }
    }
  }

  private static String orNone(List<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private void lookAround() {
    var around = group.surroundings();
    if (!around.hosts().isEmpty()) {
      refuse("spec.hostAliases", "Azure writes the file of host names itself");
    }
    if (around.domain().isPresent()) {
      refuse("spec.subdomain", "containers at Azure have host names of Azure's");
    }
    if (around.sharesProcesses()) {
      refuse("spec.shareProcessNamespace", "containers at Azure do not see each other's processes");
    }
    if (!around.kernelSettings().isEmpty()) {
      refuse("spec.securityContext.sysctls", "Azure does not let kernel settings be changed");
    }
    boolean ownServers = group.resolver().map(one -> !one.servers().isEmpty()).orElse(false);
    if (ownServers && !place.hasAddresses()) {
      refuse(
          "spec.dnsConfig",
          "name servers can be set only for groups in a subnet, and spec.backends[].aci.subnetIds"
              + " has none");
    }
  }

  private void look(ContainerSpec container) {
    var field = field(container);
    if (container.part() == Part.SIDECAR) {
      refuse(field + ".restartPolicy", "Azure has no sidecars among the init containers");
    }
    if (container.restarts().isPresent()) {
      refuse(
          field + ".restartPolicyRules",
          "Azure has one policy for all containers of a group; leave out the container's own policy"
              + " and rules");
    }
    if (container.command().isEmpty() && !container.arguments().isEmpty()) {
      refuse(
          field + ".args",
          "Azure replaces the image's entrypoint and cannot add to it; set command as well");
    }
    if (container.workingDirectory().isPresent()) {
      refuse(field + ".workingDir", "containers at Azure start where their image says");
    }
    if (container.pullPolicy() == PullPolicy.NEVER) {
      refuse(field + ".imagePullPolicy", "Azure always fetches images");
    }
    if (container.terminal().terminal()) {
      refuse(field + ".tty", "Azure gives a container's first process no terminal");
    }
    if (container.terminal().input()) {
      refuse(field + ".stdin", "Azure gives a container's first process no input");
    }
    if (!container.lastWords().file().equals(LastWords.USUAL.file())) {
      refuse(
          field + ".terminationMessagePath", "Azure gives no files of containers that have ended");
    }
    container.environment().keySet().stream()
        .filter(name -> !VARIABLE.matcher(name).matches())
        .forEach(
            name ->
                refuse(
                    field + ".env[" + name + "]",
                    "Azure takes letters, digits and underscores, 63 at most"));
    for (var mount : container.mounts()) {
      if (mount.path().contains(":")) {
        refuse(field + ".volumeMounts[" + mount.volume() + "].mountPath", "Azure takes no colon");
      }
      if (mount.file().isPresent()) {
        refuse(
            field + ".volumeMounts[" + mount.volume() + "].subPath",
            "Azure mounts volumes as a whole only");
      }
    }
    lookAtShares(field, container);
    look(field, container.security());
    look(field, container.part(), container.care());
  }

  /**
   * Azure mounts shares with the rights of root.
   *
   * @see <a
   *     href="https://learn.microsoft.com/azure/container-instances/container-instances-volume-azure-files#limitations">
   *     Limitations</a>
   */
  private void lookAtShares(String field, ContainerSpec container) {
    boolean root = container.security().user().filter(user -> user != 0).isEmpty();
    group.volumes().stream()
        .filter(volume -> !root && volume instanceof Volume.AzureFile)
        .filter(
            volume ->
                container.mounts().stream().anyMatch(mount -> mount.volume().equals(volume.name())))
        .forEach(
            volume ->
                refuse(
                    field + ".securityContext.runAsUser",
                    "Azure mounts file shares for root only, and volume %s is one"
                        .formatted(volume.name())));
  }

  private void look(String field, Security security) {
    var context = field + ".securityContext";
    if (security.neverRoot() && security.user().isEmpty()) {
      refuse(
          context + ".runAsNonRoot",
          "the user that an image names is not known before Azure starts it; set runAsUser as"
              + " well");
    }
    if (security.neverRoot() && security.user().filter(user -> user == 0).isPresent()) {
      refuse(context + ".runAsUser", "0 is root, which runAsNonRoot forbids");
    }
    // That of the files is not needed: everybody may read them.
    if (!security.groupsBeside(group.surroundings().filesGroup()).isEmpty()) {
      refuse(context + ".supplementalGroups", "Azure knows a user's first group only");
    }
    if (!security.imageGroups()) {
      refuse(context + ".supplementalGroupsPolicy", "Azure gives users the groups of their image");
    }
    if (security.readOnlyRoot()) {
      refuse(
          context + ".readOnlyRootFilesystem", "a container at Azure may write to its own files");
    }
    if (security.seccomp() == Security.Confinement.NONE) {
      refuse(context + ".seccompProfile", "Azure does not lift its own confinement");
    }
    if (security.appArmor() == Security.Confinement.NONE) {
      refuse(context + ".appArmorProfile", "Azure does not lift its own confinement");
    }
  }

  private void look(String field, Part part, Care care) {
    if (part != Part.MAIN && care.goesOn()) {
      // Kubernetes has none of these for init containers, and sidecars are refused already.
      return;
    }
    care.startup()
        .ifPresent(
            _ ->
                refuse(
                    field + ".startupProbe",
                    "Azure has none, and lets nobody end one container of a group, as a startup"
                        + " probe must that fails; use a livenessProbe with a long"
                        + " initialDelaySeconds"));
    care.readiness()
        .flatMap(this::whyNotReady)
        .ifPresent(why -> refuse(field + ".readinessProbe", why));
    care.liveness()
        .flatMap(AciRefusals::whyNot)
        .ifPresent(why -> refuse(field + ".livenessProbe", why));
    care.postStart().ifPresent(_ -> refuse(field + ".lifecycle.postStart", "Azure has no hooks"));
    care.preStop().ifPresent(_ -> refuse(field + ".lifecycle.preStop", "Azure has no hooks"));
    care.stopSignal()
        .ifPresent(
            _ -> refuse(field + ".lifecycle.stopSignal", "Azure ends containers with SIGTERM"));
  }

  /** Why a readiness probe cannot be carried out from here; empty if it can. */
  private Optional<String> whyNotReady(Probe probe) {
    if (!ProbeText.isOverTheNetwork(probe)) {
      return Optional.of(
          "Azure does not tell the result of a command; use httpGet, tcpSocket or grpc");
    }
    if (!place.hasAddresses()) {
      return Optional.of(
          "the container has no address at which it could be asked, since"
              + " spec.backends[].aci.subnetIds has none");
    }
    return ProbeText.of(probe).length() > ProbeText.LONGEST
        ? Optional.of("path and headers are longer than a tag of Azure's has room for")
        : Optional.empty();
  }

  /** Why Azure cannot carry out a liveness probe; empty if it can. */
  private static Optional<String> whyNot(Probe probe) {
    if (probe.grace().isPresent()) {
      return Optional.of(
          "Azure has a grace of its own, so terminationGracePeriodSeconds is not kept");
    }
    return switch (probe.action()) {
      case Action.Exec _ -> Optional.empty();
      case Action.HttpGet(_, var host, _, _, _) ->
          host.isPresent()
              ? Optional.of("Azure asks the container itself and no other host")
              : Optional.empty();
      case Action.TcpSocket _ -> Optional.of(NO_PROBE.formatted("tcpSocket"));
      case Action.Grpc _ -> Optional.of(NO_PROBE.formatted("grpc"));
      case Action.Sleep _ -> Optional.of("sleeping is no probe");
    };
  }

  private void look(Volume volume) {
    var field = "spec.volumes[" + volume.name() + "]";
    switch (volume) {
      case Volume.Scratch(_, var medium, var limit) -> {
        if (medium == Volume.Medium.MEMORY) {
          refuse(field + ".emptyDir.medium", "Azure keeps such volumes on disk");
        }
        if (limit > 0) {
          refuse(field + ".emptyDir.sizeLimit", "Azure cannot limit a volume; leave it out");
        }
      }
      case Volume.AzureFile _ -> {}
      // A backend without the feature is not asked for one.
      case Volume.ElasticFileSystem system ->
          throw new IllegalArgumentException("refused before: " + system);
      case Volume.Claimed _ ->
          refuse(
              field + ".persistentVolumeClaim",
              "groups at Azure have no volumes that outlive them");
      case Volume.Files(_, var files) -> {
        if (files.stream().anyMatch(file -> file.path().contains("/"))) {
          refuse(field + ".items[].path", "Azure has no folders in volumes of files");
        }
        if (files.stream().anyMatch(file -> (file.mode() & EXECUTABLE) != 0)) {
          refuse(field + ".defaultMode", "files of volumes cannot be made executable at Azure");
        }
      }
    }
  }

  private static String field(ContainerSpec container) {
    var list = container.part() == Part.MAIN ? "spec.containers" : "spec.initContainers";
    return list + "[" + container.name() + "]";
  }

  private void refuse(String field, String why) {
    reasons.add(field + ": " + why);
  }
}
