package io.virtualnodes.backend.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.Channels;
import io.virtualnodes.backend.ContainerGroup.Terminal;
import io.virtualnodes.backend.Conversation;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.TestCaller;
import io.virtualnodes.cluster.Gate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Talks with processes of the real engine, through its socket and over TCP. */
@Timeout(120)
class DockerConversationsIT {
  private static final Channels ALL = new Channels(true, true, true, false);
  private static final Channels HEARS = new Channels(false, true, true, false);
  private static final Channels TERMINAL = new Channels(true, true, false, true);
  private static final long MUCH = 300L << 20;
  // What lies between a process and its caller: buffers of the kernel, the engine and ours.
  private static final long ON_THE_WAY = 16L << 20;

  private static EnginePool pool;
  private static Gate proxy;
  private static DockerBackend near;
  private static DockerBackend far;
  private static GroupId group;
  private static String mainId;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    proxy = pool.proxy();
    near = pool.backend();
    far = pool.backend(URI.create(proxy.host()), "bridge");
    var wanted = pool.group().script("main", "sleep 3600").build();
    near.create(wanted);
    group = pool.awaitRunning(near, wanted.id()).id();
    mainId = pool.containers(group).getFirst().getId();
  }

  @AfterAll
  static void close() {
    pool.close();
    proxy.close();
  }

  private static Conversation exec(DockerBackend backend, Channels channels, String script) {
    return backend
        .streams()
        .exec(group, "main", List.of("sh", "-c", script), channels)
        .orElseThrow();
  }

  private static DockerBackend backend(boolean overTcp) {
    return overTcp ? far : near;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void outputAndErrorsAreApartAndTheCodeIsItsOwn(boolean overTcp) throws Exception {
    var caller = TestCaller.silent();

    int code = exec(backend(overTcp), ALL, "echo out; echo err >&2; exit 42").hold(caller.caller());

    assertThat(code).isEqualTo(42);
    assertThat(caller.output()).isEqualTo("out\n");
    assertThat(caller.errors()).isEqualTo("err\n");
  }

  @Test
  void whatIsNotAskedForIsNotHeard() throws Exception {
    var caller = TestCaller.saying("");

    int code =
        exec(near, new Channels(false, true, false, false), "echo out; echo err >&2; exit 3")
            .hold(caller.caller());

    assertThat(code).isEqualTo(3);
    assertThat(caller.output()).isEqualTo("out\n");
    assertThat(caller.errors()).isEmpty();
  }

  @Test
  void aCommandThatIsNotThereEndsWith127() throws Exception {
    for (var channels : List.of(HEARS, TERMINAL)) {
      var caller = TestCaller.saying("");

      int code =
          near.streams()
              .exec(group, "main", List.of("no-such-program"), channels)
              .orElseThrow()
              .hold(caller.caller());

      assertThat(code).isEqualTo(127);
      assertThat(channels.terminal() ? caller.output() : caller.errors())
          .contains("no-such-program")
          .contains("executable file not found");
      assertThat(channels.terminal() ? caller.errors() : caller.output()).isEmpty();
    }
  }

  @Test
  void aCommandThatCannotBeExecutedEndsWith126() throws Exception {
    var caller = TestCaller.saying("");

    int code =
        near.streams()
            .exec(group, "main", List.of("/etc/passwd"), HEARS)
            .orElseThrow()
            .hold(caller.caller());

    assertThat(code).isEqualTo(126);
    assertThat(caller.errors()).contains("permission denied");
  }

  @Test
  void theEndOfTheInputIsPassedOnAndTheRestIsHeard() throws Exception {
    for (var backend : List.of(near, far)) {
      var caller = TestCaller.saying("some input");

      int code = exec(backend, ALL, "cat; sleep 1; echo; echo done; exit 3").hold(caller.caller());

      assertThat(code).isEqualTo(3);
      assertThat(caller.output()).isEqualTo("some input\ndone\n");
    }
  }

  @Test
  void aCommandThatLeavesItsInputUnreadEndsAndIsHeardWhole() throws Exception {
    for (var backend : List.of(near, far)) {
      var caller = TestCaller.with(new Endless());

      int code =
          exec(backend, ALL, "head -c 100000 >/dev/null; seq 1 20000; exit 7")
              .hold(caller.caller());

      assertThat(code).isEqualTo(7);
      assertThat(caller.output()).endsWith("\n20000\n").hasLineCount(20000);
    }
  }

  @Test
  void aCommandThatClosesItsOutputIsWaitedFor() throws Exception {
    assertThat(
            exec(near, HEARS, "exec >&- 2>&-; sleep 2; exit 5")
                .hold(TestCaller.saying("").caller()))
        .isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void muchIsPassedThroughUnchanged(boolean overTcp) throws Exception {
    var said = new Counted(MUCH);
    var heard = new Summed();

    int code = exec(backend(overTcp), ALL, "cat").hold(TestCaller.with(said).caller(heard));

    assertThat(code).isZero();
    assertThat(heard.bytes.get()).isEqualTo(MUCH);
    assertThat(heard.sum.getValue()).isEqualTo(said.sum.getValue());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoDoesNotReadIsNotSentMore(boolean overTcp) throws Exception {
    var said = new Counted(MUCH);
    var read = new CountDownLatch(1);
    var heard = new Summed(read);
    var conversation = exec(backend(overTcp), ALL, "cat");

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var held = threads.submit(() -> conversation.hold(TestCaller.with(said).caller(heard)));
      var before = new AtomicLong(-1);
      await()
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> said.bytes.get() == before.getAndSet(said.bytes.get()));

      assertThat(said.bytes.get()).isBetween(1L, ON_THE_WAY);

      read.countDown();
      assertThat(held.get()).isZero();
    }
    assertThat(heard.sum.getValue()).isEqualTo(said.sum.getValue());
  }

  @Test
  void aTerminalHasTheSizeOfItsWindow() throws Exception {
    var caller = TestCaller.silent().size(132, 43);

    int code =
        exec(near, TERMINAL, "tty; until stty size | grep '43 132'; do sleep 0.1; done; exit 4")
            .hold(caller.caller());

    assertThat(code).isEqualTo(4);
    assertThat(caller.output()).contains("/dev/pts/").contains("43 132\r\n");
  }

  @Test
  void theEndOfWhatIsTypedIsTheEndOfTheInput() throws Exception {
    var caller = TestCaller.saying("typed\n");

    int code = exec(near, TERMINAL, "cat; echo over; exit 6").hold(caller.caller());

    assertThat(code).isEqualTo(6);
    assertThat(caller.output()).contains("typed\r\n").endsWith("over\r\n");
  }

  // ---- Callers that leave

  private static boolean runs(String mark) {
    var processes =
        pool.engine().topContainerCmd(mainId).withPsArgs("-eo pid,args").exec().getProcesses();
    return processes != null
        && Arrays.stream(processes).anyMatch(columns -> columns[1].contains(mark));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sleep 4711",
        "sleep 4712 & sleep 4712; true",
        "trap '' TERM HUP INT; sleep 4713; true"
      })
  void aCommandIsKilledWhoseCallerIsInterrupted(String script) throws Exception {
    var mark = script.replaceAll(".*(sleep 47..).*", "$1");
    for (var channels : List.of(HEARS, TERMINAL)) {
      var conversation = exec(near, channels, script);
      var held = new FutureTask<>(() -> conversation.hold(TestCaller.silent().caller()));
      var thread = Thread.ofVirtual().start(held);
      await().until(() -> runs(mark));

      thread.interrupt();

      assertThatThrownBy(held::get).hasCauseInstanceOf(InterruptedException.class);
      await().atMost(Duration.ofSeconds(20)).until(() -> !runs(mark));
      assertThat(pool.awaitRunning(near, group).containers()).hasSize(1);
    }
    await().until(() -> pool.containers(group).size() == 1);
  }

  @Test
  void aCommandIsKilledWhoseCallerDoesNotTakeItsOutput() {
    var gone =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("the caller hung up");
          }
        };

    assertThatThrownBy(
            () ->
                exec(near, HEARS, "trap '' PIPE; while true; do echo 4714; sleep 0.1; done")
                    .hold(TestCaller.saying("").caller(gone)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the caller hung up");

    await().atMost(Duration.ofSeconds(20)).until(() -> !runs("4714"));
  }

  @Test
  void aCommandWhoseInputEndsWithItsCallerIsLeftToEndByItself() throws Exception {
    var conversation = exec(near, ALL, "cat; echo 4715 >/tmp/ended-by-itself");
    var held = new FutureTask<>(() -> conversation.hold(TestCaller.silent().caller()));
    var thread = Thread.ofVirtual().start(held);
    await().until(() -> runs("4715"));

    thread.interrupt();

    await().until(() -> !runs("4715"));
    var caller = TestCaller.saying("");
    exec(near, HEARS, "cat /tmp/ended-by-itself").hold(caller.caller());
    assertThat(caller.output()).isEqualTo("4715\n");
  }

  @Test
  void aBackendThatIsClosedEndsItsConversations() throws Exception {
    var closing = pool.backend();
    var conversation = exec(closing, HEARS, "trap '' TERM HUP; sleep 4717; true");
    var held = new FutureTask<>(() -> conversation.hold(TestCaller.saying("").caller()));
    Thread.ofVirtual().start(held);
    await().until(() -> runs("4717"));

    closing.close();

    assertThatThrownBy(held::get).hasCauseInstanceOf(IOException.class);
    await().atMost(Duration.ofSeconds(20)).until(() -> !runs("4717"));
  }

  @Test
  void anEngineThatHangsUpIsAFailure() throws Exception {
    var conversation = exec(far, HEARS, "echo begun; sleep 4716");
    var heard = new Summed();
    var held = new FutureTask<>(() -> conversation.hold(TestCaller.saying("").caller(heard)));
    Thread.ofVirtual().start(held);
    await().until(() -> heard.bytes.get() == "begun\n".length());

    proxy.shut();
    try {
      assertThatThrownBy(held::get).cause().isInstanceOf(Exception.class);
    } finally {
      proxy.reopen();
    }
  }

  // ---- Attaching

  private static GroupId reading(Terminal terminal, String script) {
    var wanted = pool.group().terminal(terminal).script("main", script).build();
    near.create(wanted);
    return pool.awaitRunning(near, wanted.id()).id();
  }

  private static Conversation attach(GroupId id, Channels channels) {
    return near.streams().attach(id, "main", channels).orElseThrow();
  }

  @Test
  void theFirstProcessReadsUntilTheOnlyOneWhoAttachedHasSaidAll() throws Exception {
    var id = reading(new Terminal(false, true, true), "cat; echo bye; echo err >&2; exit 9");
    var caller = TestCaller.saying("hello\n");

    assertThat(attach(id, ALL).hold(caller.caller())).isEqualTo(9);

    assertThat(caller.output()).isEqualTo("hello\nbye\n");
    assertThat(caller.errors()).isEqualTo("err\n");
    assertThat(near.streams().attach(id, "main", ALL)).isEmpty();
  }

  @Test
  void anInputThatStaysOpenOutlastsWhoAttached() throws Exception {
    var id = reading(new Terminal(false, true, false), "while read line; do echo got $line; done");
    for (var word : List.of("one", "two")) {
      assertThat(attach(id, ALL).hold(TestCaller.saying(word + "\n").caller())).isZero();
      await().until(() -> EnginePool.log(near, id).contains("got " + word));
    }
    near.delete(id);
  }

  @Test
  void whoAttachesToATerminalTypesAndSees() throws Exception {
    var id =
        reading(new Terminal(true, true, false), "read word; echo seen $word; stty size; exit 2");
    var input = new Typed();
    var caller = TestCaller.with(input).size(100, 30);
    var conversation = attach(id, TERMINAL);
    var held = new FutureTask<>(() -> conversation.hold(caller.caller()));
    Thread.ofVirtual().start(held);
    Thread.sleep(Duration.ofSeconds(1));

    input.type("word\n");

    assertThat(held.get()).isEqualTo(2);
    assertThat(caller.output()).contains("seen word\r\n").contains("30 100\r\n");
  }

  @Test
  void aContainerThatReadsNothingIsOnlyHeard() throws Exception {
    var id = reading(Terminal.NONE, "sleep 2; echo late; exit 1");
    var caller = TestCaller.saying("unheard");

    assertThat(attach(id, ALL).hold(caller.caller())).isEqualTo(1);

    assertThat(caller.output()).isEqualTo("late\n");
  }

  @Test
  void whoLeavesLeavesTheFirstProcessAlone() throws Exception {
    var conversation = attach(group, HEARS);
    var held = new FutureTask<>(() -> conversation.hold(TestCaller.saying("").caller()));
    var thread = Thread.ofVirtual().start(held);
    Thread.sleep(Duration.ofMillis(500));

    thread.interrupt();

    assertThatThrownBy(held::get).hasCauseInstanceOf(InterruptedException.class);
    assertThat(pool.awaitRunning(near, group).id()).isEqualTo(group);
  }

  @Test
  void withWhatDoesNotRunNobodyTalks() {
    var streams = near.streams();
    var nobody = GroupId.first("no-such-pod");
    assertThat(streams.exec(nobody, "main", List.of("true"), HEARS)).isEmpty();
    assertThat(streams.exec(group, "other", List.of("true"), HEARS)).isEmpty();
    assertThat(streams.attach(nobody, "main", HEARS)).isEmpty();
    assertThat(streams.attach(group, "other", HEARS)).isEqualTo(Optional.empty());
  }

  // ---- What is said and heard

  /** Never ends. */
  private static final class Endless extends InputStream {
    @Override
    public int read() {
      return 'x';
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      Arrays.fill(target, offset, offset + length, (byte) 'x');
      return length;
    }
  }

  /** What is typed later. */
  private static final class Typed extends InputStream {
    private final BlockingQueue<Integer> keys = new LinkedBlockingQueue<>();

    void type(String text) {
      text.chars().forEach(keys::add);
    }

    @Override
    public int read() throws IOException {
      try {
        return keys.take();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      target[offset] = (byte) read();
      return 1;
    }
  }

  /** So many bytes, no two stretches alike. */
  private static final class Counted extends InputStream {
    private final AtomicLong bytes = new AtomicLong();
    private final CRC32 sum = new CRC32();
    private final long all;
    private final byte[] pattern = new byte[1 << 20];

    private Counted(long all) {
      this.all = all;
      new Random(1).nextBytes(pattern);
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException("read in pieces only");
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      long at = bytes.get();
      if (at == all) {
        return -1;
      }
      int from = (int) (at % 1_000_003 % pattern.length);
      int count = (int) Math.min(Math.min(length, pattern.length - from), all - at);
      System.arraycopy(pattern, from, target, offset, count);
      sum.update(target, offset, count);
      bytes.addAndGet(count);
      return count;
    }
  }

  private static final class Summed extends OutputStream {
    private final AtomicLong bytes = new AtomicLong();
    private final CRC32 sum = new CRC32();
    private final CountDownLatch open;

    private Summed() {
      this(new CountDownLatch(0));
    }

    /** Takes nothing until then. */
    private Summed(CountDownLatch open) {
      this.open = open;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      sum.update(source, offset, length);
      bytes.addAndGet(length);
    }
  }
}
