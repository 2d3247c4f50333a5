package io.virtualnodes.backend;

import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.EnvironmentValue;
import io.virtualnodes.backend.ContainerGroup.LastWords;
import io.virtualnodes.backend.ContainerGroup.Mount;
import io.virtualnodes.backend.ContainerGroup.Part;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerGroup.Resources;
import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.ContainerGroup.Volume;
import io.virtualnodes.backend.ContainerGroup.Wishes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** A group for a test: what it does not say is what hardly any pod says. */
public final class GroupBuilder {
  /** An image with a shell, which every engine of the tests has. */
  public static final String BUSYBOX = "virtualnodes/busybox:latest";

  private final String pool;
  private GroupId id = GroupId.first(UUID.randomUUID().toString());
  private final List<ContainerSpec> containers = new ArrayList<>();
  private final List<Volume> volumes = new ArrayList<>();
  private RestartPolicy restartPolicy = RestartPolicy.NEVER;
  private Duration grace = Duration.ofSeconds(30);

  private Optional<ContainerGroup.Resolver> resolver = Optional.empty();
  private Surroundings surroundings = Surroundings.USUAL;
  private Wishes wishes = Wishes.NONE;
  private String serviceAccount = ContainerGroup.USUAL_SERVICE_ACCOUNT;

  // Of the container that comes next.
  private Part part = Part.MAIN;
  private Optional<Restarts> restarts = Optional.empty();
  private String image = BUSYBOX;
  private PullPolicy pullPolicy = PullPolicy.IF_NOT_PRESENT;
  private Resources requests = Resources.UNNAMED;
  private Resources limits = Resources.UNNAMED;
  private final Map<String, EnvironmentValue> environment = new LinkedHashMap<>();
  private final List<Mount> mounts = new ArrayList<>();
  private Optional<String> workingDirectory = Optional.empty();
  private Terminal terminal = Terminal.NONE;
  private LastWords lastWords = LastWords.USUAL;
  private Security security = Security.USUAL;
  private Care care = Care.NONE;

  public GroupBuilder(String pool) {
    this.pool = pool;
  }

  public GroupBuilder id(GroupId id) {
    this.id = id;
    return this;
  }

  public GroupBuilder restarts(RestartPolicy policy) {
    this.restartPolicy = policy;
    return this;
  }

  /** Of the container that comes next. */
  public GroupBuilder restarts(Restarts own) {
    this.restarts = Optional.of(own);
    return this;
  }

  public GroupBuilder grace(Duration grace) {
    this.grace = grace;
    return this;
  }

  public GroupBuilder surroundings(Surroundings surroundings) {
    this.surroundings = surroundings;
    return this;
  }

  public GroupBuilder wishes(Wishes wanted) {
    wishes = wanted;
    return this;
  }

  public GroupBuilder serviceAccount(String name) {
    serviceAccount = name;
    return this;
  }

  public GroupBuilder resolver(ContainerGroup.Resolver wanted) {
    resolver = Optional.of(wanted);
    return this;
  }

  public GroupBuilder lastWords(String file, boolean elseLog) {
    lastWords = new LastWords(file, elseLog);
    return this;
  }

  public GroupBuilder terminal(Terminal terminal) {
    this.terminal = terminal;
    return this;
  }

  /**
   * As a pod of user 1000 with {@code fsGroup: 2000}, whose processes belong to that group.
   *
   * @param furtherGroups what they belong to as well
   */
  public GroupBuilder filesOfGroup2000(Long... furtherGroups) {
    surroundings =
        new Surroundings(Optional.empty(), List.of(), false, Optional.of(2000L), Map.of());
    return security(
        new Security(
            Optional.of(1000L),
            Optional.empty(),
            Stream.concat(Stream.of(2000L), Stream.of(furtherGroups)).toList(),
            true,
            false,
            false,
            true,
            List.of(),
            List.of(),
            Security.Confinement.USUAL,
            Security.Confinement.USUAL));
  }

  public GroupBuilder security(Security security) {
    this.security = security;
    return this;
  }

  public GroupBuilder volume(Volume volume) {
    volumes.add(volume);
    return this;
  }

  public GroupBuilder image(String image, PullPolicy policy) {
    this.image = image;
    this.pullPolicy = policy;
    return this;
  }

  public GroupBuilder resources(Resources requests, Resources limits) {
    this.requests = requests;
    this.limits = limits;
    return this;
  }

  public GroupBuilder memory(long bytes) {
    return resources(Resources.UNNAMED, new Resources(0, bytes));
  }

  public GroupBuilder environment(String name, String value) {
    environment.put(name, new EnvironmentValue.Plain(value));
    return this;
  }

  public GroupBuilder workingDirectory(String folder) {
    workingDirectory = Optional.of(folder);
    return this;
  }

  public GroupBuilder care(Care care) {
    this.care = care;
    return this;
  }

  public GroupBuilder mount(String volume, String path, boolean readOnly) {
    mounts.add(new Mount(volume, path, readOnly));
    return this;
  }

  /** One file of a volume. */
  public GroupBuilder mountFile(String volume, String file, String path) {
    mounts.add(new Mount(volume, path, true, Optional.of(file)));
    return this;
  }

  /** What part the next container has. */
  public GroupBuilder part(Part ofNext) {
    part = ofNext;
    return this;
  }

  /** Adds an init container that runs a script. */
  public GroupBuilder init(String name, String script) {
    part = Part.INIT;
    return script(name, script);
  }

  /** Adds a sidecar that runs a script. */
  public GroupBuilder sidecar(String name, String script) {
    part = Part.SIDECAR;
    return script(name, script);
  }

  /** Adds a container that runs a script. */
  public GroupBuilder script(String name, String script) {
    return container(name, List.of("sh", "-c", script), List.of());
  }

  /** Adds a container with all that was said since the last one. */
  public GroupBuilder container(String name, List<String> command, List<String> arguments) {
    containers.add(
        new ContainerSpec(
            name,
            part,
            restarts,
            image,
            pullPolicy,
            command,
            arguments,
            workingDirectory,
            environment,
            requests,
            limits,
            mounts,
            terminal,
            lastWords,
            security,
            care));
    care = Care.NONE;
    part = Part.MAIN;
    restarts = Optional.empty();
    image = BUSYBOX;
    pullPolicy = PullPolicy.IF_NOT_PRESENT;
    requests = Resources.UNNAMED;
    limits = Resources.UNNAMED;
    environment.clear();
    mounts.clear();
    workingDirectory = Optional.empty();
    terminal = Terminal.NONE;
    lastWords = LastWords.USUAL;
    security = Security.USUAL;
    return this;
  }

  public ContainerGroup build() {
    return new ContainerGroup(
        id,
        new GroupOwner(pool, "node-0", "team-a", "pod-a"),
        "host-of-pod",
        containers,
        volumes,
        restartPolicy,
        grace,
        resolver,
        surroundings,
        wishes,
        serviceAccount);
  }
}
