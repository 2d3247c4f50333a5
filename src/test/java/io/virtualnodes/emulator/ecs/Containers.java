package io.virtualnodes.emulator.ecs;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs single containers for tasks. What waits for what, what is started again and what ends a task
 * is not its business. Calls come one at a time and must not take long; what takes long goes on by
 * itself and is seen by looking.
 */
public interface Containers extends AutoCloseable {

  /**
   * One run of one container.
   *
   * @param task the id of its task
   * @param place of the container in its task's definition
   * @param number how many runs came before it
   */
  record Run(String task, int place, String container, int number) {}

  /** Where the images of a task are. */
  sealed interface Pull {
    record Going() implements Pull {}

    record Done() implements Pull {}

    /**
     * @param message what the registry or the engine said
     */
    record Failed(String message) implements Pull {}
  }

  /** How a run is. */
  sealed interface State {
    record Starting() implements State {}

    /**
     * @param digest of its image; empty if it has none
     * @param healthy what its health check says; empty if it has none, or has not said anything yet
     */
    record Running(Instant since, Optional<String> digest, Optional<Boolean> healthy)
        implements State {}

    /**
     * @param digest of its image; empty if it has none
     */
    record Exited(int code, boolean outOfMemory, Optional<String> digest, Instant since, Instant at)
        implements State {}

    /** It could not be started. */
    record Failed(String message, Instant at) implements State {}
  }

  /** A line of a log, without its end. */
  record Line(Instant at, String text) {}

  /** A user and a password for a registry. */
  record Login(String user, String password) {
    @Override
    public String toString() {
      return "Login[hidden]";
    }
  }

  /** Starts to fetch an image, or says how far that is. */
  Pull pull(String image, Optional<Login> login);

  /**
   * A volume of a task.
   *
   * @param shared a word by which several tasks see the same; empty: the task's own
   */
  record TaskVolume(String name, Optional<String> shared) {}

  /** Makes what the containers of a task share: a network and volumes. Asking again is harmless. */
  void prepare(String task, List<TaskVolume> volumes);

  /** The address of a task; empty while it has none. */
  Optional<String> address(String task);

  /**
   * Starts a run.
   *
   * @param environment all variables, with the values of secrets
   */
  void start(Run run, ContainerPlan plan, Map<String, String> environment);

  /** All runs of all tasks that were not removed. */
  Map<Run, State> look();

  /** Asks a run to end, and kills it after {@code grace}. */
  void stop(Run run, Duration grace);

  /** A run ends at once, and looks as if it had used more memory than it may. */
  void runOutOfMemory(Run run);

  /** All that a run has written so far. */
  List<Line> log(Run run);

  /** Removes all that is left of a task. */
  void remove(String task);

  @Override
  void close();
}
