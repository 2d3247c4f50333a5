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
   * @param reason one of those below, or another of a kubelet's
   * @param message for people; may be empty
   */
  record Waiting(String reason, String message) implements ContainerState {
    /** The kubelet's word for everything before the first start. */
    public static final String CREATING = "ContainerCreating";

    /** Its image could not be fetched just now, or that waits for its turn. */
    public static final String PULL_FAILED = "ErrImagePull";

    public static final String PULL_BACK_OFF = "ImagePullBackOff";

    /** Its image is not there, and must not be fetched. */
    public static final String NEVER_PULLED = "ErrImageNeverPull";

    public static final String INVALID_IMAGE_NAME = "InvalidImageName";

    /** What it refers to cannot be had, or it must not run as it is. */
    public static final String CONFIG_ERROR = "CreateContainerConfigError";

    /** It could not be made. */
    public static final String CREATE_ERROR = "CreateContainerError";

    /** It ended and is started again later. */
    public static final String CRASH_LOOP = "CrashLoopBackOff";
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
      implements ContainerState {
    /** Its command could not be started. */
    public static final String START_ERROR = "StartError";
  }
}
