package io.virtualnodes.plugin;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;

/** How long ago something was, as kubectl writes it. */
final class Age {
  private static final long TWO_MINUTES = 120;
  private static final long TWO_HOURS = 7200;
  private static final long TWO_DAYS = 172_800;

  private Age() {}

  /**
   * @param time in RFC 3339; null and what is no time are unknown, since nothing is decided by it
   */
  static String of(String time, Instant now) {
    if (time == null) {
      return "<unknown>";
    }
    try {
      return text(Duration.between(OffsetDateTime.parse(time).toInstant(), now));
    } catch (DateTimeParseException e) {
      return "<unknown>";
    }
  }

  private static String text(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    if (seconds < TWO_MINUTES) {
      return seconds + "s";
    }
    if (seconds < TWO_HOURS) {
      return age.toMinutes() + "m";
    }
    return seconds < TWO_DAYS ? age.toHours() + "h" : age.toDays() + "d";
  }
}
