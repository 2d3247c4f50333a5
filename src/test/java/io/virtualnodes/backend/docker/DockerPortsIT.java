package io.virtualnodes.backend.docker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.virtualnodes.backend.ContainerGroup.RestartPolicy;
import io.virtualnodes.backend.GroupId;
import io.virtualnodes.backend.Link;
import io.virtualnodes.backend.Streams.Ports;
import io.virtualnodes.cluster.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
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
  private static final int ECHO = 8082;
  private static final int COUNTING = 8083;
  private static final int SILENT = 8089;
  private static final String SERVES =
      """
      mkdir /www
      echo hello >/www/hello
      head -c 100000000 /dev/urandom >/www/much
      md5sum </www/much >/www/sum
      httpd -p 8080 -h /www
      httpd -p 127.0.0.1:8081 -h /www
      nc -ll -p 8082 -e cat &
      nc -ll -p 8083 -e wc -c &
      sleep 3600
      """;

  private static final String SERVES_LOOPBACK =
      "mkdir /www; echo hello >/www/hello; httpd -p 127.0.0.1:8081 -h /www; sleep 3600";

  private static EnginePool pool;
  private static DockerBackend backend;
  private static Ports sandboxed;
  private static Ports alone;

  /** Of a group that has no other address than the loopback one. */
  private static Ports secluded;

  @BeforeAll
  static void open() {
    pool = new EnginePool();
    backend = pool.backend();
    var none = pool.backend(backendHost(), "none");
    var single = pool.group().script("main", SERVES).build();
    var group = pool.group().restarts(RestartPolicy.ALWAYS).script("main", SERVES).build();
    var lonely = pool.group().script("main", SERVES).build();
    backend.create(single);
    backend.create(group);
    none.create(lonely);
    alone = ready(single.id());
    sandboxed = ready(group.id());
    secluded = ready(lonely.id());
  }

  private static URI backendHost() {
    return URI.create(Engine.find().host());
  }

  private static Ports ready(GroupId id) {
    pool.awaitRunning(backend, id);
    var ports = backend.streams().ports(id).orElseThrow();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> echo(ports, ECHO, "up").equals("up"));
    return ports;
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

  private static byte[] get(Ports ports, int port, String file) throws Exception {
    try (var link = ports.connect(port)) {
      link.output().write(("GET /" + file + " HTTP/1.0\r\n\r\n").getBytes(UTF_8));
      var answer = link.input().readAllBytes();
      for (int i = 3; i < answer.length; i++) {
        if (answer[i] == '\n' && answer[i - 2] == '\n') {
          return Arrays.copyOfRange(answer, i + 1, answer.length);
        }
      }
      throw new IOException("no end of a head: " + new String(answer, UTF_8));
    }
  }

  private static String text(Ports ports, int port, String file) throws Exception {
    return new String(get(ports, port, file), UTF_8);
  }

  @ParameterizedTest
  @ValueSource(ints = {EVERYWHERE, LOOPBACK})
  void aPortIsReachedWhereverItListens(int port) throws Exception {
    assertThat(text(alone, port, "hello")).isEqualTo("hello\n");
    assertThat(text(sandboxed, port, "hello")).isEqualTo("hello\n");
    assertThat(text(secluded, port, "hello")).isEqualTo("hello\n");
  }

  @Test
  void whereNobodyListensTheConnectionIsRefused() {
    for (var ports : List.of(alone, sandboxed, secluded)) {
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
              .<Callable<String>>mapToObj(_ -> () -> text(sandboxed, port, "hello"))
              .toList();
      var answers = threads.invokeAll(asked);

      for (var answer : answers) {
        assertThat(answer.get()).isEqualTo("hello\n");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {EVERYWHERE, LOOPBACK})
  void muchIsHeardUnchanged(int port) throws Exception {
    var sum = MessageDigest.getInstance("MD5").digest(get(alone, port, "much"));

    assertThat(text(alone, port, "sum")).startsWith(HexFormat.of().formatHex(sum));
  }

  @Test
  void muchIsSaidAndHeardAtOnce() throws Exception {
    for (var ports : List.of(alone, secluded)) {
      muchIsSaidAndHeardAtOnce(ports);
    }
  }

  private static void muchIsSaidAndHeardAtOnce(Ports ports) throws Exception {
    var piece = new byte[1 << 20];
    new Random(2).nextBytes(piece);
    var said = new CRC32();
    try (var link = ports.connect(ECHO)) {
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
    assertThat(echo(secluded, COUNTING, "1234567").strip()).isEqualTo("7");
  }

  @Test
  void closingWakesWhoIsBlocked() throws Exception {
    for (var ports : List.of(alone, secluded)) {
      Link link = ports.connect(ECHO);
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
    var wanted = pool.group().script("main", SERVES_LOOPBACK).build();
    var operator = pool.backend();
    operator.create(wanted);
    var before = pool.awaitRunning(operator, wanted.id());
    var ports = operator.streams().ports(wanted.id()).orElseThrow();
    await().ignoreExceptions().until(() -> text(ports, LOOPBACK, "hello").equals("hello\n"));
    assertThat(relays(wanted.id())).hasSize(1);
    assertThat(pool.awaitRunning(backend, wanted.id())).isEqualTo(before);
    assertThat(backend.streams().usage())
        .filteredOn(one -> one.group().equals(wanted.id()))
        .hasSize(1);

    operator.close();

    await().until(() -> relays(wanted.id()).isEmpty());
    assertThat(pool.awaitRunning(backend, wanted.id())).isEqualTo(before);
  }

  @Test
  void aGroupThatIsDeletedTakesItsRelayAlong() throws Exception {
    var wanted = pool.group().script("main", SERVES_LOOPBACK).build();
    backend.create(wanted);
    pool.awaitRunning(backend, wanted.id());
    var ports = backend.streams().ports(wanted.id()).orElseThrow();
    await().ignoreExceptions().until(() -> text(ports, LOOPBACK, "hello").equals("hello\n"));

    backend.delete(wanted.id());

    assertThat(pool.containers(wanted.id())).isEmpty();
    assertThatThrownBy(() -> ports.connect(LOOPBACK)).isInstanceOf(IOException.class);
    assertThat(backend.streams().ports(wanted.id())).isEmpty();
  }

  @Test
  void answersThatGetLostLeaveNothingInTheWay() throws Exception {
    var wanted = pool.group().script("main", SERVES_LOOPBACK).build();
    try (var proxy = pool.proxy()) {
      var far = pool.backend(URI.create(proxy.host()), "bridge");
      far.create(wanted);
      pool.awaitRunning(far, wanted.id());
      var ports = far.streams().ports(wanted.id()).orElseThrow();
      await().ignoreExceptions().until(() -> text(ports, LOOPBACK, "hello").equals("hello\n"));
      boolean more = true;
      for (int lost = 1; more; lost++) {
        // As a new operator finds it.
        far.close();
        far = pool.backend(URI.create(proxy.host()), "bridge");
        var anew = far.streams().ports(wanted.id()).orElseThrow();
        proxy.loseAnswer(lost);
        try {
          text(anew, LOOPBACK, "hello");
        } catch (IOException e) {
          assertThat(e.getMessage()).isNotBlank();
        }
        more = proxy.loseNoAnswer();

        assertThat(text(anew, LOOPBACK, "hello")).as("after " + lost).isEqualTo("hello\n");
      }
      far.delete(wanted.id());
    }

    assertThat(pool.containers(wanted.id())).isEmpty();
  }

  @Test
  void aRelayThatWasTakenAwayIsReplaced() throws Exception {
    assertThat(text(alone, LOOPBACK, "hello")).isEqualTo("hello\n");
    pool.engine()
        .listContainersCmd()
        .withShowAll(true)
        .withNameFilter(List.of("vn_" + pool.name + ".*_relay"))
        .exec()
        .forEach(relay -> pool.removeContainer(relay.getId()));

    assertThat(text(alone, LOOPBACK, "hello")).isEqualTo("hello\n");
  }

  private static List<String> relays(GroupId id) {
    return pool.containers(id).stream()
        .flatMap(container -> Arrays.stream(container.getNames()))
        .filter(name -> name.contains("_relay_"))
        .toList();
  }
}
