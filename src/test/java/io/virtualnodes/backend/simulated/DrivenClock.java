package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Backend;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Observation;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Predicate;

/** A clock that moves when told to, and for which waiting is moving. */
public final class DrivenClock implements InstantSource {
  private Instant now = Instant.parse("2026-01-01T12:00:00Z");

  public synchronized void pass(Duration time) {
    now = now.plus(time);
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }

  /**
   * Passes time until a group is as wanted.
   *
   * @param step between two looks
   * @param patience after which it is given up
   */
  public Observation await(
      Backend backend,
      GroupId id,
      Predicate<Observation> wanted,
      Duration step,
      Duration patience) {
    var giveUp = instant().plus(patience);
    while (instant().isBefore(giveUp)) {
      var found = backend.list().stream().filter(group -> group.id().equals(id)).findFirst();
      if (found.filter(wanted).isPresent()) {
        return found.get();
      }
      pass(step);
    }
    throw new AssertionError("group " + id + " is not as wanted: " + backend.list());
  }
}
