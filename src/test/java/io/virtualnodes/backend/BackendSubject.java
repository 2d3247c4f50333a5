package io.virtualnodes.backend;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A pool of its own at a backend, with the service behind it, as {@link BackendContract} handles
 * them. Closing it leaves nothing at the service.
 */
public interface BackendSubject extends AutoCloseable {

  /** The pool's name. */
  String pool();

  /** The backend as it is now: another object after {@link #restart}. */
  Backend backend();

  /** The operator ends and another begins: what only its memory held is lost. */
  void restart();

  /** Another pool at the same service, which is closed with this one. */
  BackendSubject neighbour();

  /** An image that the service cannot get, and says so without delay. */
  String missingImage();

  /** Whether it fetches images; otherwise a group with one that is not there is refused. */
  default boolean fetchesImages() {
    return true;
  }

  /** Whether {@link Streams#logs} is something that this backend can do. */
  boolean showsLogs();

  /** Whether groups may have sidecars among their init containers; otherwise they are refused. */
  default boolean runsSidecars() {
    return true;
  }

  /** Whether a container may have restarts of its own; otherwise that is refused. */
  default boolean keepsOwnRestarts() {
    return true;
  }

  /**
   * Whether one container that is started again starts all of its group again, init containers
   * first.
   */
  default boolean restartsGroupsAsAWhole() {
    return false;
  }

  /** Whether what listens at a group's address can be reached from here. */
  default boolean reachesAddresses() {
    return true;
  }

  /** The time that a stopped group has, where the service does not let it be said. */
  default Optional<Duration> ownGrace() {
    return Optional.empty();
  }

  /** How many groups of this id the service holds, by its own account. */
  int copies(GroupId id);

  /** The time at the service. */
  Instant now();

  /**
   * The time by which the backend goes is set forward. What runs at a service with a clock of its
   * own does not age by it.
   */
  void pass(Duration time);

  /**
   * Lists until the group is as wanted, for as long as that may take.
   *
   * @throws RuntimeException if it does not come to be
   */
  Observation await(GroupId id, Predicate<Observation> wanted);

  /**
   * Does something while the answer to one request to the service gets lost: the service has done
   * it, and the backend does not hear of it.
   *
   * @param nth of the requests that change something; 1 is the first
   * @return whether there were that many
   */
  boolean losingAnswer(int nth, Runnable requests);

  /** From now on the service cannot be reached. What runs there goes on. */
  void cutOff();

  /** It can be reached again. */
  void reconnect();

  @Override
  void close();
}
