package io.virtualnodes.backend;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a backend is asked to run for one pod: everything resolved, nothing left to look up.
 *
 * @param hostname the name that the containers see as their own
 * @param containers in the pod's order, at least one, names unique
 * @param volumes every volume that a container mounts, and no other
 * @param grace time between the request to stop and the kill, when nobody says otherwise
 */
public record ContainerGroup(
    GroupId id,
    GroupOwner owner,
    String hostname,
    List<ContainerSpec> containers,
    List<Volume> volumes,
    RestartPolicy restartPolicy,
    Duration grace) {

  public ContainerGroup {
    containers = List.copyOf(containers);
    volumes = List.copyOf(volumes);
    if (containers.isEmpty()) {
      throw new IllegalArgumentException("a group has at least one container");
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

  private static boolean has(Volume volume, Mount mount) {
    if (!volume.name().equals(mount.volume())) {
      return false;
    }
    return switch (volume) {
      case Volume.Scratch _ -> mount.file().isEmpty();
      case Volume.Files(_, var files) ->
          mount.file().isEmpty()
              || files.stream().map(File::path).anyMatch(mount.file().get()::equals);
    };
  }

  /** Whether containers that ended are started again, as Kubernetes defines it for a pod. */
  public enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER
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
   */
  public record ContainerSpec(
      String name,
      String image,
      PullPolicy pullPolicy,
      List<String> command,
      List<String> arguments,
      Optional<String> workingDirectory,
      Map<String, EnvironmentValue> environment,
      Resources requests,
      Resources limits,
      List<Mount> mounts) {

    public ContainerSpec {
      command = List.copyOf(command);
      arguments = List.copyOf(arguments);
      // Not Map.copyOf, which forgets the order.
      environment =
          java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(environment));
      mounts = List.copyOf(mounts);
    }

    /** Names the container and leaves out the environment, whose values may be secret. */
    @Override
    public String toString() {
      return "ContainerSpec[" + name + ", " + image + "]";
    }
  }

  /** The value of an environment variable. */
  public sealed interface EnvironmentValue {
    String text();

    /** A value that whoever sees the group may see. */
    record Plain(String text) implements EnvironmentValue {}

    /**
     * A value that a Secret is part of. A backend whose cloud has a kind of value that its API does
     * not show again must use that kind.
     */
    record Secret(String text) implements EnvironmentValue {
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

  /** A volume that lives and ends with the group. */
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
   */
  public record File(String path, byte[] content, int mode) {
    public File {
      content = content.clone();
    }

    @Override
    public byte[] content() {
      return content.clone();
    }

    /** Names the file and leaves out its content, which may be a token. */
    @Override
    public String toString() {
      return "File[" + path + ", " + content.length + " bytes]";
    }
  }
}
