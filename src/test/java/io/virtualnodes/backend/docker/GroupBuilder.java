package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A group for a test: what it does not say is what hardly any pod says. */
final class GroupBuilder {
  private final String pool;
  private GroupId id = GroupId.first(UUID.randomUUID().toString());
  private final List<ContainerSpec> containers = new ArrayList<>();
  private final List<Volume> volumes = new ArrayList<>();
  private RestartPolicy restartPolicy = RestartPolicy.NEVER;

  // Of the container that comes next.
  private String image = EnginePool.BUSYBOX;
  private PullPolicy pullPolicy = PullPolicy.IF_NOT_PRESENT;
  private Resources requests = Resources.UNNAMED;
  private Resources limits = Resources.UNNAMED;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<Mount> mounts = new ArrayList<>();
  private Optional<String> workingDirectory = Optional.empty();

  GroupBuilder(String pool) {
    this.pool = pool;
  }

  GroupBuilder id(GroupId id) {
    this.id = id;
    return this;
  }

  GroupBuilder restarts(RestartPolicy policy) {
    this.restartPolicy = policy;
    return this;
  }

  GroupBuilder volume(Volume volume) {
    volumes.add(volume);
    return this;
  }

  GroupBuilder image(String image, PullPolicy policy) {
    this.image = image;
    this.pullPolicy = policy;
    return this;
  }

  GroupBuilder resources(Resources requests, Resources limits) {
    this.requests = requests;
    this.limits = limits;
    return this;
  }

  GroupBuilder memory(long bytes) {
    return resources(Resources.UNNAMED, new Resources(0, bytes));
  }

  GroupBuilder environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  GroupBuilder workingDirectory(String folder) {
    workingDirectory = Optional.of(folder);
    return this;
  }

  GroupBuilder mount(String volume, String path, boolean readOnly) {
    mounts.add(new Mount(volume, path, readOnly));
    return this;
  }

  /** Adds a container that runs a script. */
  GroupBuilder script(String name, String script) {
    return container(name, List.of("sh", "-c", script), List.of());
  }

  /** Adds a container with all that was said since the last one. */
  GroupBuilder container(String name, List<String> command, List<String> arguments) {
    containers.add(
        new ContainerSpec(
            name,
            image,
            pullPolicy,
            command,
            arguments,
            workingDirectory,
            environment,
            requests,
            limits,
            mounts));
    image = EnginePool.BUSYBOX;
    pullPolicy = PullPolicy.IF_NOT_PRESENT;
    requests = Resources.UNNAMED;
    limits = Resources.UNNAMED;
    environment.clear();
    mounts.clear();
    workingDirectory = Optional.empty();
    return this;
  }

  ContainerGroup build() {
    return new ContainerGroup(
        id,
        new GroupOwner(pool, "node-0", "team-a", "pod-a"),
        "host-of-pod",
        containers,
        volumes,
        restartPolicy,
        Duration.ofSeconds(30));
  }
}
