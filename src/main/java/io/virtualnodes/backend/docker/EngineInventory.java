package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Container;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Gatherers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the pool's containers. The engine's list says too little of each, and asking for each is
 * slow, so only those are asked for whose entry in the list changed.
 */
final class EngineInventory {
  // A new operator has to ask for every container once.
  private static final int READS_AT_ONCE = 8;

  private static final Logger log = LoggerFactory.getLogger(EngineInventory.class);

  private final DockerEngine engine;
  private final LastWordsReader lastWords;
  private final Names names;
  private final Map<String, Read> known = new ConcurrentHashMap<>();
  private final Map<String, String> digests = new ConcurrentHashMap<>();
  // By container: the engine forgets where one answered as soon as it ends.
  private final Map<String, List<String>> addresses = new ConcurrentHashMap<>();

  /**
   * What was learnt of a container.
   *
   * @param state in the list, to which it belongs
   * @param image by which it was asked for: the list shows an id once that name means another
   */
  private record Read(String state, Status status, String image) {}

  EngineInventory(DockerEngine engine, Names names) {
    this.engine = engine;
    this.lastWords = new LastWordsReader(engine);
    this.names = names;
  }

  /**
   * All containers of the pool.
   *
   * @param busy groups that containers are being made for: what the engine is starting keeps others
   *     waiting that ask for it, and there is nothing to learn yet
   */
  List<FoundContainer> read(Set<GroupId> busy) {
    var answeredBefore = Set.copyOf(addresses.keySet());
    var listed = engine.containers();
    var ids = listed.stream().map(Container::getId).collect(Collectors.toSet());
    known.keySet().retainAll(ids);
    answeredBefore.stream().filter(id -> !ids.contains(id)).forEach(addresses::remove);
    digests.keySet().retainAll(listed.stream().map(Container::getImageId).toList());
    return read(listed, busy);
  }

  /** One group, read anew; empty if nothing is there. */
  Optional<FoundGroup> read(GroupId group) {
    var containers = read(engine.containers(group), Set.of());
    return containers.isEmpty() ? Optional.empty() : Optional.of(new FoundGroup(containers));
  }

  /** Something happened to a container: what is known of it counts no more. */
  void forget(String containerId) {
    known.remove(containerId);
  }

  /** A container was started: notes where it answers, for it may have ended by the next list. */
  void started(String containerId) {
    engine
        .inspect(containerId)
        .map(DockerObservations::addresses)
        .filter(found -> !found.isEmpty())
        .ifPresent(found -> addresses.put(containerId, found));
  }

  private List<FoundContainer> read(List<Container> listed, Set<GroupId> busy) {
    return listed.stream()
        .filter(container -> !"removing".equals(container.getState()))
        .gather(Gatherers.mapConcurrent(READS_AT_ONCE, container -> read(container, busy)))
        .flatMap(Optional::stream)
        .toList();
  }

  private Optional<FoundContainer> read(Container listed, Set<GroupId> busy) {
    var created = new Read(listed.getState(), new Status.Made(), listed.getImage());
    return found(listed, created, "")
        .flatMap(
            found ->
                "created".equals(listed.getState())
                        && (busy.contains(found.marks().group())
                            || !found.marks().role().isStarted())
                    ? Optional.of(found)
                    : details(listed)
                        .flatMap(read -> found(listed, read, digest(listed.getImageId()))));
  }

  /** Empty if it is not ours. */
  private Optional<FoundContainer> found(Container listed, Read read, String imageId) {
    return DockerObservations.found(listed, names, read.status(), read.image(), imageId)
        .map(found -> found.answering(lastKnown(found)));
  }

  private List<String> lastKnown(FoundContainer found) {
    if (found.addresses().isEmpty()) {
      return addresses.getOrDefault(found.id(), List.of());
    }
    addresses.put(found.id(), found.addresses());
    return found.addresses();
  }

  /** Empty if the container went away meanwhile. */
  private Optional<Read> details(Container listed) {
    var before = known.get(listed.getId());
    if (before != null && before.state().equals(listed.getState())) {
      return Optional.of(before);
    }
    try {
      var inspected = engine.inspect(listed.getId());
      if (inspected.isEmpty()) {
        return Optional.empty();
      }
      var read =
          new Read(
              listed.getState(), status(inspected.get()), inspected.get().getConfig().getImage());
      // One that was never started can still fail to start without a change in the list.
      if (!"created".equals(listed.getState())
          && inspected.get().getState().getStatus().equals(listed.getState())) {
        known.put(listed.getId(), read);
      }
      return Optional.of(read);
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("container", DockerObservations.name(listed))
          .addKeyValue("failure", e.getMessage())
          .log("container could not be read, keeping what was known of it");
      return Optional.of(
          before == null
              ? new Read(listed.getState(), new Status.Unread(), listed.getImage())
              : before);
    }
  }

  /** An end is told once and for all, so with its last words or not at all. */
  private Status status(InspectContainerResponse inspected) {
    var status = DockerObservations.status(inspected);
    return status instanceof Status.Ended(var exit)
            && "exited".equals(inspected.getState().getStatus())
        ? new Status.Ended(
            lastWords.completed(exit, inspected.getId(), inspected.getConfig().getLabels()))
        : status;
  }

  private String digest(String imageId) {
    var digest = digests.get(imageId);
    if (digest != null) {
      return digest;
    }
    try {
      var found = engine.images().digest(imageId);
      digests.put(imageId, found);
      return found;
    } catch (BackendException e) {
      return imageId;
    }
  }
}
