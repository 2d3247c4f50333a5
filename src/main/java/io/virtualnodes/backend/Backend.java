package io.virtualnodes.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A service that runs groups. Calls block, are made on virtual threads and may overlap, also for
 * one group. Every call ends within a bounded time. Failures are {@link BackendException}s and
 * nothing else.
 */
public interface Backend extends AutoCloseable {

  /** What the translator may use, and how to ask. Asks nobody. */
  Capabilities capabilities();

  /**
   * Asks for a group and returns once it is accepted; its images may still have to be fetched.
   * Asking again for an id that is there changes nothing; for one that is {@link
   * Observation.Progress#PARTIAL} it does what was left undone.
   *
   * @throws BackendException.Unavailable if it may or may not have been accepted
   */
  void create(ContainerGroup group);

  /**
   * Lets a group end: its containers are asked to stop, and killed after {@code grace}. Returns
   * once the request is accepted, not when they ended. Asking again is harmless; a shorter grace
   * replaces a longer one. Already finished or gone is success. Afterwards the group is not
   * restarted, and stays listed as finished until {@link #delete}, where the backend can keep it.
   */
  void stop(GroupId id, Duration grace);

  /**
   * Removes all that is left of a group, with its volumes and logs, without any grace. {@link
   * ContainerGroup.Volume.Claimed} volumes stay. Already gone is success. Only groups that carry
   * our marks and belong to this pool are touched.
   */
  void delete(GroupId id);

  /**
   * Removes what groups of this pool had in common, such as what their Secrets said: its last group
   * is gone and no other will come. Asking again is harmless. A backend whose groups share nothing
   * does nothing.
   *
   * @throws BackendException if something is left, or may be
   */
  default void removeShared() {}

  /**
   * Every group of this pool with its containers' states, in one sweep.
   *
   * <p>May lag the service: a group created a moment ago can be missing, so callers trust an
   * absence only if the call began {@link Capabilities#settling} after their own last request. What
   * could not be read of one group leaves that observation as it was and does not fail the sweep.
   *
   * @throws BackendException.Unavailable if any page failed; half a sweep would read as deletions
   */
  List<Observation> list();

  /**
   * Calls {@code listener} when something may have changed. A hint only: it may come late, twice,
   * or never.
   */
  void onChange(Runnable listener);

  /**
   * From whom to hear as whom images are fetched; until then they are fetched as nobody. A backend
   * that fetches none never asks.
   */
  default void useLogins(RegistryLogins logins) {}

  /**
   * Calls {@code listener} with what happens to containers and no list shows. At most once each,
   * and not again after a restart of the process; the listener must not block for long. A backend
   * that learns of no such thing never calls it.
   */
  default void onIncident(Consumer<Incident> listener) {}

  /**
   * What probes came to that are carried out from here, of groups that are there; asks nobody. A
   * service that probes by itself does not tell.
   */
  default List<ProbeTally> probes() {
    return List.of();
  }

  /** What people see of a running group. */
  Streams streams();

  /** How files of running groups are changed; empty if they stay as they were made. */
  default Optional<LiveFiles> liveFiles() {
    return Optional.empty();
  }

  /** How containers are added to running groups; empty if none can be. */
  default Optional<Guests> guests() {
    return Optional.empty();
  }

  /** How volumes are removed that outlive groups; empty if none does. */
  default Optional<Volumes> volumes() {
    return Optional.empty();
  }

  /** What may be started here in all; empty if the service does not say. */
  Optional<Quota> quota();

  /** Ends connections and threads; groups go on. */
  @Override
  void close();
}
