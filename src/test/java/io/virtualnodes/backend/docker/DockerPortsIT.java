package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.Streams.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways to ports of the real engine's groups. */
@Timeout(180)
class DockerPortsIT {
  private static final int EVERYWHERE = 8080;
  private static final int LOOPBACK = 8081;
  private static final int LOOPBACK_6 = 8082;
  private static final int COUNTING = 8083;
  private static final int SILENT = 8089;

  private static EnginePool pool;
  private static DockerBackend backend;
  private static Ports sandboxed;
  private static Ports alone;
  private static GroupId sandboxedId;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
    var script =
        """
        nc -lk -p 8080 -e cat &
        nc -lk -s 127.0.0.1 -p 8081 -e cat &
        nc -lk -s ::1 -p 8082 -e cat &
        nc -lk -p 8083 -e wc -c &
        sleep 3600
        """;
    var single = pool.group().script("main", script).build();
    var group = pool.group().restarts(RestartPolicy.ALWAYS).script("main", script).build();
    backend.create(single);
    backend.create(group);
    pool.awaitRunning(backend, single.id());
    sandboxedId = pool.awaitRunning(backend, group.id()).id();
    alone = backend.streams().ports(single.id()).orElseThrow();
    sandboxed = backend.streams().ports(group.id()).orElseThrow();
    await().ignoreExceptions().until(() -> echo(alone, EVERYWHERE, "up").equals("up"));
    await().ignoreExceptions().until(() -> echo(sandboxed, EVERYWHERE, "up").equals("up"));
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static String echo(Ports ports, int port, String text) throws Exception {
    try (var link = ports.connect(port)) {
      link.output().write(text.getBytes(UTF_8));
      link.endOutput();
      return new String(link.input().readAllBytes(), UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {EVERYWHERE, LOOPBACK, LOOPBACK_6})
  void aPortIsReachedWhereverItListens(int port) throws Exception {
    assertThat(echo(alone, port, "hello")).isEqualTo("hello");
    assertThat(echo(sandboxed, port, "hello")).isEqualTo("hello");
  }

  @Test
  void whereNobodyListensTheConnectionIsRefused() {
    for (var ports : List.of(alone, sandboxed)) {
      assertThatThrownBy(() -> ports.connect(SILENT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("port 8089")
          .hasMessageContaining("connection refused");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {EVERYWHERE, LOOPBACK})
  void manyConnectionsStandAtOnce(int port) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var asked =
          IntStream.range(0, 100)
              .<Callable<String>>mapToObj(number -> () -> echo(sandboxed, port, "no " + number))
              .toList();
      var answers = threads.invokeAll(asked);

      for (int number = 0; number < answers.size(); number++) {
        assertThat(answers.get(number).get()).isEqualTo("no " + number);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {EVERYWHERE, LOOPBACK})
  void muchIsPassedThroughUnchanged(int port) throws Exception {
    var piece = new byte[1 << 20];
    new java.util.Random(2).nextBytes(piece);
    var said = new CRC32();
    try (var link = alone.connect(port)) {
      var heard = new FutureTask<>(() -> sum(link.input()));
      Thread.ofVirtual().start(heard);
      for (int i = 0; i < 100; i++) {
        link.output().write(piece);
        said.update(piece);
      }
      link.endOutput();

      assertThat(heard.get()).isEqualTo(said.getValue());
    }
  }

  private static long sum(InputStream input) throws IOException {
    var sum = new CRC32();
    var buffer = new byte[64 << 10];
    for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
      sum.update(buffer, 0, count);
    }
    return sum.getValue();
  }

  @Test
  void theEndOfWhatIsSaidReachesThePort() throws Exception {
    assertThat(echo(alone, COUNTING, "12345").strip()).isEqualTo("5");
  }

  @Test
  void closingWakesWhoIsBlocked() throws Exception {
    for (int port : new int[] {EVERYWHERE, LOOPBACK}) {
      Link link = alone.connect(port);
      var blocked = new FutureTask<>(() -> link.input().read());
      Thread.ofVirtual().start(blocked);
      Thread.sleep(Duration.ofMillis(200));

      link.close();

      assertThatThrownBy(blocked::get).hasCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void anEngineElsewhereIsGoneThrough() throws Exception {
    assertThat(EnginePorts.near(URI.create("unix:///var/run/docker.sock"))).isTrue();
    assertThat(EnginePorts.near(URI.create("tcp://127.0.0.1:2375"))).isTrue();
    assertThat(EnginePorts.near(URI.create("tcp://[::1]:2375"))).isTrue();
    assertThat(EnginePorts.near(URI.create("tcp://127.engines.example:2375"))).isFalse();
    assertThat(EnginePorts.near(URI.create("tcp://10.0.0.7:2375"))).isFalse();
  }

  @Test
  void theRelayIsNoPartOfTheGroupAndEndsWithTheOperator() throws Exception {
    // The one that the other tests hold is in the way.
    backend.close();
    backend = pool.backend();
    sandboxed = backend.streams().ports(sandboxedId).orElseThrow();
    var operator = pool.backend();
    var ports = operator.streams().ports(sandboxedId).orElseThrow();
    var before = pool.awaitRunning(backend, sandboxedId);
    try (var link = ports.connect(LOOPBACK)) {
      assertThat(relays()).isNotEmpty();
      assertThat(pool.awaitRunning(backend, sandboxedId)).isEqualTo(before);

      operator.close();

      assertThat(link.input().read()).isNegative();
    }
    await().until(() -> relays().isEmpty());
  }

  @Test
  void aGroupThatIsDeletedTakesItsRelayAlong() throws Exception {
    var wanted =
        pool.group().script("main", "nc -lk -s 127.0.0.1 -p 8081 -e cat & sleep 3600").build();
    backend.create(wanted);
    pool.awaitRunning(backend, wanted.id());
    var ports = backend.streams().ports(wanted.id()).orElseThrow();
    await().ignoreExceptions().until(() -> echo(ports, LOOPBACK, "up").equals("up"));

    backend.delete(wanted.id());

    assertThat(pool.containers(wanted.id())).isEmpty();
    assertThatThrownBy(() -> ports.connect(LOOPBACK)).isInstanceOf(IOException.class);
    assertThat(backend.streams().ports(wanted.id())).isEmpty();
  }

  @Test
  void answersThatGetLostLeaveNothingInTheWay() throws Exception {
    var wanted =
        pool.group().script("main", "nc -lk -s 127.0.0.1 -p 8081 -e cat & sleep 3600").build();
    try (var proxy = pool.proxy()) {
      var far = pool.backend(URI.create(proxy.host()), "bridge");
      far.create(wanted);
      pool.awaitRunning(far, wanted.id());
      var ports = far.streams().ports(wanted.id()).orElseThrow();
      await().ignoreExceptions().until(() -> echo(ports, LOOPBACK, "up").equals("up"));
      boolean more = true;
      for (int lost = 1; more; lost++) {
        // As a new operator finds it.
        far.close();
        far = pool.backend(URI.create(proxy.host()), "bridge");
        var anew = far.streams().ports(wanted.id()).orElseThrow();
        proxy.loseAnswer(lost);
        try {
          echo(anew, LOOPBACK, "lost");
        } catch (IOException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
        more = proxy.loseNoAnswer();

        assertThat(echo(anew, LOOPBACK, "after " + lost)).isEqualTo("after " + lost);
      }
      far.delete(wanted.id());
    }

    assertThat(pool.containers(wanted.id())).isEmpty();
  }

  @Test
  void aRelayThatWasTakenAwayIsReplaced() throws Exception {
    assertThat(echo(alone, LOOPBACK, "one")).isEqualTo("one");
    pool.engine()
        .listContainersCmd()
        .withShowAll(true)
        .withNameFilter(List.of("vn_" + pool.name + ".*_relay"))
        .exec()
        .forEach(relay -> pool.removeContainer(relay.getId()));

    assertThat(echo(alone, LOOPBACK, "two")).isEqualTo("two");
  }

  private static List<String> relays() {
    return pool.containers(sandboxedId).stream()
        .flatMap(container -> Arrays.stream(container.getNames()))
        .filter(name -> name.endsWith("_relay"))
        .toList();
  }
}
