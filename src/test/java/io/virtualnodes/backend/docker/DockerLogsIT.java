package io.virtualnodes.backend.docker;

import static io.virtualnodes.backend.docker.EnginePool.log;
import static org.assertj.core.api.Assertions.assertThat;

import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation.Progress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Logs as the real engine delivers them. */
@Timeout(120)
class DockerLogsIT {
  private static final LogOptions TIMES =
      new LogOptions(
          false, false, true, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z ";

  private static EnginePool pool;
  private static DockerBackend backend;
  private static GroupId lines;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
    lines = ran("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.05; done");
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static GroupId ran(String script) {
    var group = pool.group().script("main", script).build();
    backend.create(group);
    pool.awaitProgress(backend, group.id(), Progress.FINISHED);
    return group.id();
  }

  private static LogOptions options(Instant since, long tail, long limit) {
    return new LogOptions(
        false,
        false,
        false,
        Optional.ofNullable(since),
        tail < 0 ? OptionalLong.empty() : OptionalLong.of(tail),
        limit < 0 ? OptionalLong.empty() : OptionalLong.of(limit));
  }

  private static String numbered(int from, int to) {
    var text = new StringBuilder();
    for (int i = from; i <= to; i++) {
      text.append("line ").append(i).append('\n');
    }
    return text.toString();
  }

  /** When the line of that number was written. */
  private static Instant written(int number) {
    return log(backend, lines, "main", TIMES)
        .lines()
        .filter(line -> line.endsWith("line " + number))
        .map(line -> Instant.parse(line.substring(0, line.indexOf(' '))))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theWholeLogIsDelivered() {
    assertThat(log(backend, lines, "main", LogOptions.ALL)).isEqualTo(numbered(1, 9));
  }

  @Test
  void eachLineHasItsTimeIfAskedFor() {
    assertThat(log(backend, lines, "main", TIMES).lines())
        .hasSize(9)
        .allMatch(line -> line.matches(TIME + "line \\d"));
  }

  @Test
  void theLastLinesAreDelivered() {
    assertThat(log(backend, lines, "main", options(null, 3, -1))).isEqualTo(numbered(7, 9));
    assertThat(log(backend, lines, "main", options(null, 0, -1))).isEmpty();
    assertThat(log(backend, lines, "main", options(null, 1000, -1))).isEqualTo(numbered(1, 9));
  }

  @Test
  void linesBeforeAnInstantWithinASecondAreLeftOut() {
    var fifth = written(5);

    assertThat(log(backend, lines, "main", options(fifth, -1, -1))).isEqualTo(numbered(5, 9));
    assertThat(log(backend, lines, "main", options(fifth.plusNanos(1), -1, -1)))
        .isEqualTo(numbered(6, 9));
    assertThat(log(backend, lines, "main", options(Instant.EPOCH.minusSeconds(9), -1, -1)))
        .isEqualTo(numbered(1, 9));
    assertThat(log(backend, lines, "main", options(fifth.plusSeconds(1L << 33), -1, -1))).isEmpty();
  }

  @Test
  void theInstantAppliesBeforeTheLastLinesAndTheyBeforeTheBytes() {
    var fifth = written(5);

    assertThat(log(backend, lines, "main", options(fifth, 2, -1))).isEqualTo(numbered(8, 9));
    assertThat(log(backend, lines, "main", options(fifth, 100, -1))).isEqualTo(numbered(5, 9));
    assertThat(log(backend, lines, "main", options(fifth, 0, -1))).isEmpty();
    assertThat(log(backend, lines, "main", options(fifth, 2, 10))).isEqualTo("line 8\nlin");
    assertThat(log(backend, lines, "main", options(null, -1, 10))).isEqualTo("line 1\nlin");
    assertThat(log(backend, lines, "main", options(null, 3, 10))).isEqualTo("line 7\nlin");
  }

  @Test
  void outputAndErrorsComeInTheirOrder() {
    var id = ran("for i in 1 2 3; do echo out $i; sleep 0.5; echo err $i >&2; sleep 0.5; done");

    assertThat(log(backend, id)).isEqualTo("out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
  }

  @Test
  void longLinesStayWholeAndHaveOneTime() {
    var id =
        ran(
            "for n in 1000 2000 16384 16385 40000; do head -c $n /dev/zero | tr '\\0' x; echo \"  "
                + "$n\"; done; printf 'no end'");
    var expected =
        Stream.of(1000, 2000, 16384, 16385, 40000).map(n -> "x".repeat(n) + "  " + n).toList();

    assertThat(log(backend, id).lines())
        .containsExactlyElementsOf(Stream.concat(expected.stream(), Stream.of("no end")).toList());
    assertThat(log(backend, id, "main", TIMES).lines())
        .hasSize(6)
        .allMatch(line -> line.substring(0, 31).matches(TIME))
        .extracting(line -> line.substring(31))
        .startsWith(expected.toArray(String[]::new));
    assertThat(log(backend, id, "main", options(Instant.EPOCH.plusSeconds(1), 2, -1)))
        .isEqualTo("x".repeat(40000) + "  40000\nno end");
  }

  @Test
  void bytesAreDeliveredAsTheyWereWritten() throws IOException {
    var group = pool.group().script("main", "printf '\\001\\000 \\r\\n\\n\\tü'; echo").build();
    backend.create(group);
    pool.awaitProgress(backend, group.id(), Progress.FINISHED);

    try (var log = backend.streams().logs(group.id(), "main", LogOptions.ALL).orElseThrow()) {
      var expected = new java.io.ByteArrayOutputStream();
      expected.write(new byte[] {1, 0, ' ', '\r', '\n', '\n', '\t'});
      expected.write("ü\n".getBytes(StandardCharsets.UTF_8));
      assertThat(log.readAllBytes()).isEqualTo(expected.toByteArray());
    }
  }

  // Of lines that are not short, since the engine keeps 50 MB with what it writes around each.
  private static final String FIVE_MEGABYTES = "seq 1 50000 | sed 's/^/" + "0".repeat(95) + "/'";

  @Test
  void fiveMegabytesArriveComplete() {
    var id = ran(FIVE_MEGABYTES);

    var numbers = log(backend, id).lines().map(Integer::valueOf).toList();

    assertThat(numbers).isEqualTo(IntStream.rangeClosed(1, 50_000).boxed().toList());
  }

  @Test
  void aReaderThatLeavesEndsTheDelivery() throws IOException {
    var id = ran(FIVE_MEGABYTES);

    for (int i = 0; i < 250; i++) {
      try (var log = backend.streams().logs(id, "main", LogOptions.ALL).orElseThrow()) {
        assertThat(log.read()).isEqualTo('0');
      }
    }

    // More than there are connections: each was given back.
    assertThat(log(backend, id)).endsWith("50000\n");
  }

  @Test
  void ofAContainerThatRanOnceThereIsNoPreviousLog() {
    var previous =
        new LogOptions(
            false, true, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

    assertThat(backend.streams().logs(lines, "main", previous)).isEmpty();
  }

  @Test
  void whoFollowsGetsEachLineAtOnceAndMayLeave() throws Exception {
    var group =
        pool.group().script("main", "n=0; while sleep 0.1; do n=$((n+1)); echo $n; done").build();
    backend.create(group);
    pool.awaitProgress(backend, group.id(), Progress.ALIVE);
    var followed =
        new LogOptions(
            true,
            false,
            false,
            Optional.of(Instant.EPOCH),
            OptionalLong.of(1),
            OptionalLong.empty());
    // More than there are connections: each is given back, though the log goes on.
    for (int i = 0; i < 210; i++) {
      try (var log = backend.streams().logs(group.id(), "main", followed).orElseThrow()) {
        assertThat(log.read()).isBetween((int) '0', (int) '9');
      }
    }
    var log = backend.streams().logs(group.id(), "main", followed).orElseThrow();
    var lines = new BufferedReader(new InputStreamReader(log, StandardCharsets.UTF_8));
    int first = Integer.parseInt(lines.readLine());

    assertThat(Integer.parseInt(lines.readLine())).isEqualTo(first + 1);

    // A reader that waits is let go.
    var reader = CompletableFuture.supplyAsync(() -> lines.lines().count());
    Thread.sleep(300);
    log.close();
    assertThat(reader.handle((count, failure) -> true).get(10, TimeUnit.SECONDS)).isTrue();
    backend.stop(group.id(), Duration.ZERO);
  }
}
