package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.util.List;

/** What the {@link Supervisor} needs of a backend. Calls block, and may overlap. */
public interface SupervisedRuntime {

  /**
   * Every group to supervise, read anew.
   *
   * @throws io.virtualnodes.backend.BackendException if that cannot be told now
   */
  List<SupervisedGroup> look();

  /**
   * Brings up instance {@code number} of a container; any but the first in the place of the one
   * before it: a fresh file system, the same volumes and address. Returns when it runs, when it
   * turned out that it cannot be started, or when {@link GroupRule} no longer asks for it: it was
   * started, or the group was stopped or removed meanwhile.
   *
   * @param backOff is stored with the instance, for {@link EndedInstance#backOff}
   * @throws io.virtualnodes.backend.BackendException if it may or may not have been done; it will
   *     be asked again
   */
  void start(GroupId id, String container, int number, Duration backOff);

  /**
   * Asks a container to end, and has it killed after {@code grace}. Returns once that is handed
   * over. One that has ended, or is gone, is success.
   *
   * @throws io.virtualnodes.backend.BackendException if it may or may not have been handed over; it
   *     will be asked again
   */
  void end(GroupId id, String container, Duration grace);
}
