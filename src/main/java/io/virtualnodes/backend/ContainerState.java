package io.virtualnodes.backend;

import java.time.Instant;

/**
 * What one container was doing at one instant. Reasons keep the kubelet's spelling, since people
 * and tools match on them.
 */
public sealed interface ContainerState {

  /**
   * Not started, or not started again.
   *
   * @param reason such as ContainerCreating, ErrImagePull, ImagePullBackOff, CrashLoopBackOff
   * @param message for people; may be empty
   */
  record Waiting(String reason, String message) implements ContainerState {
    /** The kubelet's word for everything before the first start. */
    public static final String CREATING = "ContainerCreating";
  }

  record Running(Instant since) implements ContainerState {}

  /**
   * Ended.
   *
   * @param code the exit code; 128 + n where signal n ended it
   * @param reason Completed, Error, OOMKilled, StartError
   * @param message for people; may be empty
   */
  record Exited(int code, String reason, String message, Instant since, Instant at)
      implements ContainerState {}
}
