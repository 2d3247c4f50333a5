package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Driver;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.VolumeOptions;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerGroup.Volume.Claimed;
import io.virtualnodes.backend.Guests.Guest;
import io.virtualnodes.backend.Security;
import io.virtualnodes.backend.docker.DockerBackend.SharedFolder;
import io.virtualnodes.backend.docker.Marks.Role;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What the engine is asked for when a group is to run: nothing but values. */
final class DockerRequests {
  /** Where a group's sandbox or writer has its volumes, each in a folder of its name. */
  static final String VOLUMES = "/volumes";

  // The kernel's scheduling period, and the weight that the kubelet gives one core and no core.
  private static final long CPU_PERIOD_MICROS = 100_000;
  private static final long SHARES_OF_A_CORE = 1024;
  private static final long FEWEST_SHARES = 2;
  private static final long MOST_SHARES = 256 * SHARES_OF_A_CORE;
  // The kernel refuses a quota of less than a millisecond.
  private static final long SMALLEST_QUOTA_MICROS = 1_000;

  // As much log as a kubelet keeps of a container.
  private static final LogConfig LOGS =
      new LogConfig(LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "10m", "max-file", "5"));

  private final Names names;
  private final String network;
  private final String sandboxImage;
  private final List<SharedFolder> folders;

  DockerRequests(DockerBackend.Settings settings) {
    this.names = new Names(settings.pool());
    this.network = settings.network();
    this.sandboxImage = settings.sandboxImage();
    this.folders = settings.sharedFolders();
  }

  /**
   * Whether a container has to hold the network for the others. It costs a start, which is what an
   * engine is slowest at, so a single container that is never restarted goes without.
   */
  static boolean sandboxed(List<Marks.Listed> containers, RestartPolicy policy) {
    return containers.size() > 1 || containers.getFirst().restarts(policy).possible();
  }

  static boolean sandboxed(ContainerGroup group) {
    return group.surroundings().sharesProcesses()
        || group.asksForItsAddress()
        || sandboxed(listed(group), group.restartPolicy());
  }

  /** Every reason why an engine cannot run the group as it is written. */
  List<String> refusals(ContainerGroup group) {
    var reasons = new ArrayList<String>();
    for (var volume : group.volumes()) {
      if (volume instanceof Volume.Scratch(var name, var medium, var limit)
          && medium == Volume.Medium.DISK
          && limit > 0) {
        reasons.add(
            "spec.volumes[%s].emptyDir.sizeLimit: the engine cannot limit a volume on disk; leave it out or set medium: Memory"
                .formatted(name));
      }
    }
    for (var container : group.containers()) {
      reasons.addAll(SecurityRequests.refusals(container));
      if (container.lastWords().file().contains(":")) {
        reasons.add(
            "spec.%s[%s].terminationMessagePath: the engine cannot mount a file with a colon in its path; choose another"
                .formatted(
                    container.part() == Part.MAIN ? "containers" : "initContainers",
                    container.name()));
      }
      for (var mount : container.mounts()) {
        if (folders.stream().anyMatch(folder -> folder.mountPath().equals(mount.path()))) {
          reasons.add(
              "spec.%s[%s].volumeMounts[%s].mountPath: %s is a shared folder of the pool; choose another path"
                  .formatted(
                      container.part() == Part.MAIN ? "containers" : "initContainers",
                      container.name(),
                      mount.volume(),
                      mount.path()));
        }
        if (mount.path().equals(container.lastWords().file())) {
          reasons.add(
              "spec.%s[%s].terminationMessagePath: a volume is mounted there; choose another path"
                  .formatted(
                      container.part() == Part.MAIN ? "containers" : "initContainers",
                      container.name()));
        }
        if (mount.file().filter(file -> file.contains(":")).isPresent()) {
          reasons.add(
              "spec.containers[%s].volumeMounts[%s].subPath: the engine cannot mount a file with a colon in its path; choose another"
                  .formatted(container.name(), mount.volume()));
        }
      }
    }
    return reasons;
  }

  ContainerRequest sandbox(ContainerGroup group, Instant acceptedAt) {
    return new ContainerRequest(
        names.sandbox(group.id()),
        sandboxImage,
        List.of(),
        List.of(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.of(group.hostname()),
        group.surroundings().domain(),
        Terminal.NONE,
        marks(group, Role.SANDBOX, acceptedAt).labels(),
        inTheNetwork(HostConfig.newHostConfig(), group)
            .withIpcMode("shareable")
            .withCpuShares((int) FEWEST_SHARES)
            .withLogConfig(LOGS)
            .withMounts(everyVolume(group)));
  }

  /** The container through which the volumes of a group without sandbox are filled. */
  ContainerRequest writer(ContainerGroup group, Instant acceptedAt) {
    return ContainerRequest.neverStarted(
        names.writer(group.id()),
        group.containers().getFirst().image(),
        marks(group, Role.WRITER, acceptedAt).labels(),
        HostConfig.newHostConfig().withMounts(everyVolume(group)));
  }

  /**
   * A container that joins a group.
   *
   * @param marks of any container of the group
   * @param imageUser the user that the image names, where {@link Security#dependsOnImage}
   * @param network the engine's id of the container whose network it joins
   * @param processes the engine's id of the container whose processes it sees; empty: its own
   */
  ContainerRequest guest(
      Marks marks, Guest guest, String imageUser, String network, Optional<String> processes) {
    var spec = guest.container();
    var host =
        HostConfig.newHostConfig()
            .withLogConfig(LOGS)
            .withNetworkMode("container:" + network)
            .withCpuShares((int) FEWEST_SHARES)
            .withBinds(folders.stream().map(DockerRequests::bind).toList());
    SecurityRequests.secure(host, spec.security());
    processes.ifPresent(id -> host.withPidMode("container:" + id));
    return new ContainerRequest(
        names.guest(marks.group(), spec.name()),
        spec.image(),
        spec.command(),
        spec.arguments(),
        spec.workingDirectory(),
        spec.environment().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue().text())
            .toList(),
        SecurityRequests.user(spec.security(), imageUser),
        Optional.empty(),
        Optional.empty(),
        spec.terminal(),
        marks.guest(spec.name(), spec.pullPolicy()).labels(),
        host);
  }

  /**
   * The container that gives volumes of a running group other files.
   *
   * @param marks of any container of the group
   * @param image any that the engine has; nothing of it is used
   * @param steps what {@link SwapProgram} is to do
   */
  ContainerRequest swapper(Marks marks, String image, List<String> volumes, List<String> steps) {
    return new ContainerRequest(
        names.writer(marks.group()),
        image,
        List.of("/" + SwapProgram.NAME),
        steps,
        Optional.of("/"),
        List.of(),
        // Whatever the image says.
        Optional.of("0:0"),
        Optional.empty(),
        Optional.empty(),
        Terminal.NONE,
        marks.writer().labels(),
        HostConfig.newHostConfig()
            .withNetworkMode("none")
            .withLogConfig(LOGS)
            .withMounts(
                volumes.stream()
                    .map(
                        volume ->
                            new Mount()
                                .withType(MountType.VOLUME)
                                .withSource(names.volume(marks.group(), volume))
                                .withTarget(VOLUMES + "/" + volume))
                    .toList()));
  }

  /**
   * The first instance of a container, which is told its group's address {@link
   * ContainerRequest#at} last.
   *
   * @param imageUser the user that the image names, where {@link Security#dependsOnImage}
   * @param sandboxId the engine's id of the sandbox; empty if the group has none
   * @param engineFolder where the engine keeps what is its own, on its machine
   */
  ContainerRequest container(
      ContainerGroup group,
      ContainerSpec spec,
      String imageUser,
      Optional<String> sandboxId,
      String engineFolder,
      Instant acceptedAt) {
    var host =
        HostConfig.newHostConfig()
            .withLogConfig(LOGS)
            .withMounts(
                spec.mounts().stream()
                    .filter(mount -> mount.file().isEmpty())
                    .map(mount -> mount(group, mount.volume(), mount.path(), mount.readOnly()))
                    .toList())
            .withBinds(
                Stream.of(
                        folders.stream().map(DockerRequests::bind),
                        singleFiles(group, spec, engineFolder),
                        Stream.of(
                            LastWordsFiles.bind(
                                folder(engineFolder, group, LastWordsFiles.VOLUME),
                                spec.name(),
                                0,
                                spec.lastWords())))
                    .flatMap(binds -> binds)
                    .toList());
    limit(host, spec.requests(), spec.limits());
    SecurityRequests.secure(host, spec.security());
    sandboxId.ifPresentOrElse(
        id -> host.withNetworkMode("container:" + id).withIpcMode("container:" + id),
        () -> inTheNetwork(host, group));
    if (group.surroundings().sharesProcesses()) {
      host.withPidMode("container:" + sandboxId.orElseThrow());
    }
    return new ContainerRequest(
        names.container(group.id(), spec.name(), 0),
        spec.image(),
        spec.command(),
        spec.arguments(),
        spec.workingDirectory(),
        spec.environment().entrySet().stream()
            // The engine has one kind of value; whoever may inspect a container sees it.
            .map(entry -> entry.getKey() + "=" + entry.getValue().text())
            .toList(),
        SecurityRequests.user(spec.security(), imageUser),
        sandboxId.isPresent() ? Optional.empty() : Optional.of(group.hostname()),
        sandboxId.isPresent() ? Optional.empty() : group.surroundings().domain(),
        spec.terminal(),
        labels(
            new Marks(
                group.id(),
                group.owner(),
                Role.CONTAINER,
                spec.name(),
                0,
                Duration.ZERO,
                group.restartPolicy(),
                spec.pullPolicy(),
                group.grace(),
                listed(group),
                acceptedAt,
                spec.care()),
            spec),
        host,
        spec.care().stopSignal());
  }

  /**
   * The container that puts a milestone of another one on record by being there.
   *
   * @param image any that the engine has
   */
  ContainerRequest milestone(FoundContainer of, String image, Milestone milestone) {
    var marks = of.marks();
    return ContainerRequest.neverStarted(
        names.milestone(marks.group(), marks.container(), marks.instance(), milestone),
        image,
        marks.reached(milestone).labels(),
        HostConfig.newHostConfig());
  }

  /** Of the container that has the group's address: the others see what it sees. */
  private HostConfig inTheNetwork(HostConfig host, ContainerGroup group) {
    var surroundings = group.surroundings();
    host.withNetworkMode(network)
        .withSysctls(surroundings.kernelSettings())
        .withExtraHosts(
            surroundings.hosts().stream()
                .map(entry -> entry.name() + ":" + entry.address())
                .toArray(String[]::new));
    group
        .resolver()
        .ifPresent(
            resolver ->
                host.withDns(resolver.servers())
                    .withDnsSearch(resolver.searches())
                    .withDnsOptions(resolver.options()));
    return host;
  }

  private static Map<String, String> labels(Marks marks, ContainerSpec spec) {
    var labels = new HashMap<>(marks.labels());
    labels.putAll(LastWordsFiles.label(spec.lastWords()));
    return labels;
  }

  private static Marks marks(ContainerGroup group, Role role, Instant acceptedAt) {
    return new Marks(
        group.id(),
        group.owner(),
        role,
        "",
        0,
        Duration.ZERO,
        group.restartPolicy(),
        ContainerGroup.PullPolicy.IF_NOT_PRESENT,
        group.grace(),
        listed(group),
        acceptedAt);
  }

  private static List<Marks.Listed> listed(ContainerGroup group) {
    return group.containers().stream()
        .map(spec -> new Marks.Listed(spec.name(), spec.part(), spec.restarts()))
        .toList();
  }

  /**
   * A quota of time and not a number of processors: the engine refuses more processors than its
   * machine has, while a limit above that is no mistake in Kubernetes.
   */
  private static void limit(HostConfig host, Resources requests, Resources limits) {
    long requested = requests.milliCpu() > 0 ? requests.milliCpu() : limits.milliCpu();
    host.withCpuShares(
        (int) Math.clamp(requested * SHARES_OF_A_CORE / 1000, FEWEST_SHARES, MOST_SHARES));
    if (limits.milliCpu() > 0) {
      host.withCpuPeriod(CPU_PERIOD_MICROS)
          .withCpuQuota(
              Math.max(SMALLEST_QUOTA_MICROS, limits.milliCpu() * CPU_PERIOD_MICROS / 1000));
    }
    if (limits.memoryBytes() > 0) {
      // Equal values leave no swap, as on a Kubernetes node.
      host.withMemory(limits.memoryBytes()).withMemorySwap(limits.memoryBytes());
    }
  }

  private List<Mount> everyVolume(ContainerGroup group) {
    return Stream.concat(
            group.volumes().stream().map(Volume::name), Stream.of(LastWordsFiles.VOLUME))
        .map(volume -> mount(group, volume, VOLUMES + "/" + volume, false))
        .toList();
  }

  /** The engine makes a volume when the first container that mounts it is made. */
  private Mount mount(ContainerGroup group, String name, String path, boolean readOnly) {
    var volume =
        group.volumes().stream().filter(candidate -> candidate.name().equals(name)).findFirst();
    var claimed =
        volume.stream()
            .flatMap(
                found ->
                    found instanceof Claimed(_, var id) ? Stream.of(id) : Stream.<String>empty())
            .findFirst();
    var options =
        new VolumeOptions()
            // A new volume would otherwise get what the image has at that path.
            .withNoCopy(true)
            .withLabels(
                claimed
                    .map(id -> Marks.claimedLabels(names.pool(), id))
                    .orElseGet(() -> Marks.volumeLabels(group.id(), group.owner(), name)));
    if (volume.isPresent()
        && volume.get() instanceof Volume.Scratch(_, var medium, var limit)
        && medium == Volume.Medium.MEMORY) {
      options.withDriverConfig(
          new Driver()
              .withName("local")
              .withOptions(tmpfs(limit, group.surroundings().filesGroup())));
    }
    return new Mount()
        .withType(MountType.VOLUME)
        .withSource(claimed.map(names::claimed).orElseGet(() -> names.volume(group.id(), name)))
        .withTarget(path)
        .withReadOnly(readOnly)
        .withVolumeOptions(options);
  }

  /** It is mounted anew whenever the first container that has it starts: so is its mode. */
  private static Map<String, String> tmpfs(long limit, Optional<Long> filesGroup) {
    var mode = filesGroup.map(number -> "mode=2777,gid=" + number).orElse("mode=0777");
    var size = limit > 0 ? ",size=" + limit : "";
    return Map.of("type", "tmpfs", "device", "tmpfs", "o", mode + size);
  }

  /**
   * Engines before 26 mount whole volumes only, so a file is bound from where the engine keeps the
   * volume. That is safe with files that Kubernetes wrote, since nobody may write to their volume:
   * where a container could, it could put a link to any file of the machine there.
   */
  private Stream<Bind> singleFiles(ContainerGroup group, ContainerSpec spec, String engineFolder) {
    return spec.mounts().stream()
        .filter(mount -> mount.file().isPresent())
        .map(
            mount ->
                new Bind(
                    folder(engineFolder, group, mount.volume()) + "/" + mount.file().get(),
                    new com.github.dockerjava.api.model.Volume(mount.path()),
                    com.github.dockerjava.api.model.AccessMode.ro));
  }

  private String folder(String engineFolder, ContainerGroup group, String volume) {
    return "%s/volumes/%s/_data".formatted(engineFolder, names.volume(group.id(), volume));
  }

  private static Bind bind(SharedFolder folder) {
    return new Bind(
        folder.path(),
        new com.github.dockerjava.api.model.Volume(folder.mountPath()),
        folder.readOnly()
            ? com.github.dockerjava.api.model.AccessMode.ro
            : com.github.dockerjava.api.model.AccessMode.rw);
  }
}
