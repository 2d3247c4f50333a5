package io.virtualnodes.pod;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.virtualnodes.backend.BackOff;
import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.BackendException.Denied;
import io.virtualnodes.backend.BackendException.NoCapacity;
import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unavailable;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.ContainerState.Waiting;
import io.virtualnodes.pod.MissingInput.Use;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** What follows for a pod when its group could not be made: one table for all backends. */
public final class PodFailure {
  /** What a container's variables refer to cannot be had. */
  static final String CONFIG_ERROR = Waiting.CONFIG_ERROR;

  private static final String UNAVAILABLE = "BackendUnavailable";
  private static final String NO_CAPACITY = "NoCapacity";
  private static final String DENIED = "BackendDenied";
  private static final String REJECTED = "Rejected";
  private static final String UNSUPPORTED = "Unsupported";
  private static final String FAILED_MOUNT = "FailedMount";

  /** Every reason that there is, CamelCase: people count by them. */
  public static final Set<String> REASONS =
      Set.of(UNAVAILABLE, NO_CAPACITY, DENIED, REJECTED, UNSUPPORTED, FAILED_MOUNT, CONFIG_ERROR);

  private static final BackOff BACK_OFF =
      new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(60));
  // Somebody is about to make what is missing, and each look is a read or two.
  private static final BackOff INPUT_BACK_OFF =
      new BackOff(Duration.ofSeconds(1), Duration.ofSeconds(15));
  private static final Duration AT_ONCE = Duration.ofSeconds(2);
  private static final Duration CAPACITY_RETRY = Duration.ofSeconds(60);
  private static final Duration DENIED_RETRY = Duration.ofSeconds(60);

  // Each of these makes another pod at once when one fails, and none of them backs off. "Job" does.
  private static final Set<String> REPLACED_AT_ONCE =
      Set.of("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet");

  private PodFailure() {}

  /**
   * The consequence for one pod.
   *
   * @param reason one of {@link #REASONS}, as shown in the STATUS column
   * @param message for people: what happened and what to do
   * @param fails whether the pod ends as Failed; otherwise it stays Pending
   * @param retryAfter empty if asking again is pointless
   * @param event as what the pod's owner is told
   */
  record Consequence(
      String reason,
      String message,
      boolean fails,
      Optional<Duration> retryAfter,
      PodEventReason event) {

    /** Told by its own reason. */
    Consequence(String reason, String message, boolean fails, Optional<Duration> retryAfter) {
      this(reason, message, fails, retryAfter, PodEventReason.of(reason));
    }

    Consequence {
      if (!REASONS.contains(reason)) {
        throw new IllegalArgumentException("no reason that anybody knows: " + reason);
      }
    }

    /**
     * Whether the pod's owner is told. A first miss that is tried again at once is no news: the API
     * server learns of a new pod's references a moment late.
     *
     * @param tries how many launches of this pod have failed in a row, this one included
     */
    boolean isNews(int tries) {
      return tries > 1 || retryAfter.filter(wait -> wait.compareTo(AT_ONCE) <= 0).isEmpty();
    }
  }

  /**
   * @param tries how many launches of this pod have failed in a row, this one included
   */
  static Consequence of(BackendException failure, Pod pod, int tries) {
    return switch (failure) {
      case Unavailable unavailable ->
          waits(
              UNAVAILABLE,
              "The backend could not be asked; trying again. It said: " + failure.getMessage(),
              longer(BACK_OFF.after(tries), unavailable.retryAfter().orElse(Duration.ZERO)));
      case NoCapacity _ ->
          waits(
              NO_CAPACITY,
              "No room at the backend; trying again every minute. It said: " + failure.getMessage(),
              CAPACITY_RETRY);
      case Denied _ ->
          waits(
              DENIED,
              "The backend refuses the pool's settings or credentials; the pool's owner must act."
                  + " It said: "
                  + failure.getMessage(),
              DENIED_RETRY);
      case Rejected _ ->
          never(REJECTED, "The backend refuses this pod: " + failure.getMessage(), pod);
      case Unsupported _ ->
          never(UNSUPPORTED, "Cannot run on a virtual node: " + failure.getMessage(), pod);
    };
  }

  /** Something that the pod refers to cannot be had yet; the reasons are the kubelet's. */
  static Consequence missingInput(MissingInput missing, int tries) {
    var reason =
        switch (missing.use()) {
          case Use.OfVolume _ -> FAILED_MOUNT;
          case Use.OfEnvironment _ -> CONFIG_ERROR;
        };
    return new Consequence(
        reason,
        missing.getMessage(),
        false,
        Optional.of(INPUT_BACK_OFF.after(tries)),
        missing.event().orElseGet(() -> PodEventReason.of(reason)));
  }

  private static Consequence waits(String reason, String message, Duration retryAfter) {
    return new Consequence(reason, message, false, Optional.of(retryAfter));
  }

  private static Consequence never(String reason, String message, Pod pod) {
    return new Consequence(reason, message, endsFor(pod), Optional.empty());
  }

  /** Whether failing this pod ends something, instead of making the next pod at once. */
  static boolean endsFor(Pod pod) {
    return PodOwners.controller(pod)
        .map(OwnerReference::getKind)
        .filter(REPLACED_AT_ONCE::contains)
        .isEmpty();
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }
}
