package io.virtualnodes.backend;

import java.util.Optional;

/**
 * What a container needs of whoever looks after it, beside its starts.
 *
 * @param startup until it passes, no other probe runs, and the container has not started up
 * @param liveness if it fails, the container is ended
 * @param readiness while it does not pass, the container is not ready
 * @param postStart done after each start; until it is done the container counts as being created
 * @param preStop done before it is asked to end, within the time that it has for that
 * @param stopSignal by which it is asked to end, such as SIGUSR1; empty: as its image says
 */
public record Care(
    Optional<Probe> startup,
    Optional<Probe> liveness,
    Optional<Probe> readiness,
    Optional<Action> postStart,
    Optional<Action> preStop,
    Optional<String> stopSignal) {

  /** It is left to itself. */
  public static final Care NONE =
      new Care(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** Whether a container that runs may still have to get somewhere before it has started up. */
  public boolean delaysStart() {
    return postStart.isPresent() || startup.isPresent();
  }

  /** Whether somebody has to look after it while it runs. */
  public boolean goesOn() {
    return delaysStart() || liveness.isPresent() || readiness.isPresent();
  }
}
