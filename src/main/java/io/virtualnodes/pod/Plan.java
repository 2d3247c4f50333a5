package io.virtualnodes.pod;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The one next step for one pod. */
public sealed interface Plan {

  /** Ask the backend for the pod's group. */
  record Launch() implements Plan {}

  /** Write this status. */
  record Report(PodStatusReport report) implements Plan {}

  /** Let the group end; its containers are killed at {@code deadline}. */
  record Stop(Instant deadline) implements Plan {}

  /** Remove what is left of the group. */
  record Delete() implements Plan {}

  /** Remove the pod from the API server. */
  record Remove() implements Plan {}

  /** Nothing to do, until something changes or, where a time is given, until it has passed. */
  record Rest(Optional<Duration> again) implements Plan {
    static Rest untilSomethingChanges() {
      return new Rest(Optional.empty());
    }

    static Rest until(Instant then, Instant now) {
      var wait = Duration.between(now, then);
      // Never zero: that would be "at once" to some and "never" to others.
      return new Rest(Optional.of(wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait));
    }

    private static final Duration SHORTEST = Duration.ofMillis(100);
  }
}
