package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerUsage;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Streams;
import java.io.InputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What people see of groups at an engine, and say to them. */
final class DockerStreams implements Streams {
  private static final Optional<FoundContainer> NONE = Optional.empty();

  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final ImagePulls pulls;
  private final InstantSource clock;
  private final Supplier<Set<GroupId>> busy;
  private final EngineConversations conversations;
  private final EnginePorts ports;
  private final EngineUsage usage;

  /**
   * @param busy groups that containers are being made for
   */
  DockerStreams(
      DockerBackend.Settings settings,
      DockerEngine engine,
      EngineInventory inventory,
      ImagePulls pulls,
      Supplier<Set<GroupId>> busy,
      InstantSource clock) {
    var errands = new ErrandRequests(new Names(settings.pool()));
    this.engine = engine;
    this.inventory = inventory;
    this.pulls = pulls;
    this.clock = clock;
    this.busy = busy;
    this.conversations = new EngineConversations(engine, new CommandEnding(engine, errands));
    this.ports = new EnginePorts(engine, inventory, errands, settings.host());
    this.usage = new EngineUsage(engine);
  }

  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    return inventory
        .read(id)
        .flatMap(group -> instance(group, container, options.previous()))
        .filter(found -> !found.made())
        .flatMap(found -> ContainerLog.open(engine, found.id(), options));
  }

  /** The instance that the observation calls the present one, or the previous one. */
  private Optional<FoundContainer> instance(FoundGroup group, String container, boolean previous) {
    var shown = group.shown(container).or(() -> previous ? NONE : group.guest(container));
    if (!previous) {
      return shown;
    }
    return shown.flatMap(
        found ->
            DockerObservations.pause(group, found, pulls::waiting, clock.instant()).isPresent()
                ? shown
                : group.instance(container, found.marks().instance() - 1));
  }

  @Override
  public Optional<Conversation> exec(
      GroupId id, String container, List<String> command, Channels channels) {
    return inventory
        .read(id)
        .flatMap(group -> group.running(container))
        .flatMap(found -> conversations.exec(found, command, channels));
  }

  @Override
  public Optional<Conversation> attach(GroupId id, String container, Channels channels) {
    return inventory
        .read(id)
        .flatMap(group -> group.running(container))
        .flatMap(found -> conversations.attach(found, channels));
  }

  @Override
  public Optional<Ports> ports(GroupId id) {
    return inventory.read(id).flatMap(ports::of);
  }

  @Override
  public List<ContainerUsage> usage() {
    return usage.of(inventory.read(busy.get()));
  }

  /** What is there for talks with other groups ends. */
  void retain(Predicate<GroupId> groups) {
    ports.retain(groups);
  }

  /** Ends what is being said and connected. */
  void close() {
    conversations.close();
    ports.close();
  }
}
