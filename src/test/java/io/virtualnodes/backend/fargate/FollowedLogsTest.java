package io.virtualnodes.backend.fargate;

import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Pause;
import io.virtualnodes.backend.simulated.DrivenClock;
import io.virtualnodes.emulator.ecs.Limits;
import io.virtualnodes.emulator.ecs.Limits.Category;
import io.virtualnodes.emulator.ecs.SimulatedContainers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Many who follow logs at once, at an account that answers 25 reads of logs a second: each of them
 * is a thread that waits by a driven clock, which goes on when all of them wait.
 */
class FollowedLogsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  private final DrivenClock clock = new DrivenClock();
  private final Sleepers sleepers = new Sleepers(clock);
  private final FargateSubject aws =
      new FargateSubject(
          "burst", Limits.USUAL, clock, new SimulatedContainers(clock, clock::pass), sleepers);

  @AfterEach
  void close() {
    aws.close();
  }

  @Test
  void aHundredFollowersOfAHundredLogsGetEachLineInOrderAndSoonAndAwsThrottlesNone(
      TestReporter figures) {
    int lines = 4;
    var groups = start(100, "sleep 30; " + "echo x; sleep 7; ".repeat(lines) + "exit 0");
    int described = aws.count("DescribeTasks 200");

    var followers = groups.stream().map(group -> new Follower(group.id())).toList();
    sleepers.driveUntilAllHaveEnded(followers.stream().map(one -> one.thread).toList());

    assertThat(followers)
        .allSatisfy(one -> assertThat(one.lines).hasSize(lines).isSorted().doesNotHaveDuplicates());
    assertThat(aws.aws().throttled(Category.GET_LOG_EVENTS)).isZero();
    var delays = followers.stream().flatMap(one -> one.delays.stream()).sorted().toList();
    figures.publishEntry(
        "100 followers of 100 logs: lines seen after %d s (p50) and %d s (p99), %d reads"
            .formatted(
                delays.get(delays.size() / 2).toSeconds(),
                delays.get(delays.size() * 99 / 100).toSeconds(),
                aws.count("GetLogEvents 200")));
    // After the longest pause, a hundred take their turns at twelve a second.
    assertThat(delays.getLast()).isLessThan(FollowedLogs.LONGEST_PAUSE.plusSeconds(10));
    // How all of their tasks are is asked for together.
    assertThat(aws.count("DescribeTasks 200") - described).isLessThan(40);
  }

  @Test
  void fiftyFollowersOfOneLogCostAsManyReadsAsOne() {
    var script = "sleep 30; " + "echo x; sleep 7; ".repeat(4) + "exit 0";
    sleepers.sure = true;
    var alone = followAll(start(1, script), 1);
    int readsOfOne = aws.count("GetLogEvents 200") + aws.count("GetLogEvents 400");

    var together = followAll(start(1, script), 50);

    int reads = aws.count("GetLogEvents 200") + aws.count("GetLogEvents 400") - readsOfOne;
    assertThat(together)
        .allSatisfy(one -> assertThat(one.lines).hasSameSizeAs(alone.getFirst().lines).isSorted());
    // The first page is read by each for itself.
    assertThat(reads - 50).isLessThanOrEqualTo(readsOfOne + 5);
    assertThat(aws.aws().throttled(Category.GET_LOG_EVENTS)).isZero();
  }

  @Test
  void aLogThatIsQuietIsReadEverLessOftenAndALineInItIsSeenWithinTheBound() {
    var quiet = followAll(start(1, "sleep 600; echo x; sleep 20; exit 0"), 1).getFirst();

    assertThat(quiet.lines).hasSize(1);
    assertThat(quiet.delays.getFirst()).isLessThanOrEqualTo(FollowedLogs.LONGEST_PAUSE);
    assertThat(aws.count("GetLogEvents 200") + aws.count("GetLogEvents 400")).isBetween(60, 75);
  }

  @Test
  void whoComesLaterAndWhoIsSlowMissNothing() throws IOException {
    var id = start(1, "echo one; sleep 30; echo two; sleep 30; echo three; exit 0").getFirst().id();
    var all =
        new LogOptions(
            true, false, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    var tail =
        new LogOptions(
            true, false, false, Optional.empty(), OptionalLong.of(1), OptionalLong.empty());

    // Opened before the others have read on, and read after that.
    var slow = open(id, all);
    var fast = new Reader(open(id, all));
    sleepers.driveUntilAllHaveEnded(List.of(fast.thread));
    var late = new Reader(open(id, tail));
    var last = new Reader(slow);
    sleepers.driveUntilAllHaveEnded(List.of(late.thread, last.thread));

    assertThat(fast.text).isEqualTo("one\ntwo\nthree\n");
    assertThat(last.text).isEqualTo("one\ntwo\nthree\n");
    assertThat(late.text).isEqualTo("three\n");
  }

  // ---- Words

  /** Groups that run by now. */
  private List<ContainerGroup> start(int count, String script) {
    var groups =
        IntStream.range(0, count)
            .mapToObj(_ -> new GroupBuilder("burst").script("main", script).build())
            .toList();
    for (int i = 0; i < count; i++) {
      if (i % 20 == 0) {
        clock.pass(Duration.ofSeconds(1));
      }
      aws.backend().create(groups.get(i));
    }
    var last = groups.getLast().id();
    aws.await(last, seen -> seen.containers().getFirst().state() instanceof Running);
    return groups;
  }

  private List<Follower> followAll(List<ContainerGroup> groups, int each) {
    var followers =
        groups.stream()
            .flatMap(group -> IntStream.range(0, each).mapToObj(_ -> new Follower(group.id())))
            .toList();
    sleepers.driveUntilAllHaveEnded(followers.stream().map(one -> one.thread).toList());
    return followers;
  }

  private InputStream open(GroupId id, LogOptions options) {
    return aws.backend().streams().logs(id, "main", options).orElseThrow();
  }

  /** Notes when each line was written, and how long after it was read. */
  private final class Follower {
    private final List<Instant> lines = new ArrayList<>();
    private final List<Duration> delays = new ArrayList<>();
    private final Thread thread;

    Follower(GroupId id) {
      this.thread = Thread.ofPlatform().start(() -> follow(id));
    }

    private void follow(GroupId id) {
      var options =
          new LogOptions(
              true, false, true, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
      try (var log =
          new BufferedReader(new InputStreamReader(open(id, options), StandardCharsets.UTF_8))) {
        for (var line = log.readLine(); line != null; line = log.readLine()) {
          var written = Instant.parse(line.substring(0, line.indexOf(' ')));
          lines.add(written);
          delays.add(Duration.between(written, clock.instant()));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Reader {
    private final Thread thread;
    private String text = "";

    Reader(InputStream log) {
      this.thread =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (log) {
                      text = new String(log.readAllBytes(), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  });
    }
  }

  /** Threads that wait by a driven clock. */
  private static final class Sleepers implements Pause {
    private static final int LOOKS = 10;
    private static final Duration BETWEEN_LOOKS = Duration.ofNanos(500_000);

    private final DrivenClock clock;
    private final PriorityQueue<Instant> wakes = new PriorityQueue<>();
    // Whether time may not pass while a thread that could go on was only not given a processor.
    private boolean sure;

    Sleepers(DrivenClock clock) {
      this.clock = clock;
    }

    @Override
    public synchronized void pass(Duration time) throws InterruptedException {
      var wake = clock.instant().plus(time);
      wakes.add(wake);
      while (clock.instant().isBefore(wake)) {
        wait();
      }
      wakes.remove(wake);
    }

    void driveUntilAllHaveEnded(List<Thread> threads) {
      var giveUp = clock.instant().plus(PATIENCE);
      while (threads.stream().anyMatch(Thread::isAlive)) {
        if (allWait(threads)) {
          wakeFirst();
        }
        assertThat(clock.instant()).isBefore(giveUp);
      }
    }

    private boolean allWait(List<Thread> threads) {
      for (int looks = 0; looks < (sure ? LOOKS : 1); looks++) {
        LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        if (!threads.stream().allMatch(Sleepers::waits)) {
          return false;
        }
      }
      return true;
    }

    private static boolean waits(Thread thread) {
      return switch (thread.getState()) {
        case WAITING, TIMED_WAITING, TERMINATED -> true;
        case NEW, RUNNABLE, BLOCKED -> false;
      };
    }

    private synchronized void wakeFirst() {
      var first = wakes.peek();
      if (first != null && first.isAfter(clock.instant())) {
        clock.pass(Duration.between(clock.instant(), first));
        notifyAll();
      }
    }
  }
}
