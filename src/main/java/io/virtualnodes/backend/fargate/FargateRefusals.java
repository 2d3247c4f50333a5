package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.Probe;
import io.virtualnodes.backend.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What Fargate cannot do for a group, each reason naming the pod's field. It is said before
 * anything is asked of AWS, and all of it at once.
 */
final class FargateRefusals {
  /** Of one task definition, those that are added included. */
  private static final int MOST_CONTAINERS = 10;

  private static final int LONGEST_IMAGE = 255;

  /** A container cannot be given more time for its end. */
  static final Duration LONGEST_GRACE = Duration.ofSeconds(120);

  /** What is shorter is found in many a text by chance. */
  private static final int SHORTEST_SECRET = 4;

  private final ContainerGroup group;
  private final FargatePlace place;
  private final List<String> reasons = new ArrayList<>();

  private FargateRefusals(ContainerGroup group, FargatePlace place) {
    this.group = group;
    this.place = place;
  }

  /** Empty if it can be asked for. */
  static List<String> of(ContainerGroup group, FargatePlace place) {
    var refusals = new FargateRefusals(group, place);
    refusals.look();
    return List.copyOf(refusals.reasons);
  }

  private void look() {
    int helpers = TaskContent.helpers(group);
    if (group.containers().size() + helpers > MOST_CONTAINERS) {
      refuse(
          "spec.containers",
          "a task has %d containers at most, of which %d are needed besides the pod's own"
              .formatted(MOST_CONTAINERS, helpers));
    }
    group.containers().forEach(this::look);
    group.volumes().forEach(this::look);
    lookAtFiles();
    lookAtSize(helpers);
    lookAround();
  }

  private void lookAtFiles() {
    if (GroupSecrets.of(group, java.util.Map.of()).files().size() > GroupSecrets.MOST_PIECES) {
      refuse(
          "spec.volumes",
          "their files are more than a task can be handed; put large ones into the image or on a"
              + " shared file system");
    }
  }

  private void lookAtSize(int helpers) {
    if (FargateSizes.of(group, place.unnamed(), helpers).isEmpty()) {
      var wanted = FargateSizes.wanted(group, place.unnamed());
      refuse(
          "spec.containers[].resources",
          "%d thousandths of a core and %d MiB in all are more than Fargate's largest size, %s"
              .formatted(
                  wanted.milliCpu(),
                  Math.ceilDiv(wanted.memoryBytes(), 1024 * 1024L),
                  FargateSizes.LARGEST));
    }
  }

  private void lookAround() {
    var around = group.surroundings();
    if (!around.hosts().isEmpty()) {
      refuse("spec.hostAliases", "Fargate writes the file of host names itself");
    }
    if (around.domain().isPresent()) {
      refuse("spec.subdomain", "containers at Fargate have host names of AWS's");
    }
    if (group.resolver().isPresent()) {
      refuse(
          "spec.dnsConfig",
          "containers at Fargate ask the name servers of their VPC; forward the cluster's domain"
              + " there and leave spec.network.dnsServers of the pool empty");
    }
    if (FargateRequests.group(group.owner()).length() > FargateRequests.LONGEST_GROUP) {
      refuse(
          "metadata.name",
          "with the names of its namespace and node it is longer than the %d characters that a"
                  .formatted(FargateRequests.LONGEST_GROUP)
              + " task keeps of them");
    }
  }

  private void look(ContainerSpec container) {
    var field = field(container);
    if (container.part() == Part.SIDECAR) {
      refuse(
          field + ".restartPolicy",
          "a sidecar is started again while the others go on; Fargate starts a task again as a"
              + " whole");
    }
    if (container.restarts().isPresent()) {
      refuse(
          field + ".restartPolicyRules",
          "a task is started again as a whole; leave out the container's own policy and rules");
    }
    if (container.image().length() > LONGEST_IMAGE) {
      refuse(field + ".image", "Fargate takes names of %d characters".formatted(LONGEST_IMAGE));
    }
    if (container.pullPolicy() == PullPolicy.NEVER) {
      refuse(field + ".imagePullPolicy", "Fargate always fetches images");
    }
    if (container.terminal().input()) {
      refuse(field + ".stdin", "Fargate gives a container's first process no input");
    }
    if (!container.lastWords().file().equals(LastWords.USUAL.file())) {
      refuse(
          field + ".terminationMessagePath",
          "Fargate gives no files of containers that have ended");
    }
    lookAtSecrets(field, container);
    for (var mount : container.mounts()) {
      if (mount.file().isPresent()) {
        refuse(
            field + ".volumeMounts[" + mount.volume() + "].subPath",
            "Fargate mounts volumes as a whole only");
      }
    }
    look(field, container.security());
    look(field, container.care());
  }

  /** A command is read by everybody who may look at a task. */
  private void lookAtSecrets(String field, ContainerSpec container) {
    var secrets =
        container.environment().values().stream()
            .flatMap(
                value ->
                    value instanceof EnvironmentValue.Secret(var text)
                        ? Stream.of(text)
                        : Stream.empty())
            .filter(text -> text.length() >= SHORTEST_SECRET)
            .toList();
    container
        .environment()
        .forEach(
            (name, value) -> {
              if (value instanceof EnvironmentValue.Secret(var text)
                  && GroupSecrets.written(text) > GroupSecrets.MOST_BYTES) {
                refuse(
                    field + ".env[" + name + "]",
                    "a Secret's value of more than %d bytes; mount it as a file"
                        .formatted(GroupSecrets.MOST_BYTES));
              }
            });
    if (holds(container.command(), secrets)) {
      refuse(field + ".command", hint());
    }
    if (holds(container.arguments(), secrets)) {
      refuse(field + ".args", hint());
    }
  }

  private static String hint() {
    return "holds what a Secret says, and can be read at AWS; have the program read the variable"
        + " itself";
  }

  private static boolean holds(List<String> words, List<String> secrets) {
    return words.stream().anyMatch(word -> secrets.stream().anyMatch(word::contains));
  }

  private void look(String field, Security security) {
    var context = field + ".securityContext";
    if (security.neverRoot() && security.user().isEmpty()) {
      refuse(
          context + ".runAsNonRoot",
          "the user that an image names is not known before Fargate starts it; set runAsUser as"
              + " well");
    }
    if (security.neverRoot() && security.user().filter(user -> user == 0).isPresent()) {
      refuse(context + ".runAsUser", "0 is root, which runAsNonRoot forbids");
    }
    if (security.user().isEmpty() && security.group().isPresent()) {
      refuse(context + ".runAsGroup", "Fargate sets a group with its user only; set runAsUser too");
    }
    var files = group.surroundings().filesGroup();
    if (!security.groupsBeside(files).isEmpty()) {
      refuse(context + ".supplementalGroups", "Fargate knows a user's first group only");
    }
    if (files.isPresent() && security.group().filter(own -> !files.get().equals(own)).isPresent()) {
      refuse(
          "spec.securityContext.fsGroup",
          "Fargate knows a user's first group only, which runAsGroup says to be another");
    }
    if (!security.imageGroups()) {
      refuse(
          context + ".supplementalGroupsPolicy", "Fargate gives users the groups of their image");
    }
    boolean adds =
        security.addedCapabilities().stream().anyMatch(added -> !added.equals("SYS_PTRACE"));
    if (adds) {
      refuse(context + ".capabilities.add", "Fargate adds SYS_PTRACE only");
    }
    // Without capabilities there is nothing that a program of root's could gain.
    if (!security.mayGainPrivileges() && !security.droppedCapabilities().contains("ALL")) {
      refuse(
          context + ".allowPrivilegeEscalation",
          "Fargate cannot forbid it; drop the capability ALL, so that there is none to be gained");
    }
    if (security.seccomp() == Security.Confinement.NONE) {
      refuse(context + ".seccompProfile", "Fargate does not lift its own confinement");
    }
    if (security.appArmor() == Security.Confinement.NONE) {
      refuse(context + ".appArmorProfile", "Fargate does not lift its own confinement");
    }
  }

  private void look(String field, Care care) {
    care.startup()
        .ifPresent(
            _ ->
                refuse(
                    field + ".startupProbe",
                    "that it passed once cannot be kept at Fargate; use initialDelaySeconds of the"
                        + " other probes"));
    care.readiness()
        .flatMap(FargateRefusals::whyNot)
        .ifPresent(why -> refuse(field + ".readinessProbe", why));
    care.liveness()
        .ifPresent(
            _ ->
                refuse(
                    field + ".livenessProbe", "a container cannot be ended by itself at Fargate"));
    care.postStart().ifPresent(_ -> refuse(field + ".lifecycle.postStart", "there are no hooks"));
    care.preStop().ifPresent(_ -> refuse(field + ".lifecycle.preStop", "there are no hooks"));
    care.stopSignal()
        .ifPresent(
            _ -> refuse(field + ".lifecycle.stopSignal", "Fargate ends containers with SIGTERM"));
  }

  /** Why a probe cannot be carried out from here; empty if it can. */
  private static Optional<String> whyNot(Probe probe) {
    return switch (probe.action()) {
      case Action.HttpGet _, Action.TcpSocket _, Action.Grpc _ -> Optional.empty();
      case Action.Exec _, Action.Sleep _ ->
          Optional.of("no commands can be run in containers yet; use httpGet, tcpSocket or grpc");
    };
  }

  private void look(Volume volume) {
    var field = "spec.volumes[" + volume.name() + "]";
    switch (volume) {
      case Volume.Scratch(_, var medium, var limit) -> {
        if (medium == Volume.Medium.MEMORY) {
          refuse(field + ".emptyDir.medium", "Fargate keeps such volumes on disk");
        }
        if (limit > 0) {
          refuse(field + ".emptyDir.sizeLimit", "Fargate cannot limit a volume; leave it out");
        }
      }
      case Volume.Claimed _ ->
          refuse(
              field + ".persistentVolumeClaim",
              "of volumes that outlive a pod Fargate mounts file systems of EFS only");
      case Volume.ElasticFileSystem _ -> {}
      // A backend without the feature is not asked for one.
      case Volume.AzureFile share -> throw new IllegalArgumentException("refused before: " + share);
      case Volume.Files _ -> {}
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
