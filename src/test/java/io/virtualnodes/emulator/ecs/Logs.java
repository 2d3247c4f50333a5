package io.virtualnodes.emulator.ecs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.virtualnodes.emulator.ecs.Limits.Category;
import io.virtualnodes.emulator.ecs.LogGroups.Event;
import io.virtualnodes.emulator.ecs.LogGroups.Stream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads the logs of CloudWatch, page by page.
 *
 * <p>Of one stream a page has two tokens: forward and backward. The token of the page after the
 * last one is that with which it was asked for, which is the only sign of the end: pages may be
 * empty before. Of several streams there is no token at the end.
 */
final class Logs {
  private static final int MOST_EVENTS = 10_000;
  private static final int MOST_BYTES = 1_048_576;
  private static final int MOST_STREAMS = 100;
  // f or b, the position, and whether it was an empty page that was handed out there.
  private static final Pattern TOKEN = Pattern.compile("([fb])/([0-9]{55})([01])/s");

  private final LogGroups groups;
  private final Throttle throttle;
  private final Faults faults;

  Logs(LogGroups groups, Throttle throttle, Faults faults) {
    this.groups = groups;
    this.throttle = throttle;
    this.faults = faults;
  }

  /**
   * Where a page begins or ends.
   *
   * @param forward whether what follows is asked for, else what comes before
   * @param position how many events lie before it
   */
  private record Token(boolean forward, int position, boolean emptied) {
    static Optional<Token> of(String text) {
      if (text.isEmpty()) {
        return Optional.empty();
      }
      var match = TOKEN.matcher(text);
      if (!match.matches()) {
        throw AwsError.invalid("The specified nextToken is invalid.");
      }
      return Optional.of(
          new Token(
              match.group(1).equals("f"),
              Integer.parseInt(match.group(2)),
              match.group(3).equals("1")));
    }

    @Override
    public String toString() {
      return "%s/%055d%d/s".formatted(forward ? "f" : "b", position, emptied ? 1 : 0);
    }
  }

  /** Which streams of a group a request is about. */
  static Predicate<String> streamsOf(ObjectNode asked) {
    var one = asked.path("logStreamName").asText();
    var names = PlanReading.texts(asked.path("logStreamNames"));
    var prefix = asked.path("logStreamNamePrefix").asText();
    return stream ->
        (one.isEmpty() || one.equals(stream))
            && (names.isEmpty() || names.contains(stream))
            && stream.startsWith(prefix);
  }

  ObjectNode answer(String operation, ObjectNode asked, Instant now) {
    return switch (operation) {
      case "CreateLogGroup" -> create(asked);
      case "DeleteLogGroup" -> {
        groups.delete(Json.text(asked, "logGroupName"));
        yield Json.object();
      }
      case "PutRetentionPolicy" -> {
        groups.streams(Json.text(asked, "logGroupName"));
        yield Json.object();
      }
      case "DescribeLogGroups" -> describeGroups(asked);
      case "DescribeLogStreams" -> describeStreams(asked, now);
      case "GetLogEvents" -> events(asked, now);
      case "FilterLogEvents" -> filter(asked, now);
      default -> throw AwsError.unknown("Logs_20140328." + operation);
    };
  }

  private ObjectNode create(ObjectNode asked) {
    var name = Json.text(asked, "logGroupName");
    if (groups.exists(name)) {
      throw new AwsError(
          "ResourceAlreadyExistsException", "The specified log group already exists");
    }
    groups.make(name);
    return Json.object();
  }

  private ObjectNode describeGroups(ObjectNode asked) {
    var prefix = asked.path("logGroupNamePrefix").asText();
    var found = groups.names().stream().filter(name -> name.startsWith(prefix)).toList();
    var page = Page.of(found, asked, "limit", "nextToken", 50);
    var answer = Json.object();
    var shown = answer.putArray("logGroups");
    page.items()
        .forEach(
            name ->
                shown.add(
                    Json.object()
                        .put("logGroupName", name)
                        .put("arn", Account.logGroup(name) + ":*")
                        .put("storedBytes", 0)));
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  private ObjectNode describeStreams(ObjectNode asked, Instant now) {
    throttle.count(Category.DESCRIBE_LOG_STREAMS, now);
    var group = Json.text(asked, "logGroupName");
    var prefix = asked.path("logStreamNamePrefix").asText();
    boolean byTime = asked.path("orderBy").asText().equals("LastEventTime");
    if (byTime && !prefix.isEmpty()) {
      throw AwsError.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.");
    }
    var found =
        new ArrayList<>(
            groups.streams(group).stream()
                .filter(stream -> stream.name.startsWith(prefix))
                .map(stream -> groups.show(group, stream, now))
                .toList());
    if (byTime) {
      found.sort(Comparator.comparingLong(one -> one.path("lastEventTimestamp").asLong(0)));
    }
    var page =
        Page.of(
            asked.path("descending").asBoolean(false) ? found.reversed() : found,
            asked,
            "limit",
            "nextToken",
            50);
    var answer = Json.object();
    answer.putArray("logStreams").addAll(page.items());
    page.next().ifPresent(token -> answer.put("nextToken", token));
    return answer;
  }

  private ObjectNode events(ObjectNode asked, Instant now) {
    throttle.count(Category.GET_LOG_EVENTS, now);
    var stream = groups.stream(Json.text(asked, "logGroupName"), Json.text(asked, "logStreamName"));
    var all = groups.readable(stream, asked, now);
    int most = limit(asked);
    var token = Token.of(asked.path("nextToken").asText());
    boolean forward =
        token.map(Token::forward).orElseGet(() -> asked.path("startFromHead").asBoolean(false));
    int at = Math.min(all.size(), token.map(Token::position).orElse(forward ? 0 : all.size()));
    boolean more = forward ? at < all.size() : at > 0;
    if (faults.emptiesLogPages() && more && !token.map(Token::emptied).orElse(false)) {
      return page(List.of(), new Token(true, at, true), new Token(false, at, true));
    }
    int from = forward ? at : at - fitting(all.subList(0, at).reversed(), most);
    int to = forward ? at + fitting(all.subList(at, all.size()), most) : at;
    return page(all.subList(from, to), new Token(true, to, false), new Token(false, from, false));
  }

  private static ObjectNode page(List<Event> events, Token forward, Token backward) {
    var answer = Json.object();
    var shown = answer.putArray("events");
    for (var event : events) {
      shown.add(
          Json.object()
              .put("timestamp", event.at().toEpochMilli())
              .put("message", event.message())
              .put("ingestionTime", event.ingestedAt().toEpochMilli()));
    }
    answer.put("nextForwardToken", forward.toString());
    answer.put("nextBackwardToken", backward.toString());
    return answer;
  }

  private static int limit(JsonNode asked) {
    int limit = asked.path("limit").asInt(MOST_EVENTS);
    if (limit < 1 || limit > MOST_EVENTS) {
      throw AwsError.invalid("limit must be between 1 and " + MOST_EVENTS + ".");
    }
    return limit;
  }

  /** How many of them a page holds. */
  private static int fitting(List<Event> events, int most) {
    int bytes = 0;
    int count = 0;
    for (var event : events) {
      bytes += event.size();
      if (count == most || bytes > MOST_BYTES) {
        return count;
      }
      count++;
    }
    return count;
  }

  /** An event and where it is from. */
  private record Found(Stream stream, Event event) {}

  private ObjectNode filter(ObjectNode asked, Instant now) {
    throttle.count(Category.FILTER_LOG_EVENTS, now);
    var streams = streams(asked);
    var pattern = asked.path("filterPattern").asText();
    if (pattern.matches(".*[\\[{%?].*")) {
      throw AwsError.invalid("This emulator knows no filter patterns but words.");
    }
    var words = List.of(pattern.replace("\"", "").strip().split(" +"));
    var all =
        streams.stream()
            .flatMap(
                stream ->
                    groups.readable(stream, asked, now).stream()
                        .map(event -> new Found(stream, event)))
            .filter(found -> words.stream().allMatch(found.event().message()::contains))
            .sorted(
                Comparator.comparing((Found found) -> found.event().at())
                    .thenComparingLong(found -> found.event().id()))
            .toList();
    var token = Token.of(asked.path("nextToken").asText());
    int at = Math.min(all.size(), token.map(Token::position).orElse(0));
    boolean emptied =
        faults.emptiesLogPages() && at < all.size() && !token.map(Token::emptied).orElse(false);
    int count =
        emptied
            ? 0
            : fitting(
                all.subList(at, all.size()).stream().map(Found::event).toList(), limit(asked));
    return filtered(
        all.subList(at, at + count),
        emptied || at + count < all.size(),
        new Token(true, at + count, emptied));
  }

  private static ObjectNode filtered(List<Found> found, boolean more, Token next) {
    var answer = Json.object();
    var shown = answer.putArray("events");
    for (var one : found) {
      shown.add(
          Json.object()
              .put("logStreamName", one.stream().name)
              .put("timestamp", one.event().at().toEpochMilli())
              .put("message", one.event().message())
              .put("ingestionTime", one.event().ingestedAt().toEpochMilli())
              .put("eventId", "%056d".formatted(one.event().id())));
    }
    answer.putArray("searchedLogStreams");
    if (more) {
      answer.put("nextToken", next.toString());
    }
    return answer;
  }

  private List<Stream> streams(ObjectNode asked) {
    var group = Json.text(asked, "logGroupName");
    var names = PlanReading.texts(asked.path("logStreamNames"));
    if (names.size() > MOST_STREAMS) {
      throw AwsError.invalid("logStreamNames can have at most " + MOST_STREAMS + " items.");
    }
    var prefix = asked.path("logStreamNamePrefix").asText();
    if (!names.isEmpty() && !prefix.isEmpty()) {
      throw AwsError.invalid("logStreamNamePrefix and logStreamNames cannot both be used.");
    }
    return names.isEmpty()
        ? groups.streams(group).stream().filter(one -> one.name.startsWith(prefix)).toList()
        : names.stream().map(name -> groups.stream(group, name)).toList();
  }
}
