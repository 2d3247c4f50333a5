package io.virtualnodes.backend.docker;

import com.github.dockerjava.api.exception.DockerException;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.docker.FoundContainer.Status;
import io.virtualnodes.backend.docker.ImagePulls.Member;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one group up: the sandbox, the volumes' content, then each container whose image is there.
 * Every step finds what an earlier attempt left, so that a launch may be repeated after any
 * failure.
 *
 * <p>One thread at a time works on it; {@link #cancel} may come from another.
 */
final class GroupLaunch {
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Logger log = LoggerFactory.getLogger(GroupLaunch.class);

  private final ContainerGroup group;
  private final Instant acceptedAt;
  private final DockerEngine engine;
  private final DockerRequests requests;
  private final ImagePulls pulls;
  private final Lock lock;
  private final InstantSource clock;
  // Images of policy Always that this launch has fetched, by member.
  private final Set<Member> fetched = new HashSet<>();
  private volatile boolean cancelled;

  /**
   * @param lock keeps this launch and the group's end apart; held during each round, not during
   *     pulls
   */
  GroupLaunch(
      ContainerGroup group,
      DockerEngine engine,
      DockerRequests requests,
      ImagePulls pulls,
      Lock lock,
      InstantSource clock) {
    this.group = group;
    this.acceptedAt = clock.instant();
    this.engine = engine;
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
    return round().isEmpty();
  }

  /** Fetches what is missing and goes on, for as long as it takes or until it is cancelled. */
  void finish() throws InterruptedException {
    var missing = new ArrayList<Missing>();
    while (!cancelled) {
      try {
        missing.clear();
        missing.addAll(round());
        if (missing.isEmpty()) {
          return;
        }
        pause(fetch(missing));
      } catch (BackendException e) {
        log.atWarn()
            .addKeyValue("group", group.id())
            .addKeyValue("failure", e.getMessage())
            .log("group could not be brought up, trying again");
        pause(clock.instant().plus(AFTER_FAILURE));
      }
    }
  }

  /** Fetches all of them and says when it is worth to go on: in the past if one was fetched. */
  private Instant fetch(List<Missing> missing) throws InterruptedException {
    var next = Instant.MAX;
    for (var image : missing) {
      if (cancelled) {
        return Instant.MIN;
      }
      var failure = pulls.fetch(image.member(), image.image(), image.policy());
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
    Optional<String> sandbox = Optional.empty();
    if (DockerRequests.sandboxed(group)) {
      var request = requests.sandbox(group, acceptedAt);
      // It has no container of the pod's to be reported at, so all of them tell what it lacks.
      var member = new Member(group.id(), group.containers().getFirst().name());
      switch (made(request, member, PullPolicy.IF_NOT_PRESENT)) {
        case Made.Lacking(var image) -> {
          return List.of(image);
        }
        case Made.There(var id, var fresh) -> {
          if (fresh) {
            fill(id);
          }
          startSandbox(id);
          sandbox = Optional.of(id);
        }
      }
    }
    var missing = new ArrayList<Missing>();
    var filled = sandbox.isPresent();
    for (var spec : group.containers()) {
      var member = new Member(group.id(), spec.name());
      if (spec.pullPolicy() == PullPolicy.ALWAYS && !fetched.contains(member)) {
        missing.add(new Missing(member, spec.image(), spec.pullPolicy()));
        continue;
      }
      switch (made(
          requests.container(group, spec, sandbox, acceptedAt), member, spec.pullPolicy())) {
        case Made.Lacking(var image) -> missing.add(image);
        case Made.There(var id, var fresh) -> {
          if (fresh && !filled && !group.volumes().isEmpty()) {
            fillThroughWriter();
            filled = true;
          }
          if (fresh) {
            startContainer(id, spec);
          }
        }
      }
    }
    return missing;
  }

  /** What came of making a container. */
  private sealed interface Made {
    /**
     * @param fresh whether it was never started
     */
    record There(String id, boolean fresh) implements Made {}

    record Lacking(Missing image) implements Made {}
  }

  private Made made(ContainerRequest request, Member member, PullPolicy policy) {
    try {
      return new Made.There(engine.create(request), true);
    } catch (DockerException e) {
      if (e.getHttpStatus() == 409) {
        return found(request, e);
      }
      if (DockerFailures.imageIsMissing(e)) {
        return new Made.Lacking(new Missing(member, request.image(), policy));
      }
      if (DockerFailures.imageNameIsInvalid(e)) {
        pulls.invalidName(member, request.image(), DockerFailures.sentence(e));
        return new Made.Lacking(new Missing(member, request.image(), policy));
      }
      throw DockerFailures.of(e);
    }
  }

  /** The name is taken: by an earlier attempt, unless somebody else uses our names. */
  private Made found(ContainerRequest request, DockerException conflict) {
    var inspected = engine.inspect(request.name()).orElseThrow(() -> DockerFailures.of(conflict));
    boolean ours =
        Marks.of(inspected.getConfig().getLabels())
            .filter(marks -> marks.group().equals(group.id()))
            .isPresent();
    if (!ours) {
      throw new BackendException.Rejected(
          "the engine has a container %s that is not this operator's".formatted(request.name()),
          conflict);
    }
    return new Made.There(
        inspected.getId(), DockerObservations.status(inspected) instanceof Status.Made);
  }

  private void fill(String id) {
    if (!group.volumes().isEmpty()) {
      engine.unpack(id, DockerRequests.VOLUMES, VolumeArchive.of(group.volumes()));
    }
  }

  private void fillThroughWriter() {
    var member = new Member(group.id(), group.containers().getFirst().name());
    switch (made(requests.writer(group, acceptedAt), member, PullPolicy.NEVER)) {
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

  private void startSandbox(String id) {
    try {
      engine.start(id);
    } catch (DockerException e) {
      engine.remove(id);
      throw DockerFailures.of(e);
    }
  }

  /**
   * A container that cannot be started for its own fault stays and says so, as one that ran and
   * failed. For the engine's faults it goes away, so that it does not look like that.
   */
  private void startContainer(String id, ContainerSpec spec) {
    try {
      engine.start(id);
    } catch (DockerException e) {
      if (DockerFailures.liesInTheContainer(DockerFailures.sentence(e))) {
        log.atInfo()
            .addKeyValue("group", group.id())
            .addKeyValue("container", spec.name())
            .addKeyValue("failure", DockerFailures.sentence(e))
            .log("container cannot be started");
        return;
      }
      engine.remove(id);
      throw DockerFailures.of(e);
    }
  }
}
