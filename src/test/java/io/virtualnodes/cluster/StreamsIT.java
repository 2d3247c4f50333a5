package io.virtualnodes.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code kubectl exec}, {@code attach}, {@code cp}, {@code debug -it} and {@code port-forward}, on
 * each way that they can take through the API server.
 */
@Disruptive("It ends the operator.")
@ParameterizedClass
@EnumSource(StreamsIT.Way.class)
class StreamsIT {
  private static final long MIB = 1 << 20;
  private static final Pattern PORT = Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+)");

  /** How kubectl speaks to the API server, and that to the node. */
  enum Way {
    /** SPDY all along. */
    SPDY(false, "SPDY v4.channel.k8s.io", "SPDY portforward.k8s.io"),
    /** kubectl's WebSocket, which the API server translates. */
    TRANSLATED(true, "SPDY v4.channel.k8s.io", "SPDY portforward.k8s.io"),
    /** kubectl's WebSocket, which the API server passes on to nodes that declare that they can. */
    DECLARED(true, "WebSocket v5.channel.k8s.io", "WebSocket SPDY/3.1+portforward.k8s.io");

    private final boolean webSockets;
    private final String commands;
    private final String ports;

    Way(boolean webSockets, String commands, String ports) {
      this.webSockets = webSockets;
      this.commands = commands;
      this.ports = ports;
    }

    Map<String, String> environment() {
      var spoken = String.valueOf(webSockets);
      return Map.of(
          "KUBECTL_REMOTE_COMMAND_WEBSOCKETS", spoken, "KUBECTL_PORT_FORWARD_WEBSOCKETS", spoken);
    }
  }

  private static VirtualPool pool;
  private static Optional<OperatorProcess> own = Optional.empty();

  @TempDir private Path folder;
  @Parameter Way way;

  @BeforeParameterizedClassInvocation
  static void makePods(Way way) {
    pool = VirtualPool.of(StreamsIT.class);
    pool.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: { name: talks }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            command: [sh, -c, 'trap "exit 0" TERM; while true; do sleep 0.1; done']
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: listens }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: numbers
            $busybox
            command: [sh, -c, 'mkdir /www; for n in $(seq 0 99); do seq 5000 | sed "s/^/$n /" > /www/$n; done; exec httpd -f -p 7000 -h /www']
          - name: sum
            $busybox
            command: [nc, -ll, -p, "7001", -e, sha256sum]
          - name: gives
            $busybox
            command: [sh, -c, 'dd if=/dev/urandom of=/tmp/file bs=1M count=150 2>/dev/null; exec nc -ll -p 7002 -e cat /tmp/file']
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: joined }
        spec:
          $onThePool
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            $busybox
            stdin: true
            command: [sh, -c, 'while read line; do echo "heard $line"; done; sleep 600']
        """);
    if (way == Way.DECLARED) {
      pool.cluster().stopOperator();
      own =
          Optional.of(
              OperatorProcess.of(
                      pool.cluster(), Map.of("VIRTUALNODES_KUBELET_DECLARE_WEBSOCKETS", "true"))
                  .start());
    }
    for (var name : List.of("talks", "listens", "joined")) {
      pool.awaitPhase(name, "Running");
    }
    await("the nodes' declaration")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> pool.nodes().stream().allMatch(node -> declares(node) == (way == Way.DECLARED)));
  }

  private static boolean declares(Node node) {
    var declared = node.getStatus().getDeclaredFeatures();
    return declared != null && declared.contains("ExtendWebSocketsToKubelet");
  }

  @AfterParameterizedClassInvocation
  static void removePods() {
    own.ifPresent(OperatorProcess::stop);
    own = Optional.empty();
    pool.close();
  }

  // --- commands

  @Test
  void outputErrorsAndExitCodeArrive() throws Exception {
    try (var talk = kubectl("exec", "talks", "--", "sh", "-c", "echo out; echo err >&2; exit 7")) {
      assertThat(talk.all()).isEqualTo("out\n");
      assertThat(talk.exitCode()).isEqualTo(7);
      assertThat(talk.errors()).contains("err\n", "exit code 7");
    }
    assertCommandsWent();
  }

  @Test
  void theTailAndTheExitCodeOfManyShortCommandsArrive() throws Exception {
    for (int number = 0; number < 30; number++) {
      try (var talk =
          kubectl("exec", "-i", "talks", "--", "sh", "-c", "head -c 100000 /dev/zero; exit 5")) {
        assertThat(talk.output().readAllBytes()).hasSize(100_000);
        assertThat(talk.exitCode()).isEqualTo(5);
      }
    }
  }

  @Test
  void theEndOfTheInputReachesTheProcess() throws Exception {
    try (var talk = kubectl("exec", "-i", "talks", "--", "sh", "-c", "cat; echo end; exit 3")) {
      talk.say("hello\n");
      talk.input().close();

      assertThat(talk.all()).isEqualTo("hello\nend\n");
      assertThat(talk.exitCode()).isEqualTo(3);
    }
  }

  @Test
  void muchPassesThroughACommandUnchanged() throws Exception {
    try (var talk = kubectl("exec", "-i", "talks", "--", "cat")) {
      var sent = meanwhile(() -> Talk.pour(300 * MIB, talk.input()));

      assertThat(Talk.checksum(talk.output())).isEqualTo(sent.get());
      assertThat(talk.exitCode()).isZero();
    }
  }

  @Test
  void aTerminalHasTheSizeOfItsWindow() throws Exception {
    try (var talk =
        Talk.atATerminal(
            pool.kubectl(),
            way.environment(),
            "stty rows 40 cols 100; (sleep 8; stty -F /dev/tty rows 50 cols 132) & exec",
            "exec",
            "-it",
            "talks",
            "--",
            "sh",
            "-c",
            "sleep 3; stty size; until [ \"$(stty size)\" = '50 132' ]; do sleep 0.2; done;"
                + " echo resized; read line; echo heard $line; exit 9")) {
      talk.until("40 100");
      talk.until("resized");
      talk.say("me\n");
      talk.until("heard me");
      assertThat(talk.exitCode()).isEqualTo(9);
    }
    assertCommandsWent();
  }

  @Test
  void aKilledClientEndsItsProcess() throws Exception {
    try (var talk = kubectl("exec", "talks", "--", "sh", "-c", "echo runs; exec sleep 12345")) {
      talk.until("runs\n");
      assertThat(runs("sleep 12345")).isTrue();

      talk.kill();

      await().atMost(Duration.ofSeconds(30)).until(() -> !runs("sleep 12345"));
    }
  }

  private boolean runs(String command) {
    // The bracket keeps it from finding itself.
    var pattern = "[" + command.charAt(0) + "]" + command.substring(1);
    return pool.kubectl()
        .run("exec", "talks", "--", "sh", "-c", "ps | grep -c '" + pattern + "' || true")
        .strip()
        .matches("[1-9][0-9]*");
  }

  @Test
  void whatCannotBeHadIsSaidInOneLine() throws Exception {
    try (var talk = kubectl("exec", "talks", "--", "/no/such/program")) {
      assertThat(talk.exitCode()).isNotZero();
      assertThat(talk.errors()).contains("/no/such/program");
    }
  }

  @Test
  void filesAreCopiedBothWays() throws Exception {
    var there = folder.resolve("there");
    var back = folder.resolve("back");
    var checksum = Talk.pour(30 * MIB, Files.newOutputStream(there));
    var name = "/tmp/copied-" + way;

    try (var talk = kubectl("cp", there.toString(), "talks:" + name)) {
      assertThat(talk.exitCode()).as(talk.errors()).isZero();
    }
    assertThat(pool.kubectl().run("exec", "talks", "--", "sha256sum", name)).startsWith(checksum);
    try (var talk = kubectl("cp", "talks:" + name, back.toString())) {
      assertThat(talk.exitCode()).as(talk.errors()).isZero();
    }
    assertThat(Talk.checksum(Files.newInputStream(back))).isEqualTo(checksum);
  }

  // --- attach and debug

  @Test
  void attachJoinsTheFirstProcess() throws Exception {
    try (var talk = kubectl("attach", "-i", "joined")) {
      talk.say("me\n");
      talk.until("heard me\n");
      talk.kill();
    }
    // The process goes on, and hears the next.
    try (var talk = kubectl("attach", "-i", "joined")) {
      talk.say("again\n");
      talk.until("heard again\n");
    }
    assertThat(pool.pod("joined").getStatus().getPhase()).isEqualTo("Running");
  }

  @Test
  void aDebuggerIsTalkedTo() throws Exception {
    try (var talk =
        Talk.atATerminal(
            pool.kubectl(),
            way.environment(),
            "exec",
            "debug",
            "-it",
            "talks",
            "--image=virtualnodes/busybox:latest",
            "--image-pull-policy=IfNotPresent",
            "--profile=general",
            "--target=main",
            "--",
            "sh")) {
      // The terminal keeps it until kubectl reads.
      talk.say("echo the answer is $((40 + 2))\n");
      talk.until("the answer is 42");
      talk.say("exit\n");
      assertThat(talk.exitCode()).isZero();
    }
  }

  // --- ports

  @Test
  void muchPassesThroughAPortBothWays() throws Exception {
    try (var talk = kubectl("port-forward", "listens", ":7001", ":7002")) {
      int sum = port(talk);
      int gives = port(talk);
      try (var socket = connect(sum)) {
        var sent = Talk.pour(150 * MIB, uploading(socket));
        assertThat(text(socket)).startsWith(sent);
      }
      var there = pool.kubectl().run("exec", "listens", "-c=gives", "--", "sha256sum", "/tmp/file");
      try (var socket = connect(gives)) {
        assertThat(there).startsWith(Talk.checksum(socket.getInputStream()));
      }
    }
    assertThat(protocols("listens", "PORT_FORWARD")).containsOnly(way.ports);
  }

  @Test
  void aHundredConnectionsAtOnceAreKeptApart() throws Exception {
    try (var talk = kubectl("port-forward", "listens", ":7000");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int port = port(talk);
      List<Callable<String>> all =
          IntStream.range(0, 100)
              .<Callable<String>>mapToObj(number -> () -> page(port, number))
              .toList();

      var answers = new ArrayList<String>();
      for (var one : threads.invokeAll(all)) {
        answers.add(one.get());
      }

      assertThat(answers)
          .as(() -> "answers, while kubectl said: " + talk.errors())
          .isEqualTo(IntStream.range(0, 100).mapToObj(StreamsIT::lines).toList());
    }
  }

  /** What is served there under a number, without what HTTP says of it. */
  private static String page(int port, int number) throws IOException {
    try (var socket = connect(port)) {
      var asked = "GET /%d HTTP/1.0\r\n\r\n".formatted(number);
      socket.getOutputStream().write(asked.getBytes(UTF_8));
      return text(socket).split("\r\n\r\n", 2)[1];
    }
  }

  private static String lines(int number) {
    return IntStream.rangeClosed(1, 5000)
        .mapToObj(line -> number + " " + line + "\n")
        .collect(Collectors.joining());
  }

  // --- what the tests say it with

  private Talk kubectl(String... arguments) {
    return Talk.start(pool.kubectl(), way.environment(), arguments);
  }

  /** The next local port that kubectl says it listens on. */
  private static int port(Talk talk) throws IOException {
    while (true) {
      var line = PORT.matcher(talk.until("\n"));
      if (line.find()) {
        return Integer.parseInt(line.group(1));
      }
    }
  }

  private static Socket connect(int port) throws IOException {
    var socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
    socket.setSoTimeout(120_000);
    return socket;
  }

  /** Its end is the end of what is sent, and not that of the connection. */
  private static OutputStream uploading(Socket socket) throws IOException {
    return new FilterOutputStream(socket.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int offset, int count) throws IOException {
        out.write(bytes, offset, count);
      }

      @Override
      public void close() throws IOException {
        socket.shutdownOutput();
      }
    };
  }

  private static String text(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  private static Future<String> meanwhile(Callable<String> what) {
    var task = new FutureTask<>(what);
    Thread.ofVirtual().start(task);
    return task;
  }

  private void assertCommandsWent() {
    assertThat(protocols("talks", "EXEC")).containsOnly(way.commands);
  }

  /** By which protocols the node was asked for conversations with a pod, as the operator tells. */
  private static List<String> protocols(String podName, String kind) {
    var operator = own.orElseGet(() -> pool.cluster().operator());
    var line =
        Pattern.compile(
            "pod=%s/%s kind=%s protocol=(.*) conversation begins"
                .formatted(pool.namespace(), podName, kind));
    return operator
        .log()
        .lines()
        .flatMap(text -> line.matcher(text).results())
        .map(found -> found.group(1))
        .toList();
  }
}
