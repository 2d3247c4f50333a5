package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.Containers.Line;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The logs of CloudWatch: groups of streams of lines. Guarded by its owner. */
final class LogGroups {
  // What CloudWatch counts for an event beside its text.
  private static final int OVERHEAD = 26;
  // Longer lines are cut into several events.
  static final int LARGEST_EVENT = 256 * 1024 - OVERHEAD;

  private final Duration lag;
  private final Map<String, Map<String, Stream>> groups = new TreeMap<>();
  private long number;

  /**
   * A line in a stream.
   *
   * @param id greater than those of all that came before
   */
  record Event(long id, Instant at, Instant ingestedAt, String message) {
    int size() {
      return message.getBytes(StandardCharsets.UTF_8).length + OVERHEAD;
    }
  }

  /** Lines in the order in which they came. */
  static final class Stream {
    final String name;
    final List<Event> events = new ArrayList<>();

    Stream(String name) {
      this.name = name;
    }
  }

  /**
   * @param lag from an event to its being readable
   */
  LogGroups(Duration lag) {
    this.lag = lag;
  }

  boolean exists(String group) {
    return groups.containsKey(group);
  }

  void make(String group) {
    groups.computeIfAbsent(group, _ -> new TreeMap<>());
  }

  void delete(String group) {
    find(group);
    groups.remove(group);
  }

  /** A stream is there from now on, if its group is: it may have been taken away meanwhile. */
  void open(String group, String stream) {
    if (exists(group)) {
      groups.get(group).computeIfAbsent(stream, Stream::new);
    }
  }

  /** Adds lines to a stream; those for a group that was taken away are lost, as at AWS. */
  void append(String group, String stream, List<Line> lines, Instant now) {
    open(group, stream);
    if (!exists(group)) {
      return;
    }
    var target = groups.get(group).get(stream);
    for (var line : lines) {
      var text = line.text();
      do {
        var piece = text.substring(0, Math.min(LARGEST_EVENT, text.length()));
        target.events.add(new Event(number++, line.at(), now, piece));
        text = text.substring(piece.length());
      } while (!text.isEmpty());
    }
  }

  List<String> names() {
    return List.copyOf(groups.keySet());
  }

  /** The streams of a group, by name. */
  List<Stream> streams(String group) {
    return List.copyOf(find(group).values());
  }

  Stream stream(String group, String name) {
    var stream = find(group).get(name);
    if (stream == null) {
      throw missing("log stream");
    }
    return stream;
  }

  private Map<String, Stream> find(String group) {
    if (!exists(group)) {
      throw missing("log group");
    }
    return groups.get(group);
  }

  private static AwsError missing(String what) {
    return new AwsError(
        "ResourceNotFoundException", "The specified %s does not exist.".formatted(what));
  }

  /**
   * What can be read of a stream by now, in the order of time.
   *
   * @param asked with startTime, which belongs to it, and endTime, which does not
   */
  List<Event> readable(Stream stream, JsonNode asked, Instant now) {
    long from = asked.path("startTime").asLong(Long.MIN_VALUE);
    long to = asked.path("endTime").asLong(Long.MAX_VALUE);
    return stream.events.stream()
        .filter(event -> !event.at().plus(lag).isAfter(now))
        .filter(event -> event.at().toEpochMilli() >= from && event.at().toEpochMilli() < to)
        .sorted(Comparator.comparing(Event::at).thenComparingLong(Event::id))
        .toList();
  }

  /** How a stream is described. */
  ObjectNode show(String group, Stream stream, Instant now) {
    var shown = Json.object();
    shown.put("logStreamName", stream.name);
    shown.put("arn", Account.logGroup(group) + ":log-stream:" + stream.name);
    shown.put("storedBytes", 0);
    var events = readable(stream, Json.object(), now);
    first(events).ifPresent(event -> shown.put("firstEventTimestamp", event.at().toEpochMilli()));
    if (!events.isEmpty()) {
      shown.put("lastEventTimestamp", events.getLast().at().toEpochMilli());
      shown.put("lastIngestionTime", events.getLast().ingestedAt().toEpochMilli());
    }
    return shown;
  }

  private static Optional<Event> first(List<Event> events) {
    return events.stream().findFirst();
  }
}
