package io.virtualnodes.backend.fargate;

import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.RateGovernor;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.GetLogEventsRequest;
import software.amazon.awssdk.services.cloudwatchlogs.model.GetLogEventsResponse;
import software.amazon.awssdk.services.cloudwatchlogs.model.OutputLogEvent;
import software.amazon.awssdk.services.cloudwatchlogs.model.ResourceNotFoundException;

/**
 * Streams of CloudWatch's logs, a page at a time, each read in its turn. A stream comes to be with
 * its first line: until then it reads as empty.
 */
final class LogReader implements AutoCloseable {
  /** As many lines as CloudWatch gives at once. */
  private static final int MOST_LINES = 10_000;

  // What was read as so much was no end of a log that somebody writes to.
  private static final int FULL_LINES = 1_000;
  private static final int FULL_LETTERS = 256 * 1024;

  private final String group;
  private final FargateRates rates;
  private final InstantSource clock;
  private final Pause pause;
  private final AtomicLong asked = new AtomicLong();
  private final CloudWatchLogsClient logs;

  /**
   * @param pause in which a read waits for its turn
   */
  LogReader(AwsLogin login, FargateRates rates, InstantSource clock, Pause pause) {
    this.group = login.place().logGroup();
    this.rates = rates;
    this.clock = clock;
    this.pause = pause;
    this.logs = login.client(CloudWatchLogsClient.builder());
  }

  /**
   * A part of a stream, oldest line first.
   *
   * @param next where it goes on; empty if the stream is not there yet
   * @param more whether anything may follow at once: a page can be empty before the end
   */
  record Page(List<OutputLogEvent> lines, Optional<String> next, boolean more) {

    /** Whether there is so much of it that more is likely to be there already. */
    boolean isFull() {
      return more
          && (lines.isEmpty()
              || lines.size() >= FULL_LINES
              || lines.stream().mapToInt(line -> line.message().length()).sum() >= FULL_LETTERS);
    }
  }

  /**
   * @param since in milliseconds since 1970
   * @param token where an earlier page said that it goes on; empty: from the start
   */
  Page forward(String stream, Optional<Long> since, Optional<String> token) {
    return forward(stream, since, token, rates.logPages());
  }

  /** The same, of a log that is followed: whoever asks for a log once does not wait for it. */
  Page followed(String stream, Optional<Long> since, Optional<String> token) {
    return forward(stream, since, token, rates.followedLogs());
  }

  private Page forward(
      String stream, Optional<Long> since, Optional<String> token, RateGovernor lane) {
    var asked = asked(stream, since).startFromHead(true);
    token.ifPresent(asked::nextToken);
    return read(asked.build(), lane)
        .map(
            answer ->
                new Page(
                    answer.events(),
                    Optional.ofNullable(answer.nextForwardToken()),
                    // At the end the token is the one that was handed in.
                    !token.equals(Optional.ofNullable(answer.nextForwardToken()))))
        .orElseGet(() -> new Page(List.of(), token, false));
  }

  /**
   * The last lines, and where the stream goes on after them.
   *
   * @param most how many lines at most
   */
  Page last(String stream, Optional<Long> since, long most) {
    var lines = new ArrayList<OutputLogEvent>();
    Optional<String> forward = Optional.empty();
    Optional<String> token = Optional.empty();
    while (true) {
      int wanted = Math.clamp(most - lines.size(), 1, MOST_LINES);
      var asked = asked(stream, since).startFromHead(false).limit(wanted);
      token.ifPresent(asked::nextToken);
      var answer = read(asked.build(), rates.logPages());
      if (answer.isEmpty()) {
        return new Page(lines, Optional.empty(), false);
      }
      if (forward.isEmpty()) {
        forward = Optional.ofNullable(answer.get().nextForwardToken());
      }
      var older = answer.get().events();
      lines.addAll(0, older.subList(Math.max(0, older.size() - wanted), older.size()));
      var back = Optional.ofNullable(answer.get().nextBackwardToken());
      if (lines.size() >= most || back.equals(token)) {
        return new Page(lines, forward, false);
      }
      token = back;
    }
  }

  private GetLogEventsRequest.Builder asked(String stream, Optional<Long> since) {
    var asked = GetLogEventsRequest.builder().logGroupName(group).logStreamName(stream);
    since.ifPresent(asked::startTime);
    return asked;
  }

  private Optional<GetLogEventsResponse> read(GetLogEventsRequest request, RateGovernor lane) {
    FargateRates.awaitTurn(lane, "read " + asked.incrementAndGet(), clock, pause);
    return AwsLogin.ask(
        lane,
        clock,
        () -> {
          try {
            return Optional.of(logs.getLogEvents(request));
          } catch (ResourceNotFoundException e) {
            return Optional.empty();
          }
        });
  }

  @Override
  public void close() {
    logs.close();
  }
}
