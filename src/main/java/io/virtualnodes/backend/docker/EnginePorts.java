package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.SocketLink;
import io.virtualnodes.backend.Streams.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ways to the ports of groups: straight to the group's address where the operator is on the
 * engine's machine, and else, or for a port that does not answer there, through a {@link
 * GroupRelay} in the group's network.
 */
final class EnginePorts {
  private static final Duration DIAL = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(EnginePorts.class);

  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final ErrandRequests requests;
  private final boolean near;
  private final Map<GroupId, GroupRelay> relays = new ConcurrentHashMap<>();

  EnginePorts(
      DockerEngine engine, EngineInventory inventory, ErrandRequests requests, URI engineHost) {
    this.engine = engine;
    this.inventory = inventory;
    this.requests = requests;
    this.near = near(engineHost);
  }

  /**
   * Whether addresses that the engine gives out mean the same here as there. Elsewhere one may
   * belong to somebody else: engines give the same ones out everywhere.
   */
  static boolean near(URI engineHost) {
    return engineHost.getScheme().equals("unix")
        || "localhost".equals(engineHost.getHost())
        // Only what is written as an address: names are not looked up for it.
        || engineHost.getHost().matches("127(\\.\\d{1,3}){3}|\\[::1]");
  }

  /** Empty if the group does not run. */
  Optional<Ports> of(FoundGroup group) {
    if (group.network().isEmpty()) {
      return Optional.empty();
    }
    var id = group.marks().group();
    var address = near ? group.addresses().stream().findFirst() : Optional.<String>empty();
    // An operator may be in a container with another network than the engine's.
    var answers = new AtomicBoolean(true);
    return Optional.of(port -> connect(id, address.filter(_ -> answers.get()), answers, port));
  }

  private Link connect(GroupId id, Optional<String> address, AtomicBoolean answers, int port)
      throws IOException, InterruptedException {
    if (address.isPresent()) {
      try {
        return SocketLink.dial(address.get(), port, DIAL);
      } catch (ConnectException e) {
        // Nobody listens there, and maybe somebody on the loopback address.
      } catch (IOException e) {
        answers.set(false);
        log.atDebug()
            .addKeyValue("group", id)
            .addKeyValue("failure", e.getMessage())
            .log("a group's address is not reached from here, going through the engine");
      }
    }
    return relays
        .computeIfAbsent(id, _ -> new GroupRelay(id, engine, inventory, requests))
        .connect(port);
  }

  /** Ends the ways to all other groups. */
  void retain(Predicate<GroupId> groups) {
    relays
        .entrySet()
        .removeIf(
            entry -> {
              boolean goes = !groups.test(entry.getKey());
              if (goes) {
                entry.getValue().close();
              }
              return goes;
            });
  }

  void close() {
    retain(_ -> false);
  }
}
