package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupLocks;
import io.virtualnodes.backend.Guests;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import io.virtualnodes.backend.supervisor.NonRootRule;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts containers in groups that run already. */
final class GroupGuests implements Guests {
  private static final Logger log = LoggerFactory.getLogger(GroupGuests.class);

  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final DockerRequests requests;
  private final ImagePulls pulls;
  private final GroupLocks locks;
  private final Executor background;
  private final Runnable changed;
  // Those that wait for their image, so that they can be told of before they are made.
  private final Set<Member> awaited = ConcurrentHashMap.newKeySet();
  private final Set<Member> fetching = ConcurrentHashMap.newKeySet();
  // Those that must not be started as they are, or as their image is by now.
  private final ConcurrentMap<Member, Waiting> barred = new ConcurrentHashMap<>();

  /**
   * @param locks keep a group's launch, end and guests apart
   */
  GroupGuests(
      DockerEngine engine,
      EngineInventory inventory,
      DockerRequests requests,
      ImagePulls pulls,
      GroupLocks locks,
      Executor background,
      Runnable changed) {
    this.engine = engine;
    this.inventory = inventory;
    this.requests = requests;
    this.pulls = pulls;
    this.locks = locks;
    this.background = background;
    this.changed = changed;
  }

  @Override
  public void admit(GroupId id, Guest guest) {
    var spec = guest.container();
    var member = new Member(id, spec.name());
    if (spec.pullPolicy() != PullPolicy.ALWAYS && engine.images().has(spec.image())
        || inventory.read(id).flatMap(group -> group.guest(spec.name())).isPresent()) {
      start(id, guest);
    } else if (fetching.add(member)) {
      awaited.add(member);
      background.execute(() -> fetchAndStart(member, guest));
    }
    changed.run();
  }

  private void fetchAndStart(Member member, Guest guest) {
    var spec = guest.container();
    try {
      var group = inventory.read(member.group());
      if (group.isPresent()
          && pulls
              .fetch(member, group.get().marks().owner(), spec.image(), spec.pullPolicy())
              .isEmpty()) {
        start(member.group(), guest);
      }
    } catch (BackendException e) {
      log.atWarn()
          .addKeyValue("group", member.group())
          .addKeyValue("container", spec.name())
          .addKeyValue("failure", e.getMessage())
          .log("guest not started");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      fetching.remove(member);
      changed.run();
    }
  }

  /** Names of those of a group of which the engine has nothing yet. */
  Stream<String> notMade(FoundGroup group) {
    return awaited.stream()
        .filter(member -> member.group().equals(group.marks().group()))
        .map(Member::container)
        .filter(name -> group.guest(name).isEmpty())
        .sorted();
  }

  /** Why one must not be started. */
  Optional<Waiting> barred(Member member) {
    return Optional.ofNullable(barred.get(member));
  }

  /** Forgets those of all other groups. */
  void retain(Predicate<GroupId> groups) {
    awaited.removeIf(member -> !groups.test(member.group()));
    barred.keySet().removeIf(member -> !groups.test(member.group()));
  }

  private void start(GroupId id, Guest guest) {
    locks.run(
        id,
        () ->
            inventory
                .read(id)
                .filter(group -> !group.stopped() && !group.finished())
                .ifPresent(group -> start(group, guest)));
  }

  private void start(FoundGroup group, Guest guest) {
    var name = guest.container().name();
    var found = group.guest(name);
    if (found.filter(one -> !one.made()).isPresent()) {
      return;
    }
    var id = found.map(FoundContainer::id).or(() -> made(group, guest));
    if (id.isEmpty()) {
      return;
    }
    engine
        .start(id.get())
        .ifPresent(
            failure ->
                log.atInfo()
                    .addKeyValue("group", group.marks().group())
                    .addKeyValue("container", name)
                    .addKeyValue("failure", failure)
                    .log("container cannot be started"));
  }

  /** Nothing if it must not be made: it then waits with its reason. */
  private Optional<String> made(FoundGroup group, Guest guest) {
    var spec = guest.container();
    var member = new Member(group.marks().group(), spec.name());
    var imageUser = imageUser(spec);
    var bar = bar(group, spec, imageUser);
    if (bar.isPresent()) {
      awaited.add(member);
      barred.put(member, bar.get());
      return Optional.empty();
    }
    barred.remove(member);
    return Optional.of(make(group, guest, imageUser));
  }

  private static Optional<Waiting> bar(FoundGroup group, ContainerSpec spec, String imageUser) {
    var refusals = SecurityRequests.refusalsOfGuest(spec);
    return refusals.isEmpty()
        ? NonRootRule.violation(group.marks().group(), group.marks().owner(), spec, imageUser)
        : Optional.of(new Waiting("Unsupported", String.join("; ", refusals)));
  }

  /** Asked for only where it counts. */
  private String imageUser(ContainerSpec spec) {
    return spec.security().dependsOnImage()
        ? engine
            .images()
            .user(spec.image())
            .orElseThrow(
                () -> new BackendException.Unavailable("the image is not there any more", null))
        : "";
  }

  private String make(FoundGroup group, Guest guest, String imageUser) {
    var network =
        group
            .sandbox()
            .or(() -> group.instances().stream().findFirst())
            .filter(FoundContainer::running)
            .orElseThrow(
                () -> new BackendException.Unavailable("the group does not run yet", null));
    Optional<String> processes = guest.target().map(target -> running(group, target).id());
    try {
      return engine.create(
          requests.guest(group.marks(), guest, imageUser, network.id(), processes));
    } catch (DockerException e) {
      throw DockerFailures.of(e);
    }
  }

  private static FoundContainer running(FoundGroup group, String container) {
    return group
        .latest(container)
        .filter(FoundContainer::running)
        .orElseThrow(
            () ->
                new BackendException.Unavailable("container " + container + " does not run", null));
  }
}
