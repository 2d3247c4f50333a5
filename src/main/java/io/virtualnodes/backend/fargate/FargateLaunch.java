package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.GroupId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of a group's tasks one is, as its {@code startedBy} says: that stays with a task, while its
 * tags are gone once it was asked to stop.
 *
 * @param poolUid of the pool, which no other cluster has
 * @param number how many tasks there were before for this group
 * @param restarts how many of those ran
 * @param backOff how long after its end the next one has to wait; zero for the first
 * @param created when the group was made; empty for the first task, which tells it itself
 * @see <a href="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html">up to
 *     128 letters, digits, hyphens, slashes and underscores</a>
 */
record FargateLaunch(
    String poolUid,
    GroupId group,
    int number,
    int restarts,
    Duration backOff,
    Optional<Instant> created) {
  private static final String PREFIX = "vn/";
  private static final Pattern TEXT =
      Pattern.compile(
          "vn/([^/]+)/([^/]+?)(?:/([0-9]{1,9})/([0-9]{1,9})/([0-9]{1,6})/([0-9]{1,15}))?");

  static FargateLaunch first(String poolUid, GroupId group) {
    return new FargateLaunch(poolUid, group, 0, 0, Duration.ZERO, Optional.empty());
  }

  /** After a task of which nothing ran. */
  FargateLaunch triedAgain(Duration nextBackOff, Instant createdAt) {
    return new FargateLaunch(
        poolUid, group, number + 1, restarts, nextBackOff, Optional.of(created.orElse(createdAt)));
  }

  /** After a task that ran and ended. */
  FargateLaunch startedAgain(Duration nextBackOff, Instant createdAt) {
    return new FargateLaunch(
        poolUid,
        group,
        number + 1,
        restarts + 1,
        nextBackOff,
        Optional.of(created.orElse(createdAt)));
  }

  /** As {@code startedBy} says it; the creation to the millisecond. */
  String text() {
    var first = PREFIX + poolUid + "/" + group;
    return number == 0
        ? first
        : "%s/%d/%d/%d/%d"
            .formatted(
                first, number, restarts, backOff.toSeconds(), created.orElseThrow().toEpochMilli());
  }

  /** Empty if a task was not started by this operator. */
  static Optional<FargateLaunch> parse(String startedBy) {
    var match = TEXT.matcher(startedBy == null ? "" : startedBy);
    if (!match.matches()) {
      return Optional.empty();
    }
    try {
      var poolUid = match.group(1);
      var group = GroupId.parse(match.group(2));
      if (match.group(3) == null) {
        return Optional.of(first(poolUid, group));
      }
      return Optional.of(
          new FargateLaunch(
              poolUid,
              group,
              Integer.parseInt(match.group(3)),
              Integer.parseInt(match.group(4)),
              Duration.ofSeconds(Long.parseLong(match.group(5))),
              Optional.of(Instant.ofEpochMilli(Long.parseLong(match.group(6))))));
    } catch (IllegalArgumentException e) {
      // Somebody else's words of the same form: what is not ours is left alone.
      return Optional.empty();
    }
  }
}
