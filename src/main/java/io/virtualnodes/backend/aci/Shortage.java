package io.virtualnodes.backend.aci;

import io.virtualnodes.backend.BackendException.NoCapacity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Keeps creations from Azure that would only hear its last refusal for want of room again: each
 * would count against the rates of creations, and hundreds of pods that wait would use these up.
 * Who asks for less than was refused is let through, and so is everybody once something of ours has
 * become free or a while has passed. Used by many threads.
 */
final class Shortage {
  /** What others free is noticed after this at the latest. */
  static final Duration ASK_AGAIN = Duration.ofMinutes(1);

  private Optional<Refused> last = Optional.empty();

  /**
   * @param cores the least that was refused
   */
  private record Refused(NoCapacity failure, double cores, Instant at) {}

  /**
   * @param cores what is to be asked for
   * @throws NoCapacity in Azure's own words, if they would be the answer
   */
  synchronized void check(double cores, Instant now) {
    last = last.filter(refused -> refused.at().plus(ASK_AGAIN).isAfter(now));
    if (last.isPresent() && cores >= last.get().cores()) {
      var refused = last.get();
      throw new NoCapacity(
          "%s. Azure said so %d s ago and was not asked again"
              .formatted(
                  refused.failure().getMessage(), Duration.between(refused.at(), now).toSeconds()),
          refused.failure().counts(),
          refused.failure());
    }
  }

  /** Azure refused so many cores. */
  synchronized void refused(NoCapacity failure, double cores, Instant now) {
    double least = last.map(refused -> Math.min(refused.cores(), cores)).orElse(cores);
    last = Optional.of(new Refused(failure, least, now));
  }

  /** Something of ours has ended or gone. */
  synchronized void freed() {
    last = Optional.empty();
  }
}
