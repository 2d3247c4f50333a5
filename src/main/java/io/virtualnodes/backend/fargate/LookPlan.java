package io.virtualnodes.backend.fargate;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which of the known tasks a look describes, and whether it lists the cluster's tasks too. A
 * description of a hundred tasks costs as much as a list of a hundred, and tells more: so lists are
 * read for what is not known, and descriptions for what is.
 */
final class LookPlan {
  /** A task that is changing is read with each look; this is for looks that hints bring forward. */
  static final Duration CHANGING = Duration.ofSeconds(1);

  /** Others are read with each beat at most, and so are all where events name those that change. */
  static final Duration EACH_BEAT = Duration.ofSeconds(4);

  /**
   * How long what has become of a task that runs quietly goes unseen at most, if no queue tells of
   * it. 5,000 tasks then take 200 requests a minute, a sixth of what ECS answers.
   */
  static final Duration QUIET = Duration.ofSeconds(15);

  /**
   * The same where events name tasks that change: what no event told of is seen by then.
   * EventBridge promises to deliver each at least once, but not when, and nobody tells whether its
   * rule still stands.
   */
  static final Duration QUIET_WITH_EVENTS = Duration.ofSeconds(60);

  /**
   * A task that is not up yet, or not down, is read with each beat for so long after its last step.
   * Fetching an image takes minutes; an init container may run for hours, and so may what waits for
   * it.
   */
  static final Duration UNSETTLED = Duration.ofMinutes(10);

  /** Between two lists of the tasks that are to run, where this process knows all that it ran. */
  static final Duration BETWEEN_LISTS = Duration.ofSeconds(60);

  // What has been quiet for a minute is likely to stay so for a quarter of it.
  private static final int SHARE_OF_QUIET = 4;

  private LookPlan() {}

  /** How the operator hears of changes. */
  enum Pace {
    BY_LOOKS(CHANGING, QUIET, 2),
    BY_EVENTS(EACH_BEAT, QUIET_WITH_EVENTS, 0);

    // The shortest time after which a task that is changing is read again.
    private final Duration changing;
    // The longest that a task goes unread.
    private final Duration quiet;
    // How many requests a look makes even for tasks that are not due: all tasks of a pool of up to
    // two hundred are seen with each beat, which costs next to nothing.
    private final int freely;

    Pace(Duration changing, Duration quiet, int freely) {
      this.changing = changing;
      this.quiet = quiet;
      this.freely = freely;
    }
  }

  /**
   * What is known of a task that has not ended.
   *
   * @param named whether it is said to have changed since it was read
   * @param changing whether it is in a state that does not last, or somebody waits for its end
   * @param readAt when it was read last
   * @param changedAt when a reading last showed something new
   */
  record Candidate(
      String task, boolean named, boolean changing, Instant readAt, Instant changedAt) {

    private Instant due(Pace pace) {
      return named ? Instant.MIN : readAt.plus(isOften() ? pace.changing : pause(pace));
    }

    private boolean isOften() {
      return changing && readAt.isBefore(changedAt.plus(UNSETTLED));
    }

    private Duration pause(Pace pace) {
      var share = Duration.between(changedAt, readAt).dividedBy(SHARE_OF_QUIET);
      if (share.compareTo(EACH_BEAT) < 0) {
        return EACH_BEAT;
      }
      return share.compareTo(pace.quiet) < 0 ? share : pace.quiet;
    }

    /** Whether it may be read although it is not due: not so soon after the last time. */
    private boolean mayBeRead(Instant now) {
      return !readAt.plus(EACH_BEAT).isAfter(now);
    }

    private boolean isDue(Pace pace, Instant now) {
      return !due(pace).isAfter(now);
    }
  }

  /**
   * The tasks to describe, most urgent first: those that were named, and then those that are due,
   * longest overdue first. What room is left in the last request is filled with those that are due
   * next.
   *
   * @param atOnce how many one request describes
   */
  static List<String> due(Collection<Candidate> candidates, Pace pace, int atOnce, Instant now) {
    var rested =
        candidates.stream()
            .filter(one -> one.isDue(pace, now) || one.mayBeRead(now))
            .sorted(Comparator.comparing((Candidate one) -> one.due(pace)))
            .toList();
    long due = rested.stream().filter(one -> one.isDue(pace, now)).count();
    long requests = Math.max((due + atOnce - 1) / atOnce, pace.freely);
    return rested.stream().limit(requests * atOnce).map(Candidate::task).toList();
  }

  /**
   * Whether the tasks that are to run are listed. As long as there may be some that this process
   * does not know, each look lists them, since the core takes what no look shows for absent.
   *
   * @param listedAt when they were listed last
   * @param unsureUntil until when there may be tasks that this process does not know
   */
  static boolean lists(Instant listedAt, Instant unsureUntil, Instant now) {
    return now.isBefore(unsureUntil) || !listedAt.plus(BETWEEN_LISTS).isAfter(now);
  }
}
