package io.virtualnodes.backend.simulated;

import io.virtualnodes.backend.Action;
import io.virtualnodes.backend.Care;
import io.virtualnodes.backend.Health;
import io.virtualnodes.backend.Health.Readiness;
import io.virtualnodes.backend.Probe;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How long it takes a simulated container to get somewhere. Its probes pass whenever they are made,
 * and of its hooks only sleeping takes time.
 *
 * @param created from its start to the end of its postStart hook
 * @param startedUp from its start until its startup probe has passed
 * @param ready from its start until its readiness probe has passed
 * @param preStop of its hook, before it is asked to end
 */
record Pace(Duration created, Duration startedUp, Duration ready, Duration preStop) {

  /** Empty for one that is where it should be as soon as it runs, and ends without a hook. */
  static Optional<Pace> of(Care care) {
    if (!care.goesOn() && care.preStop().isEmpty()) {
      return Optional.empty();
    }
    var created = sleep(care.postStart());
    var startedUp = passed(care.startup(), created);
    return Optional.of(
        new Pace(created, startedUp, passed(care.readiness(), startedUp), sleep(care.preStop())));
  }

  private static Duration passed(Optional<Probe> probe, Duration earliest) {
    return probe
        .map(
            given ->
                longer(earliest, given.initialDelay())
                    .plus(given.period().multipliedBy(given.successThreshold() - 1L)))
        .orElse(earliest);
  }

  private static Duration sleep(Optional<Action> hook) {
    return hook.isPresent() && hook.get() instanceof Action.Sleep(var time) ? time : Duration.ZERO;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /** How a run is that began at {@code start} and has not ended. */
  Health health(Instant start, Instant now) {
    return new Health(
        !now.isBefore(start.plus(startedUp)),
        now.isBefore(start.plus(ready)) ? Readiness.NO : Readiness.YES);
  }

  /** When a run that began at {@code start} changes, as long as it goes on. */
  Stream<Instant> changes(Instant start) {
    return Stream.of(start.plus(created), start.plus(startedUp), start.plus(ready));
  }
}
