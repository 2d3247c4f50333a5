package io.virtualnodes.pod;

import io.virtualnodes.backend.BackendException;
import java.time.Duration;

/**
 * Is told how launches go: what a failure means beyond its pod is the pool's business, and so is
 * how long they take. Must not block.
 */
public interface LaunchListener {

  /**
   * A group was accepted.
   *
   * @param waited from the pod's scheduling until the backend was asked this time
   * @param asked from then until it accepted
   */
  void launched(Duration waited, Duration asked);

  /**
   * The status of a pod first says that it runs, or ran. Not called for one that was accepted by an
   * earlier process.
   *
   * @param accepted since its group was accepted
   * @param scheduled since it was scheduled
   */
  void running(Duration accepted, Duration scheduled);

  /** The backend did not accept a group. */
  void failed(BackendException failure);

  /**
   * A pod was not started, be it that the backend said so or that it was not even asked.
   *
   * @param reason that of the pod's event
   */
  void troubled(String reason);
}
