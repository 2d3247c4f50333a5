package io.virtualnodes.backend.fargate;

import java.util.Arrays;
import java.util.Optional;

/**
 * Why the operator had a task stopped. ECS keeps these words with the task for as long as it shows
 * it, so that the process that comes after this one knows.
 */
enum StopReason {
  /** Its group was asked to stop, and stays as it ended. */
  STOPPED("virtualnodes: stopped"),
  /** Its group is not there any more. */
  DELETED("virtualnodes: deleted"),
  /** All that its group was there for is done. */
  OVER("virtualnodes: over"),
  /** One of its containers is to be started again, for which there has to be another task. */
  STARTED_AGAIN("virtualnodes: started again");

  private final String words;

  StopReason(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  /**
   * @param stoppedReason of a task; others have reasons too
   */
  static Optional<StopReason> of(String stoppedReason) {
    return Arrays.stream(values()).filter(one -> one.words.equals(stoppedReason)).findFirst();
  }
}
