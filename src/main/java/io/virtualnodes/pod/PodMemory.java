package io.virtualnodes.pod;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Unavailable;
import java.time.Instant;
import java.util.Optional;

/**
 * What this process remembers of one pod between two looks. Losing it costs a second look and
 * nothing else: everything that matters stands at the API server and at the backend.
 *
 * @param asked when the backend was last asked for something about this pod's group; before the
 *     first request, since when nobody else can have asked
 * @param trouble the failure that keeps the pod from starting
 * @param stopBy the deadline of the stop that was asked for
 * @param reported the status that was last written
 * @param removed when the API server was last asked to remove the pod
 * @param setbacks how many requests in a row to stop or delete the group have failed
 */
record PodMemory(
    Instant asked,
    Optional<Trouble> trouble,
    Optional<Instant> stopBy,
    Optional<Reported> reported,
    Optional<Instant> removed,
    int setbacks) {

  /**
   * A failed launch.
   *
   * @param tries how many launches failed in a row
   * @param retryAt empty if asking again is pointless
   */
  record Trouble(PodFailure.Consequence consequence, int tries, Optional<Instant> retryAt) {}

  /** A status that was written, and the version that the API server gave it. */
  record Reported(PodStatusReport report, String resourceVersion) {}

  static PodMemory seenAt(Instant now) {
    return new PodMemory(
        now, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0);
  }

  PodMemory askedAt(Instant now) {
    return new PodMemory(now, trouble, stopBy, reported, removed, 0);
  }

  PodMemory launched(Instant now) {
    return new PodMemory(now, Optional.empty(), stopBy, reported, removed, 0);
  }

  /**
   * After a launch that failed. What was not asked for needs no later list to prove that it did not
   * happen: pods that wait for their turn would miss it.
   */
  PodMemory failedAt(Instant now, BackendException failure) {
    return failure instanceof Unavailable unavailable && !unavailable.wasAsked()
        ? this
        : askedAt(now);
  }

  PodMemory troubled(Trouble newTrouble) {
    return new PodMemory(asked, Optional.of(newTrouble), stopBy, reported, removed, setbacks);
  }

  PodMemory stopping(Instant now, Instant deadline) {
    return new PodMemory(now, trouble, Optional.of(deadline), reported, removed, 0);
  }

  PodMemory reported(PodStatusReport report, String resourceVersion) {
    return new PodMemory(
        asked,
        trouble,
        stopBy,
        Optional.of(new Reported(report, resourceVersion)),
        removed,
        setbacks);
  }

  PodMemory removedAt(Instant now) {
    return new PodMemory(asked, trouble, stopBy, reported, Optional.of(now), setbacks);
  }

  PodMemory setBack() {
    return new PodMemory(asked, trouble, stopBy, reported, removed, setbacks + 1);
  }
}
