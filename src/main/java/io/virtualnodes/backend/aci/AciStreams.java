package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.ContainerObservation;
import io.virtualnodes.backend.Observation.Progress;
import io.virtualnodes.backend.Streams;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** What Azure lets people see of a group and say to it. */
final class AciStreams implements Streams {
  private final AciNames names;
  private final AciInventory inventory;
  private final SeenContainers containers;
  private final LogReading logs;
  private final AciConversations conversations;
  private final AciPorts ports;

  AciStreams(
      AciNames names,
      AciInventory inventory,
      LogReading logs,
      AciConversations conversations,
      AciPorts ports) {
    this.names = names;
    this.inventory = inventory;
    this.containers = new SeenContainers(inventory);
    this.logs = logs;
    this.conversations = conversations;
    this.ports = ports;
  }

  /** Azure keeps the last 4 MB of a log, and 16 KB of it once the group is stopped. */
  @Override
  public Optional<InputStream> logs(GroupId id, String container, LogOptions options) {
    if (options.previous()) {
      throw new BackendException.Unsupported(
          List.of("logs of the instance before (previous): Azure keeps the present one's only"));
    }
    var name = names.group(id);
    // Azure may go on showing what was deleted.
    return inventory.isGone(name) ? Optional.empty() : logs.open(name, container, options);
  }

  @Override
  public Optional<Conversation> exec(
      GroupId id, String container, List<String> command, Channels channels) {
    var name = names.group(id);
    return running(name, container)
        .map(_ -> conversations.exec(name, container, command, channels));
  }

  /** What is said to the process is not heard: Azure has no container with a standard input. */
  @Override
  public Optional<Conversation> attach(GroupId id, String container, Channels channels) {
    var name = names.group(id);
    return running(name, container)
        .map(joined -> conversations.attach(name, container, joined, channels));
  }

  private Optional<ContainerObservation> running(String name, String container) {
    return inventory.isGone(name) ? Optional.empty() : containers.running(name, container);
  }

  @Override
  public Optional<Ports> ports(GroupId id) {
    return inventory
        .find(names.group(id))
        .map(AciInventory.Seen::observation)
        .filter(seen -> seen.progress() == Progress.ALIVE)
        .map(ports::of);
  }

  /** Ends what is being said. */
  void close() {
    conversations.close();
  }
}
