package io.virtualnodes.kubelet;

import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.UNPROCESSABLE_ENTITY;

import io.virtualnodes.backend.LogOptions;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The query of a log request, read as a kubelet reads it: a value that cannot be read is 400, one
 * that makes no sense is 422.
 */
final class LogQuery {
  private LogQuery() {}

  /**
   * @param now what {@code sinceSeconds} counts back from
   */
  static LogOptions options(Map<String, List<String>> query, Instant now) throws Refusal {
    boolean follow = flag(query, "follow");
    boolean previous = flag(query, "previous");
    boolean timestamps = flag(query, "timestamps");
    var tailLines = tailLines(query);
    var limitBytes = number(query, "limitBytes");
    var sinceSeconds = number(query, "sinceSeconds");
    var sinceTime = time(query, "sinceTime");
    var stream = first(query, "stream").orElse("All");

    if (tailLines.isPresent() && tailLines.getAsLong() < 0) {
      throw new Refusal(UNPROCESSABLE_ENTITY, "tailLines must not be negative");
    }
    if (limitBytes.isPresent() && limitBytes.getAsLong() < 1) {
      throw new Refusal(UNPROCESSABLE_ENTITY, "limitBytes must be greater than 0");
    }
    if (sinceSeconds.isPresent() && sinceSeconds.getAsLong() < 1) {
      throw new Refusal(UNPROCESSABLE_ENTITY, "sinceSeconds must be greater than 0");
    }
    if (sinceSeconds.isPresent() && sinceTime.isPresent()) {
      throw new Refusal(
          UNPROCESSABLE_ENTITY, "at most one of sinceTime and sinceSeconds may be given");
    }
    refuseOneStream(stream, tailLines);
    var since =
        sinceSeconds.isPresent() ? Optional.of(before(now, sinceSeconds.getAsLong())) : sinceTime;
    return new LogOptions(follow, previous, timestamps, since, tailLines, limitBytes);
  }

  private static void refuseOneStream(String stream, OptionalLong tailLines) throws Refusal {
    switch (stream) {
      case "All" -> {}
      case "Stdout", "Stderr" -> {
        if (tailLines.isPresent()) {
          throw new Refusal(
              UNPROCESSABLE_ENTITY, "tailLines and a stream other than All cannot be combined");
        }
        throw new Refusal(
            BAD_REQUEST,
            "a virtual node has standard output and standard error in one log, ask for stream All");
      }
      default -> throw new Refusal(UNPROCESSABLE_ENTITY, "stream must be All, Stdout or Stderr");
    }
  }

  /** The old spelling {@code tail} wins, and its value "all" means no limit. */
  private static OptionalLong tailLines(Map<String, List<String>> query) throws Refusal {
    var tail = first(query, "tail").filter(value -> !value.isEmpty());
    if (tail.isEmpty()) {
      return number(query, "tailLines");
    }
    return tail.get().equals("all") ? OptionalLong.empty() : number(query, "tail");
  }

  /** A flag is off if it is not there, "false" or "0", and on for every other value, even none. */
  private static boolean flag(Map<String, List<String>> query, String name) {
    return first(query, name)
        .map(value -> !value.equals("0") && !value.equalsIgnoreCase("false"))
        .orElse(false);
  }

  private static OptionalLong number(Map<String, List<String>> query, String name) throws Refusal {
    var value = first(query, name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(value.get()));
    } catch (NumberFormatException _) {
      throw new Refusal(BAD_REQUEST, name + " must be a whole number");
    }
  }

  private static Optional<Instant> time(Map<String, List<String>> query, String name)
      throws Refusal {
    var value = first(query, name).filter(text -> !text.isEmpty() && !text.equals("null"));
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(value.get()).toInstant());
    } catch (DateTimeException _) {
      throw new Refusal(
          BAD_REQUEST, name + " must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z");
    }
  }

  private static Optional<String> first(Map<String, List<String>> query, String name) {
    return Optional.ofNullable(query.get(name)).map(List::getFirst);
  }

  /** Nothing was logged before 1970, and a longer way back would leave the calendar. */
  private static Instant before(Instant now, long seconds) {
    return seconds > now.getEpochSecond() ? Instant.EPOCH : now.minusSeconds(seconds);
  }
}
