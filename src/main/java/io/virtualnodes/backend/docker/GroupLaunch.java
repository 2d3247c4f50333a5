package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import io.virtualnodes.backend.supervisor.GroupRule;
import io.virtualnodes.backend.supervisor.GroupRule.Step;
import io.virtualnodes.backend.supervisor.NonRootRule;
import io.virtualnodes.backend.supervisor.SupervisedGroup;
import io.virtualnodes.backend.supervisor.SupervisedGroup.Latest;
import io.virtualnodes.backend.supervisor.SupervisedGroup.SupervisedContainer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one group up: the sandbox, the volumes' content, then each container whose image is there;
 * of these it starts those that wait for no other, and leaves the rest to the supervisor. Every
 * step finds what an earlier attempt left, so that a launch may be repeated after any failure.
 *
 * <p>One thread at a time works on it; {@link #cancel} may come from another.
 */
final class GroupLaunch {
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Logger log = LoggerFactory.getLogger(GroupLaunch.class);

  private final ContainerGroup group;
  private final Instant acceptedAt;
  private final DockerEngine engine;
  private final EngineInventory inventory;
  private final DockerRequests requests;
  private final ImagePulls pulls;
  private final Lock lock;
  private final InstantSource clock;
  // Images of policy Always that this launch has fetched, by member.
  private final Set<Member> fetched = new HashSet<>();
  // What the last round could not go on without.
  private List<Missing> missing = List.of();
  private volatile Optional<Waiting> trouble = Optional.empty();
  // Containers that must not be made as their images are, and why.
  private volatile Map<String, Waiting> barred = Map.of();
  private volatile boolean cancelled;

  /**
   * @param lock keeps this launch and the group's end apart; held during each round, not during
   *     pulls
   */
  GroupLaunch(
      ContainerGroup group,
      DockerEngine engine,
      EngineInventory inventory,
      DockerRequests requests,
      ImagePulls pulls,
      Lock lock,
      InstantSource clock) {
    this.group = group;
    this.acceptedAt = clock.instant();
    this.engine = engine;
    this.inventory = inventory;
    this.requests = requests;
    this.pulls = pulls;
    this.lock = lock;
    this.clock = clock;
  }

  /** An image without which a container of the group cannot be made. */
  private record Missing(Member member, String image, PullPolicy policy) {}

  ContainerGroup group() {
    return group;
  }

  Instant acceptedAt() {
    return acceptedAt;
  }

  /** Why the last attempt failed, as its containers tell it that are not made yet. */
  Optional<Waiting> trouble() {
    return trouble;
  }

  /** Why one of its containers must not be made as its image is. */
  Optional<Waiting> barred(String container) {
    return Optional.ofNullable(barred.get(container));
  }

  /** Nothing is started any more once this returns and the lock is free. */
  void cancel() {
    cancelled = true;
  }

  /**
   * Does what can be done at once.
   *
   * @return whether nothing is left; otherwise {@link #finish} has to fetch images
   */
  boolean begin() {
    missing = round();
    return complete();
  }

  private boolean complete() {
    return missing.isEmpty() && barred.isEmpty();
  }

  /** Fetches what is missing and goes on, for as long as it takes or until it is cancelled. */
  void finish() throws InterruptedException {
    while (!cancelled && !complete()) {
      try {
        var next = fetch(missing);
        var another = clock.instant().plus(AFTER_FAILURE);
        pause(!barred.isEmpty() && another.isBefore(next) ? another : next);
        missing = round();
        trouble = Optional.empty();
      } catch (BackendException e) {
        trouble = Optional.of(new Waiting(Waiting.CREATE_ERROR, e.getMessage()));
        log.atWarn()
            .addKeyValue("group", group.id())
            .addKeyValue("failure", e.getMessage())
            .log("group could not be brought up, trying again");
        pause(clock.instant().plus(AFTER_FAILURE));
      }
    }
  }

  /** Fetches all of them and says when it is worth to go on: in the past if one was fetched. */
  private Instant fetch(List<Missing> images) throws InterruptedException {
    var next = Instant.MAX;
    for (var image : images) {
      if (cancelled) {
        return Instant.MIN;
      }
      var failure = pulls.fetch(image.member(), group.owner(), image.image(), image.policy());
      if (failure.isEmpty()) {
        fetched.add(image.member());
      }
      var again = failure.map(ImagePulls.Failure::again).orElse(Instant.MIN);
      next = again.isBefore(next) ? again : next;
    }
    return next;
  }

  private void pause(Instant until) throws InterruptedException {
    while (!cancelled && clock.instant().isBefore(until)) {
      Thread.sleep(Duration.ofMillis(500));
    }
  }

  private List<Missing> round() {
    lock.lock();
    try {
      return cancelled ? List.of() : bringUp();
    } finally {
      lock.unlock();
    }
  }

  private List<Missing> bringUp() {
    var found = inventory.read(group.id());
    if (found.filter(there -> there.stopped() || there.over()).isPresent()) {
      return List.of();
    }
    Optional<String> sandbox = Optional.empty();
    if (DockerRequests.sandboxed(group)) {
      // It has no container of the pod's to be reported at, so all of them tell what it lacks.
      var member = new Member(group.id(), group.containers().getFirst().name());
      switch (made(
          found.flatMap(FoundGroup::sandbox),
          requests.sandbox(group, acceptedAt),
          member,
          PullPolicy.IF_NOT_PRESENT)) {
        case Made.Lacking(var image) -> {
          return List.of(image);
        }
        case Made.There(var id, var fresh) -> {
          if (fresh) {
            fill(id);
          }
          engine.startSandbox(id);
          sandbox = Optional.of(id);
        }
      }
    }
    var addresses =
        group.asksForItsAddress() ? engine.addresses(sandbox.orElseThrow()) : List.<String>of();
    var engineFolder = engine.folder();
    var lacking = new ArrayList<Missing>();
    var violations = new HashMap<String, Waiting>();
    // None is started before all that can be made are: one that the engine refuses is a reason for
    // the whole group not to have run.
    var fresh = new LinkedHashMap<String, String>();
    var members = new ArrayList<SupervisedContainer>();
    for (var spec : group.containers()) {
      var latest = found.flatMap(there -> there.latest(spec.name()));
      var member = new Member(group.id(), spec.name());
      if (latest.isEmpty() && spec.pullPolicy() == PullPolicy.ALWAYS && !fetched.contains(member)) {
        lacking.add(new Missing(member, spec.image(), spec.pullPolicy()));
        members.add(absent(spec));
        continue;
      }
      var user = spec.security().dependsOnImage() ? imageUser(spec, member) : Optional.of("");
      if (user.isEmpty()) {
        lacking.add(new Missing(member, spec.image(), spec.pullPolicy()));
        members.add(absent(spec));
        continue;
      }
      var violation = NonRootRule.violation(group.id(), group.owner(), spec, user.get());
      if (latest.isEmpty() && violation.isPresent()) {
        violations.put(spec.name(), violation.get());
        // Its image may be another by the next time.
        fetched.remove(member);
        members.add(absent(spec));
        continue;
      }
      var request = requests.container(group, spec, user.get(), sandbox, engineFolder, acceptedAt);
      switch (made(latest, request.at(addresses), member, spec.pullPolicy())) {
        case Made.Lacking(var image) -> {
          lacking.add(image);
          members.add(absent(spec));
        }
        case Made.There(var id, var neverStarted) -> {
          if (neverStarted) {
            fresh.put(spec.name(), id);
          }
          var how = latest.isPresent() ? FoundGroup.how(latest) : new Latest.Made();
          members.add(
              new SupervisedContainer(
                  spec.name(), spec.part(), spec.restarts(), how, !spec.care().delaysStart()));
        }
      }
    }
    if (sandbox.isEmpty() && !fresh.isEmpty()) {
      fillThroughWriter(found.flatMap(FoundGroup::writer));
    }
    startThoseWhoseTurnItIs(members, fresh);
    if (sandbox.isEmpty()) {
      // Its only container holds the network itself.
      fresh.values().forEach(inventory::started);
    }
    barred = Map.copyOf(violations);
    return lacking;
  }

  private static SupervisedContainer absent(ContainerSpec spec) {
    return new SupervisedContainer(spec.name(), spec.part(), spec.restarts(), new Latest.Absent());
  }

  /** Nothing if the image is not there. */
  private Optional<String> imageUser(ContainerSpec spec, Member member) {
    try {
      return engine.images().user(spec.image());
    } catch (BackendException.Rejected e) {
      if (!DockerFailures.imageNameIsInvalid(e.getMessage())) {
        throw e;
      }
      pulls.nameIsInvalid(member, spec.image(), e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * For the first time, that is: restarts are the supervisor's.
   *
   * @param fresh the engine's ids of those that were never started
   */
  private void startThoseWhoseTurnItIs(
      List<SupervisedContainer> members, Map<String, String> fresh) {
    var view =
        new SupervisedGroup(
            group.id(), group.restartPolicy(), group.grace(), Optional.empty(), members);
    for (var step : GroupRule.next(view)) {
      if (step instanceof Step.Start(var name, _, var number, _)
          && number == 0
          && fresh.containsKey(name)) {
        startContainer(name, fresh.get(name));
      }
    }
  }

  /** What came of making a container. */
  private sealed interface Made {
    /**
     * @param fresh whether it was never started
     */
    record There(String id, boolean fresh) implements Made {}

    record Lacking(Missing image) implements Made {}
  }

  private Made made(
      Optional<FoundContainer> found, ContainerRequest request, Member member, PullPolicy policy) {
    if (found.isPresent()) {
      return new Made.There(found.get().id(), found.get().made());
    }
    try {
      return new Made.There(engine.create(request), true);
    } catch (DockerException e) {
      if (DockerFailures.imageIsMissing(e)) {
        return new Made.Lacking(new Missing(member, request.image(), policy));
      }
      var sentence = DockerFailures.sentence(e);
      if (DockerFailures.imageNameIsInvalid(sentence)) {
        pulls.nameIsInvalid(member, request.image(), sentence);
        return new Made.Lacking(new Missing(member, request.image(), policy));
      }
      throw DockerFailures.of(e);
    }
  }

  private void fill(String id) {
    if (!group.volumes().isEmpty()) {
      var archive =
          VolumeArchive.of(group.volumes(), group.surroundings().filesGroup(), clock.instant());
      engine.files().unpack(id, DockerRequests.VOLUMES, archive);
    }
    var files = group.containers().stream().map(spec -> LastWordsFiles.file(spec.name(), 0));
    engine.files().unpack(id, DockerRequests.VOLUMES, LastWordsFiles.archive(files));
  }

  private void fillThroughWriter(Optional<FoundContainer> found) {
    var member = new Member(group.id(), group.containers().getFirst().name());
    switch (made(found, requests.writer(group, acceptedAt), member, PullPolicy.NEVER)) {
      case Made.There(var id, _) -> {
        fill(id);
        engine.remove(id);
      }
      case Made.Lacking(var image) ->
          throw new BackendException.Unavailable(
              "the image %s was removed while its container was made".formatted(image.image()),
              null);
    }
  }

  private void startContainer(String name, String id) {
    engine
        .start(id)
        .ifPresent(
            failure ->
                log.atInfo()
                    .addKeyValue("group", group.id())
                    .addKeyValue("container", name)
                    .addKeyValue("failure", failure)
                    .log("container cannot be started"));
  }
}
