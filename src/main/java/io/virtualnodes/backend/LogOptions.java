package io.virtualnodes.backend;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which part of a log is asked for. {@code since} applies first, then {@code tailLines}, then
 * {@code limitBytes}.
 *
 * @param follow goes on with what the instance writes, until it has ended
 * @param previous the instance before the present one
 * @param timestamps each line starts with its time, RFC 3339 with nanoseconds, and a blank
 * @param since lines written before are left out
 * @param tailLines how many lines from the end at most
 * @param limitBytes how many bytes from the start of what remains at most
 */
public record LogOptions(
    boolean follow,
    boolean previous,
    boolean timestamps,
    Optional<Instant> since,
    OptionalLong tailLines,
    OptionalLong limitBytes) {

  /** The whole log of the present instance. */
  public static final LogOptions ALL =
      new LogOptions(
          false, false, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

  public LogOptions {
    if (tailLines.isPresent() && tailLines.getAsLong() < 0) {
      throw new IllegalArgumentException("tailLines must not be negative");
    }
    if (limitBytes.isPresent() && limitBytes.getAsLong() < 1) {
      throw new IllegalArgumentException("limitBytes must be positive");
    }
  }
}
