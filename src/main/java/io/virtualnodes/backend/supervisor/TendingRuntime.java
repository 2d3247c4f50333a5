package io.virtualnodes.backend.supervisor;

import io.virtualnodes.backend.supervisor.TendedContainer.Instance;
import io.virtualnodes.backend.supervisor.TendedContainer.Milestone;
import java.time.Duration;
import java.util.List;

/** What the {@link Caretaker} needs of a backend. Calls block, and may overlap. */
public interface TendingRuntime {

  /** What became of a command. */
  sealed interface Executed {
    /**
     * @param output standard output and standard error, as far as {@code longest} allowed
     */
    record Ended(int code, String output) implements Executed {}

    /** It did not end in time; it may still run. */
    record TimedOut() implements Executed {}

    /** The container has no such command, or does not run any more. */
    record NotBegun(String why) implements Executed {}
  }

  /**
   * Runs a command in a container and waits for its end.
   *
   * @param longest how many bytes of the output are kept
   * @throws io.virtualnodes.backend.BackendException if it is not known what became of it
   */
  Executed execute(String runtimeId, List<String> command, Duration timeout, int longest)
      throws InterruptedException;

  /**
   * Puts on record what an instance got to, for the next process to find. Doing it again, or for
   * one that is gone, is harmless.
   *
   * @throws io.virtualnodes.backend.BackendException if it may or may not have been done
   */
  void record(Instance instance, Milestone milestone);

  /**
   * Asks a container to end at once, and has it killed after {@code grace}; the end is not waited
   * for. One that has ended, or is gone, is success.
   *
   * @throws io.virtualnodes.backend.BackendException if it may or may not have been handed over
   */
  void stop(String runtimeId, Duration grace);

  /** A list would show something else now. */
  void changed();
}
