package io.virtualnodes.backend;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * What a backend is asked to run for one pod: everything resolved, nothing left to look up.
 *
 * @param hostname the name that the containers see as their own
 * @param containers at least one of part {@link Part#MAIN}, names unique; those that come before
 *     it, in their order, stand before all of that part
 * @param volumes every volume that a container mounts, and no other
 * @param restartPolicy of the containers that have none of their own
 * @param grace time between the request to stop and the kill, when nobody says otherwise
 * @param resolver how its containers find addresses by name; empty leaves that to the backend
 * @param wishes what a pod has no field for
 * @param serviceAccount the name, in its owner's namespace, by which Kubernetes knows its programs
 */
public record ContainerGroup(
    GroupId id,
    GroupOwner owner,
    String hostname,
    List<ContainerSpec> containers,
    List<Volume> volumes,
    RestartPolicy restartPolicy,
    Duration grace,
    Optional<Resolver> resolver,
    Surroundings surroundings,
    Wishes wishes,
    String serviceAccount) {
  /** That of pods that name none, which Kubernetes makes in every namespace. */
  public static final String USUAL_SERVICE_ACCOUNT = "default";

  public ContainerGroup {
    containers = List.copyOf(containers);
    volumes = List.copyOf(volumes);
    if (containers.stream().noneMatch(container -> container.part() == Part.MAIN)) {
      throw new IllegalArgumentException("a group has at least one main container");
    }
    if (containers.stream()
        .dropWhile(container -> container.part() != Part.MAIN)
        .anyMatch(container -> container.part() != Part.MAIN)) {
      throw new IllegalArgumentException("init containers and sidecars come before the main ones");
    }
    for (var container : containers) {
      for (var mount : container.mounts()) {
        if (volumes.stream().noneMatch(volume -> has(volume, mount))) {
          throw new IllegalArgumentException(
              "container %s mounts unknown volume %s"
                  .formatted(
                      container.name(),
                      mount.volume() + mount.file().map(file -> "/" + file).orElse("")));
        }
      }
    }
  }

  /** Whether a text of its containers holds {@link OwnAddress}. */
  public boolean asksForItsAddress() {
    return containers.stream().flatMap(ContainerSpec::texts).anyMatch(OwnAddress::in);
  }

  /**
   * The same with its own addresses in the place of {@link OwnAddress}, for a backend that knows
   * them before it makes the containers.
   *
   * @param addresses as the pod is told them, the most important first; at least one
   */
  public ContainerGroup at(List<String> addresses) {
    return asksForItsAddress()
        ? new ContainerGroup(
            id,
            owner,
            hostname,
            containers.stream()
                .map(container -> container.with(text -> OwnAddress.replaced(text, addresses)))
                .toList(),
            volumes,
            restartPolicy,
            grace,
            resolver,
            surroundings,
            wishes,
            serviceAccount)
        : this;
  }

  private static boolean has(Volume volume, Mount mount) {
    if (!volume.name().equals(mount.volume())) {
      return false;
    }
    return switch (volume) {
      case Volume.Scratch _, Volume.Claimed _, Volume.AzureFile _, Volume.ElasticFileSystem _ ->
          mount.file().isEmpty();
      case Volume.Files(_, var files) ->
          mount.file().isEmpty()
              || files.stream().map(File::path).anyMatch(mount.file().get()::equals);
    };
  }

  /**
   * What is requested while most of it is: init containers run one at a time, sidecars along with
   * all that comes after them. It is the sum by which Kubernetes schedules.
   */
  public Resources requests() {
    var sidecars = Resources.UNNAMED;
    var most = Resources.UNNAMED;
    var together = Resources.UNNAMED;
    for (var container : containers) {
      switch (container.part()) {
        case INIT -> most = most.or(sidecars.plus(container.requests()));
        case SIDECAR -> {
          sidecars = sidecars.plus(container.requests());
          most = most.or(sidecars);
        }
        case MAIN -> together = together.plus(container.requests());
      }
    }
    return most.or(sidecars.plus(together));
  }

  /**
   * What its owner asks of the cloud that Kubernetes has no field for.
   *
   * @param identity the name, in the pool's list, of the cloud's identity that its programs act as
   * @param policy what alone may run in it, in the cloud's own words, where nobody else sees its
   *     memory
   */
  public record Wishes(Optional<String> identity, Optional<String> policy) {
    public static final Wishes NONE = new Wishes(Optional.empty(), Optional.empty());
  }

  /**
   * What a resolv.conf says, each in the order in which it is to stand there.
   *
   * @param servers addresses of the name servers; empty leaves them to the backend
   * @param searches the domains in which a name is looked for that is not whole
   * @param options such as {@code ndots:5}
   */
  public record Resolver(List<String> servers, List<String> searches, List<String> options) {
    public Resolver {
      servers = List.copyOf(servers);
      searches = List.copyOf(searches);
      options = List.copyOf(options);
    }
  }

  /** What part a container has in the life of its group. */
  public enum Part {
    /** Runs to its success before the next one starts. */
    INIT,
    /** Is started in its place among the init containers, goes on, and ends after the main ones. */
    SIDECAR,
    /** One of those for which the group is there. */
    MAIN
  }

  /** Whether containers that ended are started again, as Kubernetes defines it for a pod. */
  public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER;

    /** What this policy of a group means for a container of that part. */
    public RestartPolicy of(Part part) {
      return switch (part) {
        case MAIN -> this;
        case INIT -> this == NEVER ? NEVER : ON_FAILURE;
        case SIDECAR -> ALWAYS;
      };
    }
  }

  /** When an image is fetched, as Kubernetes defines it. */
  public enum PullPolicy {
    ALWAYS,
    IF_NOT_PRESENT,
    NEVER
  }

  /**
   * One container. Command and arguments can hold what a Secret says, where they refer to one of
   * its variables; no cloud has a secure kind of these.
   *
   * @param command replaces the image's entrypoint; empty keeps it
   * @param arguments replaces the image's command; empty keeps it, unless {@code command} is given
   * @param workingDirectory empty keeps the image's
   * @param environment in the order in which it is to be set
   * @param restarts what it says itself of being started again; empty: as its group says
   * @param care its probes and hooks
   */
  public record ContainerSpec(
      String name,
      Part part,
      Optional<Restarts> restarts,
      String image,
      PullPolicy pullPolicy,
      List<String> command,
      List<String> arguments,
      Optional<String> workingDirectory,
      Map<String, EnvironmentValue> environment,
      Resources requests,
      Resources limits,
      List<Mount> mounts,
      Terminal terminal,
      LastWords lastWords,
      Security security,
      Care care) {

    public ContainerSpec {
      command = List.copyOf(command);
      arguments = List.copyOf(arguments);
      // Not Map.copyOf, which forgets the order.
      environment = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(environment));
      mounts = List.copyOf(mounts);
    }

    /** What it is told: all texts that its program sees. */
    Stream<String> texts() {
      return Stream.of(
              command.stream(),
              arguments.stream(),
              environment.values().stream().map(EnvironmentValue::text))
          .flatMap(texts -> texts);
    }

    /** The same with other texts. */
    ContainerSpec with(UnaryOperator<String> change) {
      var changed = new LinkedHashMap<String, EnvironmentValue>();
      environment.forEach((key, value) -> changed.put(key, value.with(change)));
      return new ContainerSpec(
          name,
          part,
          restarts,
          image,
          pullPolicy,
          command.stream().map(change).toList(),
          arguments.stream().map(change).toList(),
          workingDirectory,
          changed,
          requests,
          limits,
          mounts,
          terminal,
          lastWords,
          security,
          care);
    }

    /** Names the container and leaves out the environment, whose values may be secret. */
    @Override
    public String toString() {
      return "ContainerSpec[" + name + ", " + image + "]";
    }
  }

  /**
   * What a container has for its standard streams.
   *
   * @param terminal whether they are a terminal, which makes one stream of its output
   * @param input whether there is something to read from
   * @param inputOnce whether that ends with the first one who attaches to it
   */
  public record Terminal(boolean terminal, boolean input, boolean inputOnce) {
    public static final Terminal NONE = new Terminal(false, false, false);
  }

  /**
   * What a container says of its end, which becomes part of how it {@link ContainerState.Exited
   * exited}.
   *
   * @param file to which it may write that, absolute; of a longer one the last {@link #FILE_BYTES}
   *     count
   * @param elseLog whether, of a container that failed and wrote nothing, the end of its log counts
   */
  public record LastWords(String file, boolean elseLog) {
    /** As much as a kubelet takes of the file, and of the log. */
    public static final int FILE_BYTES = 4096;

    public static final int LOG_BYTES = 2048;
    public static final int LOG_LINES = 80;

    /** What the API server has for a container that says nothing of it. */
    public static final LastWords USUAL = new LastWords("/dev/termination-log", false);
  }

  /** The value of an environment variable. */
  public sealed interface EnvironmentValue {
    String text();

    /** Of the same kind, with another text. */
    EnvironmentValue with(UnaryOperator<String> change);

    /** A value that whoever sees the group may see. */
    record Plain(String text) implements EnvironmentValue {
      @Override
      public Plain with(UnaryOperator<String> change) {
        return new Plain(change.apply(text));
      }
    }

    /**
     * A value that a Secret is part of. A backend whose cloud has a kind of value that its API does
     * not show again must use that kind.
     */
    record Secret(String text) implements EnvironmentValue {
      @Override
      public Secret with(UnaryOperator<String> change) {
        return new Secret(change.apply(text));
      }

      @Override
      public String toString() {
        return "Secret[hidden]";
      }
    }
  }

  /**
   * An amount of compute.
   *
   * @param milliCpu thousandths of a core; 0 means none was named
   * @param memoryBytes bytes; 0 means none was named
   */
  public record Resources(long milliCpu, long memoryBytes) {
    public static final Resources UNNAMED = new Resources(0, 0);

    public Resources {
      if (milliCpu < 0 || memoryBytes < 0) {
        throw new IllegalArgumentException("resources must not be negative");
      }
    }

    Resources plus(Resources other) {
      return new Resources(milliCpu + other.milliCpu, memoryBytes + other.memoryBytes);
    }

    /** The larger of each amount. */
    Resources or(Resources other) {
      return new Resources(
          Math.max(milliCpu, other.milliCpu), Math.max(memoryBytes, other.memoryBytes));
    }
  }

  /**
   * Where a container sees a volume.
   *
   * @param file the path in the volume of the one file that is to be seen; empty is the whole
   *     volume
   */
  public record Mount(String volume, String path, boolean readOnly, Optional<String> file) {
    /** Of the whole volume. */
    public Mount(String volume, String path, boolean readOnly) {
      this(volume, path, readOnly, Optional.empty());
    }
  }

  /** A volume; it lives and ends with the group, unless it says otherwise. */
  public sealed interface Volume {
    String name();

    /**
     * An empty directory that the group's containers share.
     *
     * @param sizeLimitBytes 0 means no limit
     */
    record Scratch(String name, Medium medium, long sizeLimitBytes) implements Volume {}

    /** Files whose content is known when the group is made. */
    record Files(String name, List<File> files) implements Volume {
      public Files {
        files = List.copyOf(files);
      }
    }

    /**
     * A volume that outlives groups: whoever has one of the same id in the same pool sees the same
     * content, also at the same time. It is made, empty, with the first group that has it.
     *
     * @param id letters, digits, {@code -} and {@code .}
     */
    record Claimed(String name, String id) implements Volume {}

    /**
     * A share of Azure Files, which is there before the group and after it, and which others may
     * have at the same time.
     *
     * @param account the storage account that has it
     * @param key of the account; whoever has it may read and write all that the account has
     */
    record AzureFile(String name, String account, String share, String key, boolean readOnly)
        implements Volume {

      /** Names the share and leaves out the key. */
      @Override
      public String toString() {
        return "AzureFile[%s, %s/%s]".formatted(name, account, share);
      }
    }

    /**
     * A file system of AWS's EFS, which is there before the group and after it, and which others
     * may have at the same time.
     *
     * @param fileSystem its id, such as {@code fs-0123456789abcdef0}
     * @param folder of it, an absolute path; {@code /} is all of it, or what the access point shows
     * @param accessPoint by which it is used, such as {@code fsap-0123456789abcdef0}; empty: none
     */
    record ElasticFileSystem(
        String name,
        String fileSystem,
        String folder,
        Optional<String> accessPoint,
        boolean readOnly)
        implements Volume {}

    /** What a scratch volume is kept on. */
    enum Medium {
      DISK,
      MEMORY
    }
  }

  /**
   * One file of a volume.
   *
   * @param path relative to the volume, without {@code ..}
   * @param mode permission bits, such as 0644
   * @param owner number of the user that it belongs to; empty is root
   */
  public record File(String path, byte[] content, int mode, Optional<Long> owner) {
    /** Of root's. */
    public File(String path, byte[] content, int mode) {
      this(path, content, mode, Optional.empty());
    }

    public File {
      content = content.clone();
    }

    @Override
    public byte[] content() {
      return content.clone();
    }

    /** The same elsewhere. */
    public File at(String otherPath) {
      return new File(otherPath, content, mode, owner);
    }

    /** By what it holds, and not by where it holds it. */
    @Override
    public boolean equals(Object other) {
      return other instanceof File(var otherPath, var otherContent, var otherMode, var otherOwner)
          && path.equals(otherPath)
          && Arrays.equals(content, otherContent)
          && mode == otherMode
          && owner.equals(otherOwner);
    }

    @Override
    public int hashCode() {
      return Objects.hash(path, Arrays.hashCode(content), mode, owner);
    }

    /** Names the file and leaves out its content, which may be a token. */
    @Override
    public String toString() {
      return "File[" + path + ", " + content.length + " bytes]";
    }
  }
}
