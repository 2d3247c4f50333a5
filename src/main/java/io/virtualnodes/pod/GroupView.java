package io.virtualnodes.pod;

import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What is known of a pod's group at this moment. */
public sealed interface GroupView {

  /** Not in the last list, but that list began too early to prove anything. */
  record Unknown() implements GroupView {}

  /** Proven absent. */
  record Absent() implements GroupView {}

  /** Its creation was cut off. */
  record Partial(Observation observation) implements GroupView {}

  record Alive(Observation observation) implements GroupView {}

  record Finished(Observation observation) implements GroupView {}

  /**
   * Reads the view off the last list.
   *
   * @param asked when this process last asked the backend for something about the group
   * @param settling how long the backend may forget about a request
   */
  static GroupView of(Optional<Snapshot> latest, String podUid, Instant asked, Duration settling) {
    if (latest.isEmpty()) {
      return new Unknown();
    }
    var snapshot = latest.get();
    boolean fresh = !snapshot.began().isBefore(asked.plus(settling));
    var group = snapshot.group(podUid);
    if (group.isEmpty()) {
      return fresh ? new Absent() : new Unknown();
    }
    return switch (group.get().progress()) {
      // A list that began while our own request was on its way sees half of what it does.
      case PARTIAL -> fresh ? new Partial(group.get()) : new Unknown();
      case ALIVE -> new Alive(group.get());
      case FINISHED -> new Finished(group.get());
    };
  }

  /** The observation, where there is a group. */
  default Optional<Observation> observed() {
    return switch (this) {
      case Unknown _, Absent _ -> Optional.empty();
      case Partial(var observation) -> Optional.of(observation);
      case Alive(var observation) -> Optional.of(observation);
      case Finished(var observation) -> Optional.of(observation);
    };
  }
}
