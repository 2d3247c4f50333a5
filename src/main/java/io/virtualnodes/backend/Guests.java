package io.virtualnodes.backend;

import io.virtualnodes.backend.ContainerGroup.ContainerSpec;
import java.util.Optional;

/**
 * Containers that join a group that runs, for people who look for a fault in it. They share its
 * network, are never started again, end with it, and do not count for its end.
 */
public interface Guests {

  /**
   * Asks for one and returns once it is accepted; its image may still have to be fetched. It is
   * observed as one of {@link Observation#guests}. Asking again for a name that has been started
   * changes nothing; for one that has not, it is tried again. A group that has ended gets none. One
   * that must not be started as it is, is observed as waiting, with why.
   */
  void admit(GroupId id, Guest guest);

  /**
   * A container that is to join.
   *
   * @param container what it runs; it mounts nothing
   * @param target the container of the group whose processes it sees as its own; empty: none's
   */
  record Guest(ContainerSpec container, Optional<String> target) {}
}
