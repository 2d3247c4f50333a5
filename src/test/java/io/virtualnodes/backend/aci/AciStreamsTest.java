package io.virtualnodes.backend.aci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.BackendException.Rejected;
import io.virtualnodes.backend.BackendException.Unsupported;
import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerGroup;
import io.virtualnodes.backend.ContainerState.Running;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupBuilder;
import io.virtualnodes.backend.LogOptions;
import io.virtualnodes.backend.Observation;
import io.virtualnodes.backend.TestCaller;
import io.virtualnodes.emulator.arm.Limits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Logs of Azure's containers and talks with them. Commands are run by the shell of this machine,
 * over real WebSockets.
 */
@Timeout(60)
class AciStreamsTest {
  private static final String RUNS = "echo here; sleep 3600";
  private static final Channels HEARS = new Channels(false, true, true, false);
  private static final Channels TALKS = new Channels(true, true, true, false);
  private static final Channels TERMINAL = new Channels(true, true, false, true);

  private final AciSubject azure = new AciSubject("burst", Limits.USUAL);
  @TempDir private Path folder;

  @AfterEach
  void close() {
    azure.close();
  }

  // ---- Commands without a terminal

  @Test
  void outputAndErrorsAreTwoAndHoldAnyByte() throws Exception {
    var script = "printf 'o\\000\\377\\r\\n\\303'; printf 'e\\033\\001' >&2; exit 7";
    var heard = new ByteArrayOutputStream();
    var caller = TestCaller.saying("");

    int code = exec(HEARS, "sh", "-c", script).hold(caller.caller(heard));

    assertThat(code).isEqualTo(7);
    assertThat(heard.toByteArray()).containsExactly('o', 0, (byte) 0xff, '\r', '\n', (byte) 0xc3);
    assertThat(caller.errors()).isEqualTo("e\033\001");
  }

  @Test
  void muchPassesThroughUnchanged() throws Exception {
    var bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    var heard = new ByteArrayOutputStream();
    var caller = TestCaller.with(new ByteArrayInputStream(bytes));

    assertThat(exec(TALKS, "cat").hold(caller.caller(heard))).isZero();

    assertThat(heard.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void aCommandThatDoesNotReadEndsWhileItsCallerGoesOn() throws Exception {
    var caller = TestCaller.silent();

    assertThat(exec(TALKS, "sh", "-c", "echo done; exit 4").hold(caller.caller())).isEqualTo(4);

    assertThat(caller.output()).isEqualTo("done\n");
  }

  @Test
  void wordsOfACommandStayWhatTheyAre() throws Exception {
    var caller = TestCaller.saying("");
    var command = exec(HEARS, "printf", "[%s]", "a b", "$HOME", "it's", "ü\n", "");

    assertThat(command.hold(caller.caller())).isZero();

    assertThat(caller.output()).isEqualTo("[a b][$HOME][it's][ü\n][]");
    assertThatThrownBy(() -> exec(HEARS, "echo", "a\0b"))
        .isInstanceOf(Rejected.class)
        .hasMessageContaining("zero byte");
  }

  @Test
  void whatIsWrittenToTheTerminalItselfIsNeverTakenForOutput() {
    var caller = TestCaller.saying("");
    var failure =
        catchThrowable(
            () -> exec(HEARS, "sh", "-c", "echo Password: >/dev/tty").hold(caller.caller()));

    assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining("-it");
    assertThat(caller.output()).isEmpty();
  }

  // ---- Commands at a terminal

  @Test
  void aTerminalHasTheSizesOfItsWindow() throws Exception {
    var caller = TestCaller.silent().size(100, 40);
    var heard = new Heard();
    var talk =
        meanwhile(
            exec(
                TERMINAL,
                "sh",
                "-c",
                "stty size; until [ \"$(stty size)\" = '50 132' ]; do sleep 0.1; done; exit 9"),
            caller,
            heard);
    heard.await("40 100\r\n");

    caller.size(132, 50);

    assertThat(talk.get()).isEqualTo(9);
    assertThat(heard.text()).isEqualTo("40 100\r\n");
  }

  @Test
  void whatIsTypedIsEchoedAndControlCBreaksOff() throws Exception {
    try (var typed = new PipedOutputStream();
        var input = new PipedInputStream(typed)) {
      var heard = new Heard();
      var talk =
          meanwhile(
              exec(TERMINAL, "sh", "-c", "read a; echo \"heard $a\"; exec sleep 3600"),
              TestCaller.with(input).size(80, 24),
              heard);

      typed.write("mé\r".getBytes(UTF_8));
      typed.flush();
      heard.await("mé\r\nheard mé\r\n");
      typed.write(3);
      typed.flush();

      assertThat(talk.get()).isEqualTo(130);
      assertThat(heard.text()).isEqualTo("mé\r\nheard mé\r\n^C");
    }
  }

  @Test
  void theEndOfTheInputIsThatOfATerminal() throws Exception {
    var caller = TestCaller.saying("one\n").size(80, 24);

    assertThat(exec(TERMINAL, "sh", "-c", "cat; exit 6").hold(caller.caller())).isEqualTo(6);

    assertThat(caller.output()).isEqualTo("one\r\none\r\n");
  }

  // ---- What goes wrong

  @Test
  void aContainerWithoutAShellSaysSoInAzuresWords() {
    azure.azure().faults().withoutShells(true);

    assertThatThrownBy(() -> exec(HEARS, "true").hold(TestCaller.saying("").caller()))
        .isInstanceOf(Unsupported.class)
        .hasMessageContaining("containers without a shell (/bin/sh)")
        .hasMessageContaining("it said: OCI runtime exec failed")
        .satisfies(failure -> assertThat(secretsIn(failure)).isFalse());
  }

  /** No password is longer or shorter than those of the emulator. */
  private static boolean secretsIn(Throwable failure) {
    return failure.toString().matches("(?s).*[A-Za-z0-9+/]{24}.*");
  }

  @Test
  void whoIsInterruptedLeavesNothingRunning() throws Exception {
    var heard = new Heard();
    var mark = "31" + System.nanoTime() % 1_000_000_007;
    var holder = new CountDownLatch(1);
    var talk = exec(HEARS, "sh", "-c", "echo runs; sleep " + mark);
    var thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    talk.hold(TestCaller.saying("").caller(heard));
                  } catch (InterruptedException e) {
                    holder.countDown();
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    heard.await("runs\n");
    assertThat(runs("sleep " + mark)).isTrue();

    thread.interrupt();

    holder.await();
    await().untilAsserted(() -> assertThat(runs("sleep " + mark)).isFalse());
  }

  @Test
  void aCallerThatTakesNoMoreEndsTheCommand() {
    var mark = "32" + System.nanoTime() % 1_000_000_007;
    var gone =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("gone");
          }
        };
    var talk = exec(HEARS, "sh", "-c", "echo runs; sleep " + mark);

    assertThatThrownBy(() -> talk.hold(TestCaller.saying("").caller(gone)))
        .isInstanceOf(IOException.class)
        .hasMessage("gone");

    await().untilAsserted(() -> assertThat(runs("sleep " + mark)).isFalse());
  }

  @Test
  void aCallerThatDoesNotReadHoldsUpTheCommand() throws Exception {
    var reads = new CountDownLatch(1);
    var all = folder.resolve("all");
    var size = new java.util.concurrent.atomic.AtomicLong();
    var slow =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
              reads.await();
              size.addAndGet(length);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    var talk =
        meanwhile(
            exec(HEARS, "sh", "-c", "head -c 10000000 /dev/zero; touch " + all),
            TestCaller.saying(""),
            slow);

    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .until(() -> !Files.exists(all));
    reads.countDown();

    assertThat(talk.get()).isZero();
    assertThat(size).hasValue(10_000_000);
    assertThat(all).exists();
  }

  @Test
  void aBackendThatIsClosedBreaksTalksOff() throws Exception {
    var heard = new Heard();
    var talk =
        meanwhile(exec(HEARS, "sh", "-c", "echo runs; sleep 3600"), TestCaller.saying(""), heard);
    heard.await("runs\n");

    azure.backend().close();

    assertThatThrownBy(talk::get).hasCauseInstanceOf(IOException.class);
  }

  // ---- Attaching

  @Test
  void whoAttachesHearsAndIsNotHeard() throws Exception {
    var group = create("sleep 2; echo said; exit 5");
    var caller = TestCaller.saying("nobody hears this\n");

    int code =
        azure
            .backend()
            .streams()
            .attach(group.id(), "main", TALKS)
            .orElseThrow()
            .hold(caller.caller());

    assertThat(code).isEqualTo(5);
    assertThat(caller.output()).isEqualTo("said\n");
  }

  // ---- Logs

  @Test
  void aFollowerIsToldOfLinesThatAzureKeptNotLongEnough() {
    azure.azure().faults().keepOfALog(100);
    var burst = new StringBuilder("echo early; sleep 4;");
    for (int line = 0; line < 50; line++) {
      burst.append(" echo line").append(line).append(';');
    }
    var group = create(burst + " sleep 20; echo last");

    var log = text(group, follow(Optional.empty(), OptionalLong.empty()));

    assertThat(log)
        .startsWith("early\n" + FollowedLog.LINES_ARE_MISSING + "\n")
        .endsWith("line49\nlast\n");
  }

  @Test
  void aLogIsFollowedFromATimeOnAndToAnAmountOfBytes() {
    var group = create("echo one; sleep 2; echo two; sleep 10; echo three; sleep 1");
    azure.pass(Duration.ofSeconds(5));
    var since = azure.now().minusSeconds(4);

    assertThat(text(group, follow(Optional.of(since), OptionalLong.of(9)))).isEqualTo("two\nthree");
  }

  @Test
  void aFollowerLeavesReadsToOthers() {
    var group = create("echo one; sleep 60; echo two; exit 0");
    int before = azure.azure().traffic().counts().getOrDefault("GET 200", 0);

    assertThat(text(group, follow(Optional.empty(), OptionalLong.empty()))).isEqualTo("one\ntwo\n");

    // A look each five seconds, and as often how the container is.
    int reads = azure.azure().traffic().counts().get("GET 200") - before;
    assertThat(reads).isBetween(12, 40);
  }

  @Test
  void aCarriageReturnEndsNoLine() {
    assertThat(new String(AciLog.select("a\rb\r\nc", LogOptions.ALL), UTF_8))
        .isEqualTo("a\rb\r\nc");
  }

  @Test
  void theLogOfTheInstanceBeforeIsRefused() {
    var group = create(RUNS);
    var previous =
        new LogOptions(
            false, true, false, Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

    assertThatThrownBy(() -> text(group, previous))
        .isInstanceOf(Unsupported.class)
        .hasMessageContaining("previous");
  }

  // ---- Ports

  @Test
  void aPodWithoutAnAddressHasNoPorts() {
    var ports = new AciPorts(AciPorts.Dial.DIRECT);

    assertThatThrownBy(() -> ports.of(at(List.of())))
        .isInstanceOf(Unsupported.class)
        .hasMessageContaining("no subnet in spec.backends[].aci");
  }

  @Test
  void anAddressThatIsNotReachedIsToldWithWhatIsToBeDone() {
    var ports =
        new AciPorts(
                (_, _) -> {
                  throw new java.net.SocketTimeoutException("connect timed out");
                })
            .of(at(List.of("10.0.0.4")));

    assertThatThrownBy(() -> ports.connect(80))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("port 80 of 10.0.0.4")
        .hasMessageContaining("routed to the subnet")
        .hasMessageContaining("timed out");
  }

  private Observation at(List<String> addresses) {
    var seen = azure.await(create(RUNS).id(), AciStreamsTest::runs);
    return new Observation(
        seen.id(),
        seen.owner(),
        seen.progress(),
        seen.containers(),
        addresses,
        seen.createdAt(),
        Optional.empty());
  }

  // ---- Words

  private ContainerGroup create(String script) {
    var group = new GroupBuilder(azure.pool()).script("main", script).build();
    azure.backend().create(group);
    azure.await(group.id(), AciStreamsTest::runs);
    return group;
  }

  private static boolean runs(Observation seen) {
    return seen.containers().getFirst().state() instanceof Running;
  }

  private Conversation exec(Channels channels, String... words) {
    return azure
        .backend()
        .streams()
        .exec(create(RUNS).id(), "main", List.of(words), channels)
        .orElseThrow();
  }

  private static FutureTask<Integer> meanwhile(
      Conversation talk, TestCaller caller, OutputStream heard) {
    var task = new FutureTask<>(() -> talk.hold(caller.caller(heard)));
    Thread.ofVirtual().start(task);
    return task;
  }

  /** Whether a process of this machine has this in its command. */
  private static boolean runs(String command) {
    return ProcessHandle.allProcesses()
        .flatMap(process -> process.info().commandLine().stream())
        // The shell that began it has it, too, and ends with it.
        .anyMatch(line -> line.endsWith(command));
  }

  private static LogOptions follow(Optional<Instant> since, OptionalLong limit) {
    return new LogOptions(true, false, false, since, OptionalLong.empty(), limit);
  }

  private String text(ContainerGroup group, LogOptions options) {
    try (var log = azure.backend().streams().logs(group.id(), "main", options).orElseThrow()) {
      return new String(log.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What was heard, for one who waits for it. */
  private static final class Heard extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public void write(int one) {
      bytes.write(one);
    }

    @Override
    public void write(byte[] more, int offset, int length) {
      bytes.write(more, offset, length);
    }

    String text() {
      return bytes.toString(UTF_8);
    }

    void await(String expected) {
      org.awaitility.Awaitility.await("hearing " + expected)
          .untilAsserted(() -> assertThat(text()).endsWith(expected));
    }
  }
}
