package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import io.virtualnodes.backend.supervisor.Caretaker;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedRuntime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the supervisor reads and does at an engine: how the containers of all groups are, and which
 * is started or ended. A first instance is made by its group's launch.
 */
final class EngineSupervision implements SupervisedRuntime {
  private static final Logger log = LoggerFactory.getLogger(EngineSupervision.class);

  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final ImagePulls pulls;
  private final Names names;
  private final GroupLocks locks;
  private final Caretaker caretaker;
  private final Supplier<Set<GroupId>> busy;
  private final Runnable changed;
  // Groups of which a container is being restarted; their lock is held.
  private final Set<GroupId> restarting = ConcurrentHashMap.newKeySet();

  /**
   * @param locks keep a group's launch, restarts and end apart
   * @param busy groups that containers are being made for
   */
  EngineSupervision(
      DockerEngine engine,
      EngineInventory inventory,
      ImagePulls pulls,
      Names names,
      GroupLocks locks,
      Caretaker caretaker,
      Supplier<Set<GroupId>> busy,
      Runnable changed) {
    this.engine = engine;
    this.inventory = inventory;
    this.pulls = pulls;
    this.names = names;
    this.locks = locks;
    this.caretaker = caretaker;
    this.busy = busy;
    this.changed = changed;
  }

  /** Groups of which a container is being started again. */
  Set<GroupId> restarting() {
    return restarting;
  }

  @Override
  public List<SupervisedGroup> look() {
    return of(FoundGroup.byId(inventory.read(busy.get())));
  }

  /** Those of them that are to be supervised. */
  List<SupervisedGroup> of(Map<GroupId, FoundGroup> groups) {
    return groups.values().stream()
        .flatMap(group -> group.supervised(caretaker::startedUp).stream())
        .toList();
  }

  @Override
  public void start(GroupId id, String container, int number, Duration backOff) {
    var group = inventory.read(id);
    if (group.isEmpty() || !ready(group.get(), container, number)) {
      return;
    }
    locks.run(id, () -> restart(id, container, number, backOff));
    changed.run();
  }

  private void restart(GroupId id, String container, int number, Duration backOff) {
    restarting.add(id);
    try {
      inventory.read(id).ifPresent(found -> start(found, container, number, backOff));
    } finally {
      restarting.remove(id);
    }
  }

  /** Whether instance {@code number} is made, or its image is there; why not is observed. */
  private boolean ready(FoundGroup group, String container, int number) {
    if (group.instance(container, number).isPresent()) {
      return true;
    }
    var former = group.instance(container, number - 1);
    return former.isPresent() && fetched(former.get());
  }

  private boolean fetched(FoundContainer former) {
    try {
      var marks = former.marks();
      var failure =
          pulls.fetch(
              new Member(marks.group(), marks.container()),
              marks.owner(),
              former.image(),
              marks.pullPolicy());
      if (failure.isPresent()) {
        throw new BackendException.Unavailable(failure.get().message(), null);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void end(GroupId id, String container, Duration grace) {
    inventory
        .read(id)
        .ifPresent(
            group ->
                group
                    .latest(container)
                    .filter(FoundContainer::mayRun)
                    .ifPresent(found -> caretaker.end(group.tended(found), grace)));
    changed.run();
  }

  private void start(FoundGroup group, String container, int number, Duration backOff) {
    if (!group.wantsStarted(container, number, caretaker::startedUp)) {
      return;
    }
    var former = group.instance(container, number - 1);
    var next = group.instance(container, number);
    // It ends with its machine, and without it there is no network to join.
    var sandbox = group.sandbox().get().id();
    engine.startSandbox(sandbox);
    inventory.forget(sandbox);
    var id =
        next.map(FoundContainer::id)
            .orElseGet(() -> again(former.orElseThrow(), sandbox, number, backOff));
    engine
        .start(id)
        .ifPresent(
            failure ->
                log.atInfo()
                    .addKeyValue("group", group.marks().group())
                    .addKeyValue("container", container)
                    .addKeyValue("failure", failure)
                    .log("container cannot be started"));
    // Two instances are kept: the present one and the one that `kubectl logs --previous` shows.
    group.all().stream()
        .filter(found -> found.marks().container().equals(container))
        .filter(found -> found.marks().instance() <= number - 2)
        .forEach(oldest -> engine.remove(oldest.id()));
  }

  private String again(FoundContainer former, String sandbox, int number, Duration backOff) {
    var inspected =
        engine
            .inspect(former.id())
            .orElseThrow(
                () -> new BackendException.Unavailable("the container before is gone", null));
    var marks = former.marks();
    if (LastWordsFiles.of(inspected.getConfig().getLabels()).isPresent()) {
      var file = LastWordsFiles.file(marks.container(), number);
      engine
          .files()
          .unpack(sandbox, DockerRequests.VOLUMES, LastWordsFiles.archive(Stream.of(file)));
    }
    try {
      var request =
          ContainerRequest.like(
              inspected,
              names.container(marks.group(), marks.container(), number),
              marks.next(number, backOff));
      return engine.create(
          request.asksForAddress() ? request.at(engine.addresses(sandbox)) : request);
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }
}
