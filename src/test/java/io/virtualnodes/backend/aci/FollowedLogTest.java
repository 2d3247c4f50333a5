package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.virtualnodes.backend.BackendException;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.aci.FollowedLog.Instance;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FollowedLogTest {
  private static final LogOptions FOLLOW = options(false, OptionalLong.empty());

  private final Growing log = new Growing();

  @Test
  void eachLineIsToldOnceUntilTheInstanceHasEnded() throws IOException {
    log.writes("one\n", "two\n");
    log.writesAtNextLook();
    log.writesAtNextLook("three\n");
    log.writesAtNextLook("four\n", "four\n");
    log.endsThen("five\n");

    assertThat(follow(FOLLOW)).isEqualTo("one\ntwo\nthree\nfour\nfour\nfive\n");
  }

  @Test
  void aLineIsToldOnceItIsWholeAndTheLastAsItIs() throws IOException {
    log.writes("one\n", "tw");
    log.writesAtNextLook("o");
    log.writesAtNextLook("\n");
    log.endsThen("no end");

    assertThat(follow(FOLLOW)).isEqualTo("one\ntwo\nno end");
  }

  @Test
  void moreThanALookAsksForIsAskedFor() throws IOException {
    var many = IntStream.range(0, 3 * FollowedLog.LINES_OF_A_LOOK).mapToObj(i -> i + "\n").toList();
    log.writes("first\n");
    log.writesAtNextLook(many.toArray(String[]::new));
    log.endsThen();

    assertThat(follow(FOLLOW)).isEqualTo("first\n" + String.join("", many));
    // One that asks for all was enough for them.
    assertThat(log.looksForAll).isEqualTo(1);
  }

  @Test
  void whatIsGoneBeforeItWasSeenIsToldToBeMissing() throws IOException {
    log.keeps(2);
    log.writes("one\n");
    log.writesAtNextLook("two\n", "three\n", "four\n");
    log.endsThen("five\n");

    assertThat(follow(FOLLOW))
        .isEqualTo("one\n" + FollowedLog.LINES_ARE_MISSING + "\nthree\nfour\nfive\n");
  }

  @Test
  void theLogOfTheNextInstanceIsNotThatOfThisOne() throws IOException {
    log.writes("one\n");
    log.isReplacedThen("another\n");

    assertThat(follow(FOLLOW)).isEqualTo("one\n" + FollowedLog.END_MAY_BE_MISSING + "\n");
  }

  @Test
  void itEndsWithItsContainer() throws IOException {
    log.writes("one\n");
    log.isGone();

    assertThat(follow(FOLLOW)).isEqualTo("one\n");
  }

  @Test
  void timesAreShownToWhoWantsThemAndBytesAreCounted() throws IOException {
    log.writes("one\n");
    log.writesAtNextLook("two\n");
    log.endsThen();

    assertThat(follow(options(true, OptionalLong.empty())))
        .isEqualTo("2026-01-01T12:00:00Z one\n2026-01-01T12:00:01Z two\n");
    assertThat(log.looks).isPositive();
    var again = new Growing();
    again.writes("one\n");
    again.writesAtNextLook("two\n", "three\n");
    // It never ends; who wants six bytes does not wait for that.
    assertThat(read(new FollowedLog(again, options(false, OptionalLong.of(6)), again.text())))
        .isEqualTo("one\ntw");
  }

  @Test
  void looksBecomeRareInAQuietLogAndNoneIsMadeWithoutLeave() throws IOException {
    log.writes("one\n");
    for (int look = 0; look < 20; look++) {
      log.writesAtNextLook();
    }
    log.withoutLeaveFor = 3;
    log.endsThen();

    follow(FOLLOW);

    var first = log.pauses.subList(0, 9);
    assertThat(first)
        .startsWith(FollowedLog.SHORTEST_PAUSE)
        .endsWith(FollowedLog.LONGEST_PAUSE, FollowedLog.LONGEST_PAUSE);
    assertThat(log.pauses).hasSize(log.looks + 3);
  }

  @Test
  void aFailureThatPassesIsNotNoticed() throws IOException {
    log.writes("one\n");
    log.fails(5);
    log.writesAtNextLook("two\n");
    log.endsThen();

    assertThat(follow(FOLLOW)).isEqualTo("one\ntwo\n");
  }

  @Test
  void aFailureThatStaysIsTold() {
    log.writes("one\n");
    log.fails(1000);

    assertThatThrownBy(() -> follow(FOLLOW))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be followed any more")
        .hasMessageContaining("throttled");
    assertThat(log.now()).isAfter(Growing.BEGAN.plus(FollowedLog.PATIENCE));
  }

  private String follow(LogOptions options) throws IOException {
    return read(new FollowedLog(log, options, log.text()));
  }

  private static String read(FollowedLog followed) throws IOException {
    try (followed) {
      return new String(followed.readAllBytes(), UTF_8);
    }
  }

  private static LogOptions options(boolean timestamps, OptionalLong limit) {
    return new LogOptions(true, false, timestamps, Optional.empty(), OptionalLong.empty(), limit);
  }

  /** A log that grows with each look at it, a second for each line. */
  private static final class Growing implements FollowedLog.Source {
    private static final Instant BEGAN = Instant.parse("2026-01-01T12:00:00Z");

    private final List<String> lines = new ArrayList<>();
    private final Deque<Runnable> events = new ArrayDeque<>();
    private final List<Duration> pauses = new ArrayList<>();
    private Instance instance = Instance.RUNS;
    private Instant now = BEGAN;
    private boolean open;
    private int kept = Integer.MAX_VALUE;
    private int written;
    private int failures;
    private int withoutLeaveFor;
    private int looks;
    private int looksForAll;

    void keeps(int most) {
      kept = most;
    }

    void fails(int times) {
      failures = times;
    }

    void isGone() {
      events.add(() -> instance = Instance.GONE);
    }

    void writes(String... texts) {
      for (var text : texts) {
        if (open) {
          lines.add(lines.removeLast() + text);
        } else {
          lines.add(BEGAN.plusSeconds(written++) + " " + text);
        }
        open = !text.endsWith("\n");
      }
    }

    void writesAtNextLook(String... texts) {
      events.add(() -> writes(texts));
    }

    void endsThen(String... texts) {
      events.add(
          () -> {
            instance = Instance.ENDED;
            writes(texts);
          });
    }

    void isReplacedThen(String... texts) {
      events.add(
          () -> {
            instance = Instance.REPLACED;
            lines.clear();
            writes(texts);
          });
    }

    String text() {
      return String.join("", lines.subList(Math.max(0, lines.size() - kept), lines.size()));
    }

    @Override
    public Optional<String> look(Optional<Integer> most) {
      looks++;
      looksForAll += most.isEmpty() ? 1 : 0;
      var all = text();
      var ends = all.split("(?<=\n)", -1);
      int from = most.map(count -> Math.max(0, lines.size() - count)).orElse(0);
      return Optional.of(
          most.isEmpty() ? all : String.join("", Arrays.asList(ends).subList(from, ends.length)));
    }

    @Override
    public Instance instance() {
      if (failures > 0) {
        failures--;
        throw new BackendException.Unavailable("throttled", null);
      }
      var event = events.poll();
      if (event != null) {
        event.run();
      }
      return instance;
    }

    @Override
    public boolean mayLook() {
      return --withoutLeaveFor < 0;
    }

    @Override
    public void pause(Duration time) {
      pauses.add(time);
      now = now.plus(time);
    }

    @Override
    public Instant now() {
      return now;
    }
  }
}
