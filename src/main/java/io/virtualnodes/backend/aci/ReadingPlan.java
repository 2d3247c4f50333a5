package io.virtualnodes.backend.aci;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which groups are read in a beat, since a list does not say how their containers are: those of
 * which nothing is known, those of which the list says something new, and of the others those that
 * are due, longest overdue first.
 */
final class ReadingPlan {
  /** What changes is read at each beat; this is for looks that hints bring forward. */
  static final Duration CHANGING = Duration.ofSeconds(1);

  /** A group that changed within a minute is likely to change again. */
  private static final Duration YOUNG = Duration.ofMinutes(1);

  /** The longest that the end of a container of a quiet group goes unseen, while reads are left. */
  static final Duration QUIET = Duration.ofSeconds(15);

  private ReadingPlan() {}

  /**
   * What is known of a listed group.
   *
   * @param isNew whether it was never read, or the list says something else than at its last
   *     reading
   * @param finished whether nothing more will happen to it by itself
   * @param readAt when it was read last
   * @param changedAt when a reading last showed something new
   */
  record Candidate(
      String name, boolean isNew, boolean finished, Instant readAt, Instant changedAt) {

    private Instant due() {
      boolean young = readAt.isBefore(changedAt.plus(YOUNG));
      return readAt.plus(young ? CHANGING : QUIET);
    }
  }

  /**
   * @param most how many may be read
   * @return names, most urgent first
   */
  static List<String> due(Collection<Candidate> candidates, int most, Instant now) {
    return candidates.stream()
        .filter(one -> one.isNew() || !one.finished() && !one.due().isAfter(now))
        .sorted(Comparator.comparing((Candidate one) -> !one.isNew()).thenComparing(Candidate::due))
        .limit(Math.max(0, most))
        .map(Candidate::name)
        .toList();
  }
}
