package io.virtualnodes.backend.docker;

import io.virtualnodes.backend.BackOff;
import io.virtualnodes.backend.ContainerGroup.PullPolicy;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.GroupOwner;
import io.virtualnodes.backend.RegistryLogin;
import io.virtualnodes.backend.RegistryLogins;
import io.virtualnodes.backend.docker.ImageCalls.ImageNotFetched;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * Fetches images as a kubelet does: a failure is told, and tried again after a back-off that is
 * each container's own, so that a corrected image does not wait for somebody else's mistake.
 */
final class ImagePulls {
  // The kubelet's: ten seconds, doubled up to five minutes.
  private static final BackOff BACK_OFF =
      new BackOff(Duration.ofSeconds(10), Duration.ofMinutes(5));
  // How long a failure shows as such before the wait for the next try does.
  private static final Duration SHOWN = Duration.ofSeconds(5);
  private static final int PULLS_AT_ONCE = 4;

  private final DockerEngine engine;
  private final InstantSource clock;
  private final Semaphore pulls = new Semaphore(PULLS_AT_ONCE, true);
  private final Map<Member, Failure> failures = new ConcurrentHashMap<>();
  private volatile RegistryLogins logins = RegistryLogins.NONE;

  /** A container of a group. */
  record Member(GroupId group, String container) {}

  /**
   * Why a container's image is not there.
   *
   * @param reason the kubelet's word
   * @param times how often in a row
   */
  record Failure(String reason, String image, String message, int times, Instant at) {

    Instant again() {
      return at.plus(BACK_OFF.after(times));
    }

    /** How the container is reported. */
    Waiting waiting(Instant now) {
      return reason.equals(Waiting.PULL_FAILED) && now.isAfter(at.plus(SHOWN))
          ? new Waiting(
              Waiting.PULL_BACK_OFF, "Back-off pulling image \"%s\": %s".formatted(image, message))
          : new Waiting(reason, message);
    }
  }

  ImagePulls(DockerEngine engine, InstantSource clock) {
    this.engine = engine;
    this.clock = clock;
  }

  void use(RegistryLogins registryLogins) {
    logins = registryLogins;
  }

  /**
   * Makes sure that an image is there, and blocks meanwhile. After a failure nothing is tried again
   * before {@link Failure#again}.
   *
   * @return why it is not
   */
  Optional<Failure> fetch(Member member, GroupOwner owner, String image, PullPolicy policy)
      throws InterruptedException {
    var before =
        Optional.ofNullable(failures.get(member))
            .filter(failure -> failure.image().equals(image))
            .filter(failure -> failure.again().isAfter(clock.instant()));
    if (before.isPresent()) {
      return before;
    }
    var failure = attempt(member, owner, image, policy);
    failure.ifPresentOrElse(
        missing -> failures.put(member, missing), () -> failures.remove(member));
    return failure;
  }

  private Optional<Failure> attempt(
      Member member, GroupOwner owner, String image, PullPolicy policy)
      throws InterruptedException {
    // Who needs no pull does not wait for those of others.
    if (policy != PullPolicy.ALWAYS && engine.images().has(image)) {
      return Optional.empty();
    }
    if (policy == PullPolicy.NEVER) {
      return Optional.of(
          failure(
              member,
              Waiting.NEVER_PULLED,
              image,
              "Container image \"%s\" is not present with pull policy of Never".formatted(image)));
    }
    pulls.acquire();
    try {
      // Another container may have fetched it while this one waited.
      if (policy != PullPolicy.IF_NOT_PRESENT || !engine.images().has(image)) {
        pull(member, owner, image);
      }
      return Optional.empty();
    } catch (ImageNotFetched e) {
      return Optional.of(
          DockerFailures.imageNameIsInvalid(e.getMessage())
              ? invalidName(member, image, e.getMessage())
              : failure(
                  member,
                  Waiting.PULL_FAILED,
                  image,
                  "failed to pull image \"%s\": %s".formatted(image, e.getMessage())));
    } finally {
      pulls.release();
    }
  }

  /** With each login in turn, until the registry accepts one. */
  private void pull(Member member, GroupOwner owner, String image)
      throws ImageNotFetched, InterruptedException {
    var refusals = new ArrayList<String>();
    for (var login : logins(member, owner, image)) {
      try {
        engine.images().pull(image, Optional.of(login));
        return;
      } catch (ImageNotFetched e) {
        refusals.add(e.getMessage());
      }
    }
    if (refusals.isEmpty()) {
      engine.images().pull(image, Optional.empty());
    } else {
      throw new ImageNotFetched(String.join("; ", new LinkedHashSet<>(refusals)));
    }
  }

  private List<RegistryLogin> logins(Member member, GroupOwner owner, String image)
      throws ImageNotFetched {
    try {
      return logins.of(member.group(), owner, image);
    } catch (RegistryLogins.Unreadable e) {
      throw new ImageNotFetched(e.getMessage());
    }
  }

  /** A name that no engine understands is no matter of fetching, but is told and tried alike. */
  void nameIsInvalid(Member member, String image, String message) {
    failures.put(member, invalidName(member, image, message));
  }

  private Failure invalidName(Member member, String image, String message) {
    return failure(
        member,
        Waiting.INVALID_IMAGE_NAME,
        image,
        "couldn't parse image name \"%s\": %s".formatted(image, message));
  }

  private Failure failure(Member member, String reason, String image, String message) {
    int before = Optional.ofNullable(failures.get(member)).map(Failure::times).orElse(0);
    return new Failure(reason, image, message, before + 1, clock.instant());
  }

  Optional<Waiting> waiting(Member member) {
    return Optional.ofNullable(failures.get(member))
        .map(failure -> failure.waiting(clock.instant()));
  }

  /** Forgets the failures of all other groups. */
  void retain(Predicate<GroupId> groups) {
    failures.keySet().removeIf(member -> !groups.test(member.group()));
  }
}
